//! Answers, kept raw first, then loaded: the middle of a window's story.

use std::collections::{HashMap, HashSet};

use load::raw::{Fetched, Kept};
use model::{Note, Outcome, RawResume, Rejection, RejectionCode, Resume, ResumeId, Window};
use pipeline::item::{self, KeptItem, Moved, Settled};
use pipeline::learn::{self, Observation};
use pipeline::listing::close_if_done;
use pipeline::rejection::Place;
use pipeline::window::Lease;
use tokio_util::task::AbortOnDropHandle;

use crate::company::Company;
use crate::failure::Failure;
use crate::learnt::{self, Seen, broken};
use crate::people::{self, Fresh, FreshLinks, recompute, tell};
use crate::window::place;

/// Resumes in one transaction at most: answers that arrive together are loaded together.
pub(crate) const BATCH: usize = 50;
/// What an absent id shows.
const LEFT_OUT: Seen = broken("A-14", "a batch left out an id that was listed");
/// Bytes of them in one transaction at most, unless one alone is larger; the usual resume has ten thousand.
pub(crate) const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Raw first: documents, sightings and item states are committed before anything interprets
/// them. Then the rows.
pub(crate) async fn keep(
    company: &Company,
    lease: &Lease,
    outcomes: Vec<Outcome<RawResume>>,
) -> Result<(), Failure> {
    let Sorted { fetched, absent, mut rejected } = sort(outcomes);
    let (fetched, strangers) = own_of_window(company, lease.window_id, fetched).await?;
    rejected.extend(strangers);
    let rejected_ids: Vec<ResumeId> =
        rejected.iter().filter_map(|rejection| rejection.resume_id.clone()).collect();
    let reading = read_meanwhile(&fetched);
    let (kept, settled, is_closed) = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.begin(lease).await?;
        let kept = load::raw::keep(&mut tx, &lease.window, lease.window_id, &fetched).await?;
        item::mark_kept(&mut tx, lease, &items(&kept)).await?;
        let gone: Vec<&str> = absent.iter().map(ResumeId::as_str).collect();
        pipeline::rejection::resolve(&mut tx, &company.settings.no, &gone).await?;
        let absent = item::settle(&mut tx, lease, &absent, Settled::Absent).await?;
        for rejection in &rejected {
            pipeline::rejection::record(&mut tx, place(company, lease), rejection).await?;
        }
        let rejected = item::settle(&mut tx, lease, &rejected_ids, Settled::Rejected).await?;
        let is_closed = close_if_done(&mut tx, lease).await?;
        Ok::<_, Failure>((tx, (kept, (absent, rejected), is_closed)))
    })
    .await?;
    drop(fetched);
    count(company, settled.0);
    count(company, settled.1);
    company.tally.windows_closed.add(u64::from(is_closed));
    learn_old_windows(company, &lease.window, &kept).await?;
    let absent = (!absent.is_empty()).then_some(LEFT_OUT);
    learnt::note(company, absent).await?;
    let (fresh, seen) = fresh_links(company, &lease.window, has_read(reading).await, &kept);
    learnt::note(company, seen).await?;
    load(company, lease, &items(&kept), &fresh).await
}

/// An old window that was asked again tells how 104 answers old windows: other content is
/// that of now; the same, though a newer one is known, is that of then.
///
/// A window that ended less than 36 hours before the answer proves nothing: a resume that was edited
/// an hour after its window may be answered as it is now there, and as it was in windows long past.
pub(crate) async fn learn_old_windows(
    company: &Company,
    window: &Window,
    kept: &[Kept],
) -> Result<(), Failure> {
    let is_old = |kept: &&Kept| load::person::is_late(window.ends_at(), kept.fetched_at);
    let of_old: Vec<Kept> = kept.iter().filter(is_old).cloned().collect();
    let finding = if of_old.iter().any(|kept| kept.seen_before_differently) {
        crate::OLD_WINDOWS_ANSWER_AS_NOW
    } else if of_old.iter().any(|kept| kept.seen_before_alike) {
        let again: Vec<Kept> = of_old.into_iter().filter(|kept| kept.seen_before_alike).collect();
        let pool = company.ledger.pool();
        let is_newer_known = database::transaction(pool, || async {
            let mut tx = pool.begin().await.map_err(Failure::transaction)?;
            let is_newer_known = load::raw::is_newer_known(&mut tx, window, &again).await?;
            Ok::<_, Failure>((tx, is_newer_known))
        });
        if !is_newer_known.await? {
            return Ok(());
        }
        crate::OLD_WINDOWS_ANSWER_AS_THEN
    } else {
        return Ok(());
    };
    let seen = Observation { assumption: "A-15", finding: finding.to_owned(), is_held: true };
    Ok(learn::observe(company.ledger.pool(), &company.settings.no, &seen).await?)
}

