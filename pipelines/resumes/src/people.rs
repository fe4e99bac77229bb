//! From kept documents to rows: the load step that windows, files and reprocessing share.

use std::collections::HashMap;

use jiff::Timestamp;
use load::person::{PersonResult, PersonState, Recompute, RefetchFiles, WantedFile};
use model::resume::FileLink;
use model::{Note, RawResume, Redacted, Resume, ResumeId, taiwan_date_hour};
use pipeline::file_task::NewFileTask;
use pipeline::rejection::Place;
use sqlx::PgConnection;

use crate::company::Company;
use crate::failure::Failure;
use crate::{reading, settings};

/// What just arrived, by document.
pub(crate) type FreshLinks = HashMap<i64, Fresh>;

/// A document's links with the tokens of an answer. They lead to the files as the window that was
/// asked has them: another may show the same document with other files.
pub(crate) struct Fresh {
    pub(crate) window_ends_at: Timestamp,
    /// The answer.
    pub(crate) raw: RawResume,
    /// What it says.
    pub(crate) read: (Resume, Vec<Note>),
}

impl Fresh {
    pub(crate) fn links(&self) -> &[FileLink] {
        &self.read.0.files
    }

    /// Whether a document is this answer, so that it says the same: on the same day, for some words count from there.
    fn is(&self, document: &RawResume) -> bool {
        let day = |raw: &RawResume| taiwan_date_hour(raw.fetched_at).0;
        self.raw.resume_id == document.resume_id
            && self.raw.json == document.json
            && day(&self.raw) == day(document)
    }
}

/// What recomputing did.
pub(crate) struct Recomputed {
    /// Person by person.
    pub(crate) people: Vec<PersonResult>,
    /// File tasks that were opened.
    pub(crate) files_wanted: u64,
}

/// Recomputes people within the caller's transaction, opens the file tasks that follow, and
/// writes the rejections of documents that could not be interpreted. [`tell`] ends that transaction.
pub(crate) async fn recompute(
    conn: &mut PgConnection,
    company: &Company,
    resume_ids: &[ResumeId],
    fresh: &FreshLinks,
    force: bool,
) -> Result<Recomputed, Failure> {
    // Locked first: what was learnt before is in force then, and what is learnt after finds these
    // people's rows written.
    load::person::lock_people(&mut *conn, &company.settings.no, resume_ids).await?;
    let old_windows =
        reading::in_force(&mut *conn, &company.settings.no, company.run.old_windows).await?;
    let settings = Recompute {
        company: &company.settings.no,
        run_id: company.ledger.run_id(),
        transform_version: transform::TRANSFORM_VERSION,
        loaded_at: company.clock.now(),
        old_windows,
        share_between_sources: company.run.share_between_sources,
        refetch: refetch(&company.files),
        file_roles: &company.files.kinds,
        force,
    };
    let read = |document: &RawResume| match fresh.values().find(|fresh| fresh.is(document)) {
        Some(fresh) => Ok(fresh.read.clone()),
        None => transform::interpret(document),
    };
    let people = load::person::recompute(&mut *conn, &settings, resume_ids, &read).await?;
    let mut wanted = Vec::new();
    for person in &people {
        for (document_id, rejection) in &person.rejections {
            let place = Place {
                company: &company.settings.no,
                run_id: company.ledger.run_id(),
                window_id: None,
                document_id: Some(*document_id),
            };
            pipeline::rejection::record(&mut *conn, place, rejection).await?;
        }
        wanted.extend(new_tasks(&person.resume_id, &person.wanted_files, fresh));
    }
    let opening = company.opening();
    let files_wanted =
        pipeline::file_task::open(&mut *conn, &company.settings.no, &wanted, opening).await?;
    Ok(Recomputed { people, files_wanted })
}

/// Tells the change feed what was done. Call it last in the transaction: all others who have something to tell wait
/// from here to its end.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    company: &Company,
    done: &Recomputed,
) -> Result<(), Failure> {
    let events = done.people.iter().flat_map(|person| &person.events);
    Ok(load::feed::write(conn, &company.settings.no, company.ledger.run_id(), events).await?)
}

/// Counts in the run's tally what was done, once its transaction is committed.
pub(crate) fn count(company: &Company, done: &Recomputed) {
    company.count_wanted(done.files_wanted);
    for person in &done.people {
        match person.state {
            PersonState::Written | PersonState::Removed => company.tally.people_written.add(1),
            PersonState::Unchanged => company.tally.people_unchanged.add(1),
            PersonState::Nothing => {}
        }
    }
}

/// Whether a new window asks for files again.
pub(crate) fn refetch(files: &settings::Files) -> RefetchFiles {
    if files.refetch_for_new_window { RefetchFiles::NewWindow } else { RefetchFiles::Never }
}

/// The tasks of files that are wanted, with the tokens that just arrived.
pub(crate) fn new_tasks(
    resume_id: &ResumeId,
    wanted: &[WantedFile],
    fresh: &FreshLinks,
) -> Vec<NewFileTask> {
    wanted
        .iter()
        .map(|wanted| NewFileTask {
            resume_id: resume_id.clone(),
            document_id: wanted.document_id,
            role: wanted.role,
            item_no: wanted.item_no,
            window_id: wanted.window_id,
            window_ends_at: wanted.window_ends_at,
            token: fresh
                .get(&wanted.document_id)
                .filter(|fresh| fresh.window_ends_at == wanted.window_ends_at)
                .and_then(|fresh| Some((token_of(fresh.links(), wanted)?, fresh.raw.fetched_at))),
        })
        .collect()
}

fn token_of(links: &[FileLink], wanted: &WantedFile) -> Option<Redacted<String>> {
    links
        .iter()
        .find(|link| link.role == wanted.role && link.item_no == wanted.item_no)
        .and_then(|link| link.token.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(id: &str, json: &str, fetched_at: &str) -> RawResume {
        let (resume_id, fetched_at) = (id.parse().unwrap(), fetched_at.parse().unwrap());
        RawResume { resume_id, json: json.to_owned(), fetched_at }
    }

    #[test]
    fn a_document_says_what_the_same_answer_said_on_the_same_day() {
        let answer = raw("7", r#"{"fullName":"甲"}"#, "2026-11-22T10:00:00Z");
        let read = transform::interpret(&answer).unwrap();
        let window_ends_at = answer.fetched_at;
        let fresh = Fresh { window_ends_at, raw: answer.clone(), read };
        assert!(fresh.is(&answer));
        assert!(fresh.is(&raw("7", &answer.json, "2026-11-22T15:59:59Z")));
        assert!(!fresh.is(&raw("7", &answer.json, "2026-11-22T16:00:00Z")), "tomorrow in Taiwan");
        assert!(!fresh.is(&raw("7", "{}", "2026-11-22T10:00:00Z")));
        assert!(!fresh.is(&raw("8", &answer.json, "2026-11-22T10:00:00Z")));
    }
}
