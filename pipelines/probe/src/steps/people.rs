//! Resumes: in batches, alone, under two flags, on two days, and more of them for their shapes.

use std::collections::{HashMap, HashSet};

use extract::{Answer, Error, Resource};
use jiff::civil::Date;
use model::{ResumeId, Source};
use serde_json::Value;
use tokio::time::Instant;

use crate::answers::{self, count};
use crate::asking::window;
use crate::contract::{CONTACT, Field};
use crate::facts::{Batch, Look, ThenOrNow};
use crate::shape::is_said;
use crate::story::{Probe, Resume};

/// Ids in one batch at most (from public client code).
const MOST: usize = 10;
/// Further batches for the sake of shapes.
const MORE: usize = 10;
/// Calls that are kept for what comes last: both second looks, and the provocation.
const KEPT_FOR_LOOKS: u64 = 2;
const KEPT_FOR_BURST: u64 = 18;

impl Probe {
    /// A batch under each flag, those first who are listed under two; then one of them alone.
    pub(crate) async fn people(&mut self, date: Date) -> Result<(), Error> {
        let whole = Some((0, 24));
        let listed: HashMap<Source, Vec<ResumeId>> =
            Source::ALL.into_iter().map(|it| (it, self.ids(date, whole, Some(it)))).collect();
        let mut flags: HashMap<&ResumeId, usize> = HashMap::new();
        listed.values().flatten().for_each(|id| *flags.entry(id).or_default() += 1);
        for source in Source::ALL {
            let mut ids = listed.get(&source).cloned().unwrap_or_default();
            // Those listed under several flags first; else as they are listed.
            ids.sort_by_key(|id| std::cmp::Reverse(flags.get(id).copied().unwrap_or(0)));
            ids.truncate(MOST);
            self.batch("a batch under each flag", date, whole, Some(source), &ids).await?;
        }
        self.sources(date);

        let ids = self.ids(date, whole, None);
        let ten: Vec<ResumeId> = ids.iter().take(MOST).cloned().collect();
        let in_batch = self.batch("a batch without a flag", date, whole, None, &ten).await?;
        if let Some(last) = ten.last() {
            self.alone(date, last, ten.len(), &in_batch).await?;
        }
        if ids.len() > MOST {
            let eleven: Vec<&str> = ids.iter().take(MOST + 1).map(ResumeId::as_str).collect();
            self.odd_batch("a batch of eleven", date, &eleven, |batch, got| {
                batch.of_eleven = Some(got);
            })
            .await?;
        }
        Ok(())
    }

    /// An unknown id among nine, and an id under hours that do not list it.
    pub(crate) async fn slips_of_ids(&mut self, date: Date) -> Result<(), Error> {
        let ids = self.ids(date, Some((0, 24)), None);
        let unknown = unlike(&ids);
        let mut ten: Vec<&str> = ids.iter().take(MOST - 1).map(ResumeId::as_str).collect();
        if !ten.is_empty() {
            ten.insert(ten.len() / 2, &unknown);
            self.odd_batch("an unknown id among nine", date, &ten, |batch, got| {
                batch.with_unknown = Some(got);
            })
            .await?;
        }
        let Some((hours, id)) = self.elsewhere(date) else { return Ok(()) };
        let mut query = window(date, Some(hours), None);
        query.push(("idno", id.as_str().to_owned()));
        let company = self.asking.company.clone();
        let bearer = self.asking.bearer().cloned();
        let question =
            extract::Question::resource(Resource::Resume, query, Some(&company), bearer.as_ref());
        let what = "an id under hours that do not list it";
        if let Some(answer) = self.asking.raw(what, question.on_purpose()).await? {
            let got = (Look::of(&answer), count(answers::resumes(&answer).len()));
            self.facts.batch.get_or_insert_default().outside_hours = Some(got);
        }
        Ok(())
    }

    /// People who are listed on two days, asked under both.
    pub(crate) async fn two_days(&mut self, busy: Date) -> Result<(), Error> {
        let whole = Some((0, 24));
        let days: Vec<Date> =
            self.facts.days.asked.iter().map(|day| day.date).filter(|day| *day != busy).collect();
        let here: HashSet<ResumeId> = self.ids(busy, whole, None).into_iter().collect();
        let shared = |day: &Date| -> Vec<ResumeId> {
            let there = self.ids(*day, whole, None).into_iter();
            there.filter(|id| here.contains(id)).take(MOST).collect()
        };
        // Enough people on the day that is farthest away: resumes change slowly.
        let best = days.iter().map(|day| (*day, shared(day))).max_by_key(|(day, ids)| {
            (ids.len().min(5), day.since(busy).map_or(0, |it| it.get_days().abs()))
        });
        let Some((other, ids)) = best.filter(|(_, ids)| !ids.is_empty()) else { return Ok(()) };
        let (earlier, later) = (busy.min(other), busy.max(other));
        let what = "people of two days under both";
        let old = self.batch(what, earlier, whole, None, &ids).await?;
        let new = self.batch(what, later, whole, None, &ids).await?;
        let pairs: Vec<(&Value, &Value)> =
            ids.iter().filter_map(|id| old.get(id).zip(new.get(id))).collect();
        let differing =
            pairs.iter().filter(|(old, new)| answers::core(old) != answers::core(new)).count();
        let of_later = pairs.iter().filter(|(old, _)| applied_after(old, earlier)).count();
        self.facts.then_or_now = Some(ThenOrNow {
            earlier,
            later,
            compared: count(pairs.len()),
            differing: count(differing),
            of_later: count(of_later),
        });
        Ok(())
    }