/// Loads what is kept. Rows that Postgres refuses for what they hold reject their own resume and no
/// other: what was to be loaded together is parted until that resume is alone.
pub(crate) async fn load(
    company: &Company,
    lease: &Lease,
    kept: &[KeptItem],
    fresh: &FreshLinks,
) -> Result<(), Failure> {
    let mut parts = vec![kept];
    while let Some(part) = parts.pop() {
        if let Err(failure) = load_together(company, lease, part, fresh).await {
            let Some(refusal) = failure.refused_rows() else { return Err(failure) };
            match part {
                [one] => refuse(company, lease, one, &refusal).await?,
                several => {
                    let (first, rest) = several.split_at(several.len() / 2);
                    parts.extend([rest, first]);
                }
            }
        }
    }
    Ok(())
}

/// The document is kept and its rows are not to be had: the item is rejected.
async fn refuse(
    company: &Company,
    lease: &Lease,
    item: &KeptItem,
    refusal: &str,
) -> Result<(), Failure> {
    let ids = std::slice::from_ref(&item.resume_id);
    let rejection = Rejection {
        resume_id: Some(item.resume_id.clone()),
        code: RejectionCode::RefusedRows,
        reason: format!("Postgres refused the rows of this resume: {refusal}"),
        payload: Vec::new().into(),
    };
    let place = Place { document_id: Some(item.document_id), ..place(company, lease) };
    let (rejected, is_closed) = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.begin(lease).await?;
        pipeline::rejection::record(&mut tx, place, &rejection).await?;
        let rejected = item::settle(&mut tx, lease, ids, Settled::Rejected).await?;
        let is_closed = close_if_done(&mut tx, lease).await?;
        Ok::<_, Failure>((tx, (rejected, is_closed)))
    })
    .await?;
    count(company, rejected);
    company.tally.windows_closed.add(u64::from(is_closed));
    Ok(())
}

/// Rows, file tasks and the items' final state, in one transaction.
async fn load_together(
    company: &Company,
    lease: &Lease,
    kept: &[KeptItem],
    fresh: &FreshLinks,
) -> Result<(), Failure> {
    if kept.is_empty() {
        return Ok(());
    }
    let ids: Vec<ResumeId> = kept.iter().map(|item| item.resume_id.clone()).collect();
    let (done, settled, is_closed) = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.begin(lease).await?;
        let done = recompute(&mut tx, company, &ids, fresh, false).await?;
        let refused: HashSet<i64> =
            done.people.iter().flat_map(|person| &person.rejections).map(|(id, _)| *id).collect();
        let (rejected, stored): (Vec<&KeptItem>, Vec<&KeptItem>) =
            kept.iter().partition(|item| refused.contains(&item.document_id));
        let (rejected, stored) = (ids_of(&rejected), ids_of(&stored));
        let resolved: Vec<&str> = stored.iter().map(ResumeId::as_str).collect();
        pipeline::rejection::resolve(&mut tx, &company.settings.no, &resolved).await?;
        let stored = item::settle(&mut tx, lease, &stored, Settled::Stored).await?;
        let rejected = item::settle(&mut tx, lease, &rejected, Settled::Rejected).await?;
        let is_closed = close_if_done(&mut tx, lease).await?;
        tell(&mut tx, company, &done).await?;
        Ok::<_, Failure>((tx, (done, (stored, rejected), is_closed)))
    })
    .await?;
    people::count(company, &done);
    count(company, settled.0);
    count(company, settled.1);
    company.tally.windows_closed.add(u64::from(is_closed));
    Ok(())
}

fn count(company: &Company, moved: Moved) {
    company.tally.stored.add(moved.stored);
    company.tally.absent.add(moved.absent);
    company.tally.rejected.add(moved.rejected);
}

struct Sorted {
    fetched: Vec<Fetched>,
    absent: Vec<ResumeId>,
    rejected: Vec<Rejection>,
}

fn sort(outcomes: Vec<Outcome<RawResume>>) -> Sorted {
    let mut sorted = Sorted { fetched: Vec::new(), absent: Vec::new(), rejected: Vec::new() };
    for outcome in outcomes {
        match outcome {
            Outcome::Ready(raw) => match hashed(raw) {
                Ok(fetched) => sorted.fetched.push(fetched),
                Err(rejection) => sorted.rejected.push(rejection),
            },
            Outcome::Absent(id) => sorted.absent.push(id),
            Outcome::Rejected(rejection) => sorted.rejected.push(rejection),
        }
    }
    sorted
}

