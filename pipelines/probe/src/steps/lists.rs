//! One busy day, listed in many ways.

use std::collections::{BTreeMap, HashSet};

use extract::Error;
use jiff::civil::Date;
use model::{ResumeId, Source};

use crate::answers::count;
use crate::facts::Lists;
use crate::story::Probe;

/// The day's parts, in hours.
const PART: u8 = 3;

impl Probe {
    /// The whole day, without hours, and under each flag.
    pub(crate) async fn whole_and_sources(&mut self, date: Date) -> Result<(), Error> {
        let Some(whole) = self.facts.days.asked.iter().find(|day| day.date == date) else {
            return Ok(());
        };
        let whole = whole.list.clone();
        let mut by_source = BTreeMap::new();
        for source in Source::ALL {
            let what = "the day under each flag";
            if let Some(list) = self.list(what, date, Some((0, 24)), Some(source)).await? {
                by_source.insert(source.as_str().to_owned(), list);
            }
        }
        let without_hours = self.list("the day without hours", date, None, None).await?;
        let over_sources = (by_source.len() == Source::ALL.len())
            .then(|| self.distinct(|of, _, source| of == date && source.is_some()));
        self.facts.lists = Some(Lists {
            date,
            whole,
            without_hours,
            by_source,
            over_sources,
            parts: Vec::new(),
            over_parts: None,
            shared_by_neighbours: None,
            empty_hour: None,
        });
        Ok(())
    }

    /// The day in parts, its fullest part by hours, and an hour that is none.
    pub(crate) async fn parts(&mut self, date: Date) -> Result<(), Error> {
        let mut parts = Vec::new();
        for start in (0..24).step_by(usize::from(PART)) {
            let hours = (start, start + PART);
            match self.list("the day in parts", date, Some(hours), None).await? {
                Some(list) => parts.push((hours.0, hours.1, list)),
                None => break,
            }
        }
        let covers = parts.len() == usize::from(24 / PART);
        let is_part = |hours: Option<(u8, u8)>| hours.is_some_and(|(from, to)| to - from == PART);
        let over_parts = covers.then(|| {
            self.distinct(|of, hours, source| of == date && source.is_none() && is_part(hours))
        });
        let fullest = parts.iter().max_by_key(|(_, _, list)| list.ids).map(|(start, ..)| *start);
        let (mut shared, mut empty_hour) = (None, None);
        if let Some(start) = fullest {
            for hour in start..start + PART {
                let what = "the fullest part of the day by hours";
                if let Some(list) = self.list(what, date, Some((hour, hour + 1)), None).await? {
                    parts.push((hour, hour + 1, list));
                }
            }
            shared = (start..start + PART - 1)
                .map(|hour| self.shared(date, hour))
                .max_by_key(|(_, smaller)| *smaller);
            let busiest = (start..start + PART).max_by_key(|hour| self.hour(date, *hour).len());
            let hour = busiest.unwrap_or(start);
            empty_hour = self
                .list("an hour from its start to its start", date, Some((hour, hour)), None)
                .await?;
        }
        if let Some(lists) = &mut self.facts.lists {
            lists.parts = parts;
            lists.over_parts = over_parts;
            lists.shared_by_neighbours = shared;
            lists.empty_hour = empty_hour;
        }
        Ok(())
    }

    fn hour(&self, date: Date, hour: u8) -> HashSet<&ResumeId> {
        let lists = self.seen.lists.iter().filter(|list| {
            list.date == date && list.source.is_none() && list.hours == Some((hour, hour + 1))
        });
        lists.flat_map(|list| &list.ids).collect()
    }

    /// Ids that an hour shares with the next, and the count of the smaller of both.
    fn shared(&self, date: Date, hour: u8) -> (u64, u64) {
        let (one, next) = (self.hour(date, hour), self.hour(date, hour + 1));
        (count(one.intersection(&next).count()), count(one.len().min(next.len())))
    }

    fn distinct(&self, is_meant: impl Fn(Date, Option<(u8, u8)>, Option<Source>) -> bool) -> u64 {
        let lists =
            self.seen.lists.iter().filter(|list| is_meant(list.date, list.hours, list.source));
        count(lists.flat_map(|list| &list.ids).collect::<HashSet<_>>().len())
    }
}
