//! The same people without a service, for who wants documents by the hundred thousand.

use std::time::Duration;

use jiff::civil::DateTime;

use crate::calendar::{Event, Ids, Sighting};
use crate::clock::Moment;
use crate::files::{FileKind, FileToken, Mint};
use crate::options::Options;
use crate::people::{self, Links, photo_version};
use crate::window::Flag;

/// Generated people as windows would show them; each follows from the options and a number, none is kept.
#[derive(Debug)]
pub struct Crowd {
    options: Options,
    ids: Ids,
    mint: Mint,
}

/// One of them, as one window shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The id in `idList`.
    pub id: String,
    /// The resume, as JSON.
    pub document: String,
}

impl Crowd {
    /// The people of a service with these options; who turns up when is the caller's to say.
    pub fn new(options: Options) -> Self {
        let ids = Ids::new(options.seed, options.people);
        let mint = Mint::new(options.seed, options.file_tokens_differ, None);
        Self { options, ids, mint }
    }

    /// Somebody, by a number below [`Options::people`], who turns up at a moment.
    pub fn shown(&self, company: &str, person: u64, at: DateTime, flag: Flag) -> Shown {
        let day = at.date();
        let moment = Moment::from(at);
        let second = u32::try_from(moment.0 - Moment::on(day, 0).0).unwrap_or(0);
        let opening = u8::try_from(person % 8).unwrap_or(0);
        let event = Event { second, visible: second, person, flag, opening };
        let sighting = Sighting {
            person,
            at: moment,
            with_contact: !self.options.matched_without_contact || flag != Flag::Matched,
            applied: if flag == Flag::Applied { vec![event] } else { Vec::new() },
        };
        let id = self.ids.listed(person);
        let photo = photo_version(self.options.seed, person, moment);
        let links = CrowdLinks { crowd: self, company, id: &id, photo };
        let document = people::write(&self.options, self.ids, company, &sighting, &links);
        Shown { id, document }
    }
}

struct CrowdLinks<'a> {
    crowd: &'a Crowd,
    company: &'a str,
    id: &'a str,
    photo: Option<u32>,
}

impl CrowdLinks<'_> {
    fn link(&self, name: &str, kind: FileKind) -> String {
        let token = FileToken { kind, company: self.company.to_owned(), id: self.id.to_owned() };
        let token = self.crowd.mint.issue(&token, Duration::ZERO);
        let host = self.crowd.options.link_host.as_deref().unwrap_or("http://127.0.0.1:8104");
        format!("{host}/ehrweb_resume/1.0/files/{name}?fileId={token}")
    }
}

impl Links for CrowdLinks<'_> {
    fn headshot(&self) -> Option<String> {
        self.photo.map(|version| self.link("headshot", FileKind::Headshot { version }))
    }

    fn attachment(&self, number: u8) -> String {
        self.link("attachment", FileKind::Attachment { number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_person_is_the_same_each_time_and_changes_over_the_years() {
        let crowd =
            Crowd::new(Options { people: 100, file_tokens_differ: false, ..Options::default() });
        let on = |year| crowd.shown("01234567", 7, date(year, 8, 22).at(9, 0, 0, 0), Flag::Applied);
        assert_eq!(on(2023), on(2023));
        assert_eq!(on(2023).id, on(2025).id);
        assert_ne!(on(2023).document, on(2025).document);
        assert!(on(2023).document.contains(&on(2023).id));
    }
}
