//! One answer of `queryList`.

use std::collections::HashSet;
use std::fmt;

use model::{Redacted, Rejection, RejectionCode, ResumeId};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::answer::{Unreadable, parse_json};

/// The ids that one answer lists, and the total that it states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Distinct, in the order listed.
    pub(crate) ids: Vec<ResumeId>,
    /// Listed, but of a form that can't be asked; distinct.
    pub(crate) unusable: Vec<Rejection>,
    /// How many entries repeat an earlier one.
    pub(crate) repeated: u64,
    /// What `total` states, if it states a number.
    pub(crate) total: Option<u64>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    total: Option<&'a RawValue>,
    /// Neither optional nor defaulted: without it the answer is a failed one, not an empty one.
    #[serde(rename = "idList")]
    id_list: Entries,
}

/// The entries of one list, sorted out as they are read: a busy day has tens of thousands, and several
/// lists arrive at once.
#[derive(Default)]
struct Entries {
    ids: Vec<ResumeId>,
    unusable: Vec<Rejection>,
    repeated: u64,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of ids")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                let mut aside = HashSet::new();
                while let Some(raw) = list.next_element::<&'de RawValue>()? {
                    if let Some(id) = entry_id(raw.get()) {
                        entries.ids.push(id);
                    } else if aside.insert(raw.get()) {
                        entries.unusable.push(unusable(raw.get()));
                    } else {
                        entries.repeated += 1;
                    }
                }
                entries.repeated += without_repeats(&mut entries.ids);
                Ok(entries)
            }
        }

        deserializer.deserialize_seq(List)
    }
}

impl Page {
    /// Reads an answer. Ids and total may be numbers or text; a missing or null `idList` makes
    /// the answer unreadable.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        let Wire { data: Data { total, id_list } } = parse_json(body)?;
        let Entries { ids, unusable, repeated } = id_list;
        let total = total.and_then(|raw| raw.get().trim_matches('"').trim().parse().ok());
        Ok(Self { ids, unusable, repeated, total })
    }

    /// How many distinct entries it lists.
    pub(crate) fn listed(&self) -> u64 {
        let listed = self.ids.len() + self.unusable.len();
        u64::try_from(listed).unwrap_or(u64::MAX)
    }

    /// Why the list may be incomplete, if it may.
    pub(crate) fn doubt(&self) -> Option<Doubt> {
        let listed = self.listed();
        match self.total {
            Some(total) if total > listed => Some(Doubt::Short { total }),
            _ if matches!(listed, 100 | 200 | 500 | 1000) => Some(Doubt::RoundCount),
            _ => None,
        }
    }
}

/// Why a list may be incomplete (A-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// `total` states more than are listed.
    Short { total: u64 },
    /// A count at which lists like to be capped.
    RoundCount,
}

/// An entry's id, if it can be asked: a string's content without the blanks around it, or a whole
/// number's digits.
fn entry_id(raw: &str) -> Option<ResumeId> {
    if raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return raw.parse().ok();
    }
    let text: String = serde_json::from_str(raw).ok()?;
    text.trim().parse().ok()
}

/// Leaves the first of equal ids, and says how many went. Most lists repeat none, which takes less memory
/// to see than a set of all.
fn without_repeats(ids: &mut Vec<ResumeId>) -> u64 {
    let mut sorted: Vec<&ResumeId> = ids.iter().collect();
    sorted.sort_unstable();
    if sorted.is_sorted_by(|one, next| one < next) {
        return 0;
    }
    let (listed, mut seen) = (ids.len(), HashSet::new());
    ids.retain(|id| seen.insert(id.clone()));
    u64::try_from(listed - ids.len()).unwrap_or(u64::MAX)
}

fn unusable(raw: &str) -> Rejection {
    Rejection {
        resume_id: None,
        code: RejectionCode::UnusableId,
        reason: "an entry of `idList` is no id that can be asked".into(),
        payload: Redacted::new(raw.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        Page::parse(body.as_bytes()).unwrap()
    }

    fn ids(page: &Page) -> Vec<&str> {
        page.ids.iter().map(ResumeId::as_str).collect()
    }

    #[test]
    fn ids_and_total_are_read_tolerantly() {
        let page =
            page(r#"{"data":{"total":"3","idList":["b",12,"a","b"],"queryDate":null},"x":1}"#);
        assert_eq!(ids(&page), ["b", "12", "a"]);
        assert_eq!((page.total, page.repeated), (Some(3), 1));
        assert_eq!(page.doubt(), None);
    }

    #[test]
    fn blanks_around_an_id_are_no_part_of_it() {
        let page = page(r#"{"data":{"total":2,"idList":[" a","a ","b\u3000","a b"]}}"#);
        assert_eq!(ids(&page), ["a", "b"]);
        assert_eq!((page.repeated, page.unusable.len()), (1, 1));
    }

    #[test]
    fn a_total_that_is_no_number_is_none() {
        for total in ["null", "-1", "\"-1\"", "\"many\"", "1.5", "{}", "[1]", "1e400", "true"] {
            let page = page(&format!(r#"{{"data":{{"total":{total},"idList":["a"]}}}}"#));
            assert_eq!((page.total, page.doubt()), (None, None), "{total}");
        }
    }

    #[test]
    fn an_empty_list_is_an_answer_but_a_missing_one_is_not() {
        assert_eq!(page(r#"{"data":{"total":0,"idList":[]}}"#).listed(), 0);
        for body in [
            "",
            "{}",
            r#"{"data":null}"#,
            r#"{"data":{"total":0}}"#,
            r#"{"data":{"total":0,"idList":null}}"#,
            r#"{"data":{"total":0,"idList":"none"}}"#,
            r#"{"data":{"total":1,"idList":["1""#,
        ] {
            assert!(Page::parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn entries_that_are_no_ids_are_kept_aside() {
        let page = page(r#"{"data":{"total":6,"idList":["1,2","",null,{"id":1},1.5,"7",null]}}"#);
        assert_eq!(ids(&page), ["7"]);
        assert_eq!((page.unusable.len(), page.repeated), (5, 1));
        assert_eq!(page.unusable[0].payload.expose(), br#""1,2""#);
        assert_eq!(page.doubt(), None, "what is listed counts, usable or not");
    }

    #[test]
    fn doubts_are_a_larger_total_and_round_counts() {
        let with = |total: Option<u64>, count: u64| {
            let ids = (0..count).map(|id| id.to_string().parse().unwrap()).collect();
            Page { ids, total, ..Page::default() }.doubt()
        };
        assert_eq!(with(Some(3), 2), Some(Doubt::Short { total: 3 }));
        assert_eq!(with(Some(1), 2), None);
        assert_eq!(with(None, 99), None);
        for count in [100, 200, 500, 1000] {
            assert_eq!(with(Some(count), count), Some(Doubt::RoundCount));
            assert_eq!(with(None, count), Some(Doubt::RoundCount));
            assert_eq!(with(Some(5000), count), Some(Doubt::Short { total: 5000 }));
        }
    }
}
