//! Listings made by hand, for tests: they stand beside the generated ones and win over them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::civil::Date;
use serde_json::Value;

use crate::locked::locked;
use crate::window::{Flag, Window};

/// What a hand-made listing answers as the resume, served as it is.
///
/// The strings `"sim:headshot"` and `"sim:attachment:2"` (any number), quotes included, become file links with a
/// fresh token, unless the document is no UTF-8.
#[derive(Debug, Clone)]
pub struct Document(Arc<[u8]>);

impl Document {
    /// The bytes that are served, before links are filled in.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        value.to_string().into()
    }
}

impl From<String> for Document {
    fn from(raw: String) -> Self {
        Self(raw.into_bytes().into())
    }
}

impl From<Vec<u8>> for Document {
    fn from(raw: Vec<u8>) -> Self {
        Self(raw.into())
    }
}

impl From<&str> for Document {
    fn from(raw: &str) -> Self {
        Self(raw.as_bytes().into())
    }
}

/// One resume listed for one hour, by hand. It is visible at once, whatever the clock says.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The company's number, 8 digits.
    pub company: String,
    /// The date on which it is listed.
    pub date: Date,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The source under which it is listed.
    pub flag: Flag,
    /// The id in `idList`.
    pub id: String,
    /// The resume, as JSON, as any text, or as any bytes.
    pub document: Document,
}

/// All listings made by hand, and photos swapped by hand.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    days: Mutex<HashMap<(String, Date), Vec<Listing>>>,
    photos: Mutex<HashMap<String, u32>>,
}

impl Staged {
    pub(crate) fn add(&self, listing: Listing) {
        let mut days = locked(&self.days);
        let day = days.entry((listing.company.clone(), listing.date)).or_default();
        day.retain(|other| {
            (&other.id, other.hour, other.flag) != (&listing.id, listing.hour, listing.flag)
        });
        day.push(listing);
        day.sort_by_key(|listing| listing.hour);
    }

    pub(crate) fn ids(&self, company: &str, window: &Window) -> Vec<String> {
        let days = locked(&self.days);
        let day = days.get(&(company.to_owned(), window.date));
        // A hand-made listing names no job, so a window narrowed to a job shows none.
        let shown = day.into_iter().flatten().filter(|_| window.job_no.is_none());
        shown
            .filter(|it| window.covers(it.hour) && window.admits(it.flag))
            .map(|it| it.id.clone())
            .collect()
    }

    /// The newest document of an id that the window shows; the newest of all days if `as_now`.
    pub(crate) fn find(
        &self,
        company: &str,
        window: &Window,
        id: &str,
        as_now: bool,
    ) -> Option<Document> {
        let days = locked(&self.days);
        let day = days.get(&(company.to_owned(), window.date))?;
        let shown = |it: &&Listing| it.id == id && window.covers(it.hour) && window.admits(it.flag);
        let then = day.iter().rfind(shown)?;
        if !as_now {
            return Some(then.document.clone());
        }
        let all = days.iter().filter(|((whose, _), _)| whose == company).flat_map(|(_, day)| day);
        let newest = all
            .filter(|it| it.id == id && window.admits(it.flag))
            .max_by_key(|it| (it.date, it.hour));
        newest.map(|it| it.document.clone())
    }

    pub(crate) fn set_photo(&self, id: &str, version: u32) {
        locked(&self.photos).insert(id.to_owned(), version);
    }

    pub(crate) fn photo(&self, id: &str) -> Option<u32> {
        locked(&self.photos).get(id).copied()
    }
}