    /// More people of the days that were listed, as far as calls are left, for their shapes.
    pub(crate) async fn more_people(&mut self) -> Result<(), Error> {
        let kept = KEPT_FOR_LOOKS + if self.request.with_burst { KEPT_FOR_BURST } else { 0 };
        let known: HashSet<ResumeId> =
            self.seen.resumes.iter().map(|resume| resume.id.clone()).collect();
        let mut batches: Vec<(Date, Vec<ResumeId>)> = Vec::new();
        for day in &self.facts.days.asked {
            let ids = self.ids(day.date, Some((0, 24)), None);
            let fresh: Vec<ResumeId> = ids.into_iter().filter(|id| !known.contains(id)).collect();
            batches.extend(fresh.chunks(MOST).map(|ids| (day.date, ids.to_vec())));
        }
        for (date, ids) in batches.into_iter().take(MORE) {
            if self.asking.left() <= kept {
                break;
            }
            self.batch("more people", date, Some((0, 24)), None, &ids).await?;
        }
        Ok(())
    }

    /// Asks a batch that is right, and looks at all of its resumes.
    async fn batch(
        &mut self,
        what: &'static str,
        date: Date,
        hours: Option<(u8, u8)>,
        source: Option<Source>,
        ids: &[ResumeId],
    ) -> Result<HashMap<ResumeId, Value>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let joined = ids.iter().map(ResumeId::as_str).collect::<Vec<_>>().join(",");
        let mut query = window(date, hours, source);
        query.push(("idnos", joined));
        let Some(answer) = self.asking.ask(what, Resource::Batch, query).await? else {
            return Ok(HashMap::new());
        };
        Ok(self.take(&answer, date, source, ids))
    }

    /// Somebody alone, who was the last of a batch.
    async fn alone(
        &mut self,
        date: Date,
        id: &ResumeId,
        place: usize,
        in_batch: &HashMap<ResumeId, Value>,
    ) -> Result<(), Error> {
        let mut query = window(date, Some((0, 24)), None);
        query.push(("idno", id.as_str().to_owned()));
        let what = "one of the batch alone";
        let Some(answer) = self.asking.ask(what, Resource::Resume, query).await? else {
            return Ok(());
        };
        let before: HashMap<String, String> = self.tokens_of(in_batch.get(id));
        let resumes = answers::resumes(&answer);
        if let ([alone], Some(batched)) = (&resumes[..], in_batch.get(id)) {
            let is_same = answers::without_links(alone) == answers::without_links(batched);
            self.facts.batch.get_or_insert_default().is_single_in_place =
                Some(is_same && place > 0);
            for (slot, token) in self.tokens_of(Some(alone)) {
                if let Some(old) = before.get(&slot) {
                    self.facts.links.tokens_differ.0 += u64::from(*old != token);
                    self.facts.links.tokens_differ.1 += 1;
                }
            }
        }
        self.look_at(&resumes, date, None, std::slice::from_ref(id));
        Ok(())
    }

    fn tokens_of(&self, resume: Option<&Value>) -> HashMap<String, String> {
        let mut none = crate::facts::Links::default();
        let links = resume.map(|it| answers::links(it, &self.api_host, &mut none));
        let links = links.into_iter().flatten();
        links.map(|link| (link.slot, link.token.expose().clone())).collect()
    }

    /// A batch that is wrong on purpose.
    async fn odd_batch(
        &mut self,
        what: &'static str,
        date: Date,
        ids: &[&str],
        keep: impl FnOnce(&mut Batch, (Look, u64)),
    ) -> Result<(), Error> {
        let mut query = window(date, Some((0, 24)), None);
        query.push(("idnos", ids.join(",")));
        let company = self.asking.company.clone();
        let bearer = self.asking.bearer().cloned();
        let question =
            extract::Question::resource(Resource::Batch, query, Some(&company), bearer.as_ref());
        if let Some(answer) = self.asking.raw(what, question.on_purpose()).await? {
            let got = (Look::of(&answer), count(answers::resumes(&answer).len()));
            keep(self.facts.batch.get_or_insert_default(), got);
        }
        Ok(())
    }

    /// A batch's resumes by the ids that were asked.
    fn take(
        &mut self,
        answer: &Answer,
        date: Date,
        source: Option<Source>,
        ids: &[ResumeId],
    ) -> HashMap<ResumeId, Value> {
        let resumes = answers::resumes(answer);
        let batch = self.facts.batch.get_or_insert_default();
        batch.asked += count(ids.len());
        batch.answered += count(resumes.len());
        let named: Vec<usize> = resumes
            .iter()
            .filter_map(|resume| {
                let place = |field| answers::place(ids, resume, field);
                place("idno").or_else(|| place("resumeId"))
            })
            .collect();
        if named.len() == resumes.len() && named.len() > 1 {
            batch.ordered.0 += 1;
            batch.ordered.1 += u64::from(named.is_sorted());
        }
        self.look_at(&resumes, date, source, ids)
    }

    /// Shapes, names, links and applications of resumes; who they are is kept in memory.
    fn look_at(
        &mut self,
        resumes: &[Value],
        date: Date,
        source: Option<Source>,
        ids: &[ResumeId],
    ) -> HashMap<ResumeId, Value> {
        let mut taken = HashMap::new();
        for (resume, owner) in resumes.iter().zip(answers::owners(ids, resumes)) {
            self.shapes.add(resume, source.map_or("any", Source::as_str));
            for (field, name) in [
                ("idno", &mut self.facts.names.idno),
                ("resumeId", &mut self.facts.names.resume_id),
            ] {
                match answers::text(&resume[field]) {
                    None => name.absent += 1,
                    Some(_) if answers::place(ids, resume, field).is_some() => name.same += 1,
                    Some(_) => name.other += 1,
                }
            }
            let applications = resume["applyJob"].as_array().map_or(0, Vec::len);
            self.facts.applications.with_any += u64::from(applications > 0);
            self.facts.applications.with_several += u64::from(applications > 1);
            if let Some(source) = source {
                let with =
                    self.facts.sources.with_contact.entry(source.as_str().into()).or_default();
                with.0 += 1;
                with.1 += u64::from(CONTACT.iter().any(|field| is_said(&resume[*field])));
            }
            let given_at = Instant::now();
            for link in answers::links(resume, &self.api_host, &mut self.facts.links) {
                self.seen.links.push((link, given_at));
            }
            if let Some(id) = owner.and_then(|place| ids.get(place)) {
                let value = resume.clone();
                self.seen.resumes.push(Resume { id: id.clone(), date, source, value });
                taken.insert(id.clone(), resume.clone());
            }
        }
        taken
    }

    /// Compares those who were answered under two flags.
    fn sources(&mut self, date: Date) {
        let of_day = |resume: &&Resume| resume.date == date && resume.source.is_some();
        let mut first: HashMap<&ResumeId, &Resume> = HashMap::new();
        let facts = &mut self.facts.sources;
        for resume in self.seen.resumes.iter().filter(of_day) {
            let Some(other) = first.insert(&resume.id, resume) else { continue };
            let (one, two) = (answers::said(&other.value), answers::said(&resume.value));
            facts.compared += 1;
            let differing: Vec<&String> = one.symmetric_difference(&two).collect();
            facts.alike += u64::from(differing.is_empty());
            for name in differing.into_iter().filter(|name| Field::of(name).is_some()) {
                *facts.differing_fields.entry(name.clone()).or_default() += 1;
            }
        }
    }

    /// Who was listed for these hours and source.
    fn ids(&self, date: Date, hours: Option<(u8, u8)>, source: Option<Source>) -> Vec<ResumeId> {
        let mut known = HashSet::new();
        let lists = self.seen.lists.iter();
        let lists = lists.filter(|it| (it.date, it.hours, it.source) == (date, hours, source));
        lists.flat_map(|it| &it.ids).filter(|id| known.insert(*id)).cloned().collect()
    }

    /// Hours of the day, and somebody whom they do not list.
    fn elsewhere(&self, date: Date) -> Option<((u8, u8), ResumeId)> {
        let is_part = |hours: &(u8, u8)| hours.1 - hours.0 > 1 && *hours != (0, 24);
        let hours =
            self.seen.lists.iter().filter(|list| list.date == date && list.source.is_none());
        let hours = hours.filter_map(|list| list.hours).find(is_part)?;
        let here: HashSet<ResumeId> = self.ids(date, Some(hours), None).into_iter().collect();
        let all = self.ids(date, Some((0, 24)), None);
        Some((hours, all.into_iter().find(|id| !here.contains(id))?))
    }
}

/// A made-up id that looks like the others and is none of them.
fn unlike(ids: &[ResumeId]) -> String {
    let digits = ids.first().map_or(10, |id| id.as_str().len());
    let known = |candidate: &String| ids.iter().any(|id| id.as_str() == candidate);
    ('1'..='9')
        .map(|digit| digit.to_string().repeat(digits))
        .find(|it| !known(it))
        .unwrap_or_default()
}

/// Whether a resume names an application after a day.
fn applied_after(resume: &Value, day: Date) -> bool {
    let entries = resume["applyJob"].as_array().into_iter().flatten();
    let dates = entries.filter_map(|entry| entry["applyDate"].as_str()?.get(..10)?.parse().ok());
    let mut dates = dates.filter(|date: &Date| *date > day);
    dates.next().is_some()
}