/// Of what was answered, what is the asked id's own: a resume that names another id of the same
/// window is that one's, whether or not that one is still to be fetched.
pub(crate) async fn own_of_window(
    company: &Company,
    window_id: i64,
    fetched: Vec<Fetched>,
) -> Result<(Vec<Fetched>, Vec<Rejection>), Failure> {
    let names: Vec<Option<String>> =
        fetched.iter().map(|fetched| extract::other_name(&fetched.raw)).collect();
    let asked: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    if asked.is_empty() {
        return Ok((fetched, Vec::new()));
    }
    let listed = item::listed_among(company.ledger.pool(), window_id, &asked).await?;
    let (mut own, mut strangers) = (Vec::new(), Vec::new());
    for (fetched, name) in fetched.into_iter().zip(names) {
        if name.is_some_and(|name| listed.contains(&name)) {
            strangers.push(Rejection {
                resume_id: Some(fetched.raw.resume_id),
                code: RejectionCode::Stranger,
                reason: "asked alone, 104 answered with a resume of another id".to_owned(),
                payload: fetched.raw.json.into_bytes().into(),
            });
        } else {
            own.push(fetched);
        }
    }
    Ok((own, strangers))
}

/// A body that is no JSON can't be a document: it is rejected, whole.
pub(crate) fn hashed(raw: RawResume) -> Result<Fetched, Rejection> {
    match transform::content_hash(&raw.json) {
        Some(hash) => Ok(Fetched { raw, hash, hash_rule: transform::HASH_RULE }),
        None => Err(Rejection {
            resume_id: Some(raw.resume_id),
            code: RejectionCode::UnreadableAnswer,
            reason: "the resume is no JSON".to_owned(),
            payload: raw.json.into_bytes().into(),
        }),
    }
}

/// An answer, and what it says.
pub(crate) type Read = (RawResume, (Resume, Vec<Note>));

/// What answers say, but for those that can't be interpreted.
pub(crate) fn read(fetched: Vec<Fetched>) -> Vec<Read> {
    let read = |Fetched { raw, .. }: Fetched| {
        let read = transform::interpret(&raw).ok()?;
        Some((raw, read))
    };
    fetched.into_iter().filter_map(read).collect()
}

/// Reads what arrived on another core, while Postgres keeps it.
fn read_meanwhile(fetched: &[Fetched]) -> AbortOnDropHandle<Vec<Read>> {
    let fetched = fetched.to_vec();
    #[expect(clippy::disallowed_methods, reason = "its handle aborts it when dropped")]
    let reading = tokio::spawn(async move { read(fetched) });
    AbortOnDropHandle::new(reading)
}

async fn has_read(reading: AbortOnDropHandle<Vec<Read>>) -> Vec<Read> {
    match reading.await {
        Ok(read) => read,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is shutting down: what was kept is read by the next run.
        Err(_cancelled) => Vec::new(),
    }
}

/// The file tokens of documents that just arrived, and what these show of 104.
pub(crate) fn fresh_links(
    company: &Company,
    window: &Window,
    answers: Vec<Read>,
    kept: &[Kept],
) -> (FreshLinks, Vec<Seen>) {
    let documents: HashMap<&ResumeId, i64> =
        kept.iter().map(|kept| (&kept.resume_id, kept.document_id)).collect();
    let (mut links, mut seen) = (FreshLinks::new(), Vec::new());
    for (raw, (resume, notes)) in answers {
        let Some(document_id) = documents.get(&raw.resume_id) else { continue };
        seen.extend(learnt::of_resume(
            &raw.resume_id,
            &resume,
            &notes,
            company.api_host.as_deref(),
        ));
        let (window_ends_at, read) = (window.ends_at(), (resume, notes));
        links.insert(*document_id, Fresh { window_ends_at, raw, read });
    }
    (links, seen)
}

fn ids_of(items: &[&KeptItem]) -> Vec<ResumeId> {
    items.iter().map(|item| item.resume_id.clone()).collect()
}

pub(crate) fn items(kept: &[Kept]) -> Vec<KeptItem> {
    kept.iter()
        .map(|kept| KeptItem { resume_id: kept.resume_id.clone(), document_id: kept.document_id })
        .collect()
}
