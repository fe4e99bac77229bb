//! What is said of one check.

use std::sync::atomic::{AtomicU64, Ordering};

use model::{Check, Repair};
use pipeline::verify::{EXAMPLES, Found};

/// What mends most findings.
pub(super) const REPAIR: &str = "`etl104 verify --repair`";

/// What helps where that did not.
const BEYOND_REPAIR: &str = "these are not mended by a repair: restore the rows from a backup";

/// How much a check's findings weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something that should hold does not.
    Finding,
    /// Worth knowing, and no harm.
    Note,
}

/// One check, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// Its name, which stays.
    pub name: &'static str,
    /// What must hold, in a sentence.
    pub holds: &'static str,
    /// How much its findings weigh.
    pub weight: Weight,
    /// Findings at the first look.
    pub found: u64,
    /// Findings that are left; after a repair fewer.
    pub left: u64,
    /// The first of them: ids and numbers, no data about a person.
    pub examples: Vec<String>,
    /// What to do about them.
    pub remedy: String,
    /// Why it could not be looked at, if so.
    pub skipped: Option<String>,
}

impl Checkup {
    /// Without findings so far.
    pub(super) fn sound(name: &'static str, holds: &'static str) -> Self {
        Self {
            name,
            holds,
            weight: Weight::Finding,
            found: 0,
            left: 0,
            examples: Vec::new(),
            remedy: REPAIR.to_owned(),
            skipped: None,
        }
    }

    /// Of a check that is one statement.
    pub(super) fn of(check: &Check, seen: Found) -> Self {
        let remedy = match check.repair {
            Repair::ByHand(remedy) => remedy.to_owned(),
            Repair::Statements(_) | Repair::People => REPAIR.to_owned(),
            Repair::Uploads => format!("{REPAIR} with the [storage] url under which it was begun"),
        };
        let Found { count, examples } = seen;
        Self { found: count, left: count, examples, remedy, ..Self::sound(check.name, check.holds) }
    }

    /// Adds a finding that is still there.
    pub(super) fn find(&mut self, example: impl FnOnce() -> String) {
        self.find_many(1, example);
    }

    /// Adds findings that are still there, if any, which one example tells of.
    pub(super) fn find_many(&mut self, count: u64, example: impl FnOnce() -> String) {
        if count == 0 {
            return;
        }
        self.found += count;
        self.left += count;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }

    /// So many of its findings are mended.
    pub(super) fn mended(&mut self, count: u64) {
        self.left = self.left.saturating_sub(count);
    }

    /// What is left after a repair. Another one would not mend it either.
    pub(super) fn after(&mut self, seen: Found) {
        self.left = seen.count;
        if seen.count > 0 {
            self.examples = seen.examples;
            if self.remedy == REPAIR {
                BEYOND_REPAIR.clone_into(&mut self.remedy);
            }
        }
    }

    /// Whether something that should hold does not.
    pub fn is_open(&self) -> bool {
        self.weight == Weight::Finding && self.left > 0
    }
}

/// How far a long look has come.
#[derive(Debug, Default)]
pub struct Examined {
    /// Objects.
    pub objects: AtomicU64,
    /// Bytes of objects that were read.
    pub bytes: AtomicU64,
    /// Documents.
    pub documents: AtomicU64,
    /// People whose rows were compared.
    pub people: AtomicU64,
}

/// Counts on.
pub(super) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
