//! What answers show on their way about the assumptions on 104: no call more, a row once a run.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use model::resume::{FileRole, Resume};
use model::{Note, NoteCode, ResumeId};
use pipeline::learn::{self, Observation};

use crate::company::Company;
use crate::failure::Failure;

/// What this run has noted already.
#[derive(Debug, Default)]
pub(crate) struct Learnt(Mutex<HashSet<Seen>>);

/// Something seen, in one of few sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    pub(crate) assumption: &'static str,
    pub(crate) finding: &'static str,
    pub(crate) is_held: bool,
}

pub(crate) const fn held(assumption: &'static str, finding: &'static str) -> Seen {
    Seen { assumption, finding, is_held: true }
}

pub(crate) const fn broken(assumption: &'static str, finding: &'static str) -> Seen {
    Seen { assumption, finding, is_held: false }
}

impl Learnt {
    fn is_new(&self, seen: Seen) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(seen)
    }
}

/// Notes what this run has not noted yet.
pub(crate) async fn note(
    company: &Company,
    seen: impl IntoIterator<Item = Seen>,
) -> Result<(), Failure> {
    for seen in seen {
        if company.learnt.is_new(seen) {
            let Seen { assumption, finding, is_held } = seen;
            let observation = Observation { assumption, finding: finding.to_owned(), is_held };
            learn::observe(company.ledger.pool(), &company.settings.no, &observation).await?;
        }
    }
    Ok(())
}

/// What one resume shows. Pure.
pub(crate) fn of_resume(
    id: &ResumeId,
    resume: &Resume,
    notes: &[Note],
    api_host: Option<&str>,
) -> Vec<Seen> {
    let mut seen = vec![match resume.person.member_no.as_deref() {
        Some(number) if number == id.as_str() => held("A-13", "resumeId is the id that was asked"),
        Some(_) => broken("A-13", "resumeId is another number than the id that was asked"),
        None => broken("A-13", "a resume has no resumeId"),
    }];
    for file in resume.files.iter().filter(|file| file.token.is_some()) {
        if file.role != FileRole::Headshot {
            seen.push(held("A-18", "a link of an attachment or a project has a fileId"));
        }
        seen.push(match file.host.as_deref() {
            Some(host) if Some(host) != api_host => {
                broken("A-19", "a link names another host than the API")
            }
            Some(_) | None => held("A-19", "a link names the API's host"),
        });
    }
    for note in notes {
        let is_date = matches!(note.column, "start_on" | "end_on") && note.item_no.is_some();
        match note.code {
            NoteCode::LinkWithoutToken => seen.push(broken("A-18", "a link has no fileId")),
            NoteCode::UnexpectedType => {
                seen.push(broken("A-23", "a field came as another JSON type"));
            }
            NoteCode::Unread if is_date => {
                seen.push(broken("A-25", "a date in a list has an unknown form"));
            }
            NoteCode::Unread
            | NoteCode::UnstorableCharacters
            | NoteCode::HtmlSimplified
            | NoteCode::ForeignLink => {}
        }
    }
    if resume.unknown_fields.is_some() {
        seen.push(broken("A-24", "a resume has fields that the contract does not name"));
    }
    if resume.application.len() > 1 {
        seen.push(held("A-26", "applyJob holds several applications"));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> Vec<String> {
        let raw = model::RawResume {
            resume_id: "7".parse().unwrap(),
            json: json.to_owned(),
            fetched_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let (resume, notes) = transform::interpret(&raw).unwrap();
        let seen = of_resume(&raw.resume_id, &resume, &notes, Some("api.example"));
        let words =
            |it: &Seen| format!("{} {}", it.assumption, if it.is_held { "held" } else { "broken" });
        let mut words: Vec<String> = seen.iter().map(words).collect();
        words.dedup();
        words
    }

    #[test]
    fn a_resume_shows_what_holds_and_what_does_not() {
        assert_eq!(shown(r#"{"resumeId":"7"}"#), ["A-13 held"]);
        assert_eq!(shown(r#"{"resumeId":"8","x":1}"#), ["A-13 broken", "A-24 broken"]);
        assert_eq!(
            shown(
                r#"{"headshotUrl":"https://api.example/f?fileId=a",
                    "attachFiles":[{"type":1,"resourceLink":"https://other.example/f?fileId=b"},
                                   {"type":1,"resourceLink":"https://other.example/f"}]}"#
            ),
            ["A-13 broken", "A-19 held", "A-18 held", "A-19 broken", "A-18 broken"]
        );
        assert_eq!(
            shown(
                r#"{"resumeId":"7","education":[{"startDate":"when it was"}],"motto":{"a":1},
                    "applyJob":[{"jobNo":"1"},{"jobNo":"2"}]}"#
            ),
            ["A-13 held", "A-23 broken", "A-25 broken", "A-26 held"]
        );
    }
}
