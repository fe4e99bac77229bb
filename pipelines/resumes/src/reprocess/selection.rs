//! Whom a reprocess concerns, and the flags that say so.

use std::fmt::Write;

use jiff::Timestamp;
use load::raw;
use model::{NoteCode, ResumeId};

/// Which people are reprocessed; the default is everyone. What is named narrows together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only whom a window showed that ends after this moment.
    pub from: Option<Timestamp>,
    /// Only whom a window showed that starts before this moment.
    pub to: Option<Timestamp>,
    /// Only this resume.
    pub resume_id: Option<ResumeId>,
    /// Only those whose rows carry such a note.
    pub having_note: Option<NoteCode>,
}

impl Selection {
    /// The flags that select the same, each with a blank before it; empty for everyone. The same
    /// people are always selected by the same text: it is the key of the checkpoint.
    pub fn flags(&self) -> String {
        let mut flags = String::new();
        let mut flag = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                // Writing to a string can't fail.
                let _: std::fmt::Result = write!(flags, " --{name} {value}");
            }
        };
        flag("from", self.from.map(hour));
        flag("to", self.to.map(hour));
        flag("resume-id", self.resume_id.as_ref().map(ToString::to_string));
        flag("having-note", self.having_note.map(|code| code.as_str().to_owned()));
        flags
    }

    /// The same as `load` takes it.
    pub(super) fn people(&self) -> raw::Selection {
        raw::Selection {
            resume_id: self.resume_id.clone(),
            seen_from: self.from,
            seen_to: self.to,
            having_note: self.having_note,
        }
    }
}

/// `2026-11-22T10`, Taiwan time; a midnight is a date.
fn hour(at: Timestamp) -> String {
    let civil = jiff::tz::offset(8).to_datetime(at);
    let form = if civil.hour() == 0 { "%Y-%m-%d" } else { "%Y-%m-%dT%H" };
    civil.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_said_in_flags() {
        assert_eq!(Selection::default().flags(), "");
        let selection = Selection {
            from: "2026-11-21T16:00:00Z".parse().ok(),
            to: "2026-11-22T02:00:00Z".parse().ok(),
            resume_id: "42".parse().ok(),
            having_note: Some(NoteCode::Unread),
        };
        let flags = " --from 2026-11-22 --to 2026-11-22T10 --resume-id 42 --having-note unread";
        assert_eq!(selection.flags(), flags);
    }
}
