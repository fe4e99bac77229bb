//! What must hold of a warehouse, as the stages that know its tables say it.

/// Something that must hold of a warehouse at any moment, whoever works on it.
///
/// One statement finds what breaks it, so that it looks at one snapshot: a transaction that is under
/// way is no finding.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name, which stays.
    pub name: &'static str,
    /// What must hold, in a sentence.
    pub holds: &'static str,
    /// Gives a row for each finding: `company_no`, `resume_id` (null where none is meant) and
    /// `example`, which names ids and numbers alone. `$1` are the companies, `$2` the kinds of files
    /// that are fetched; it need not look at either.
    pub offenders: &'static str,
    /// How it is made to hold again.
    pub repair: Repair,
}

/// How what a [`Check`] found is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// By these statements, in one transaction; `$1` are the companies. What others may be writing
    /// is locked by the first of them, so that the next sees what was committed meanwhile. A row
    /// with a column `reopened`, which is `window` or `file`, tells of one that was opened again.
    Statements(&'static [&'static str]),
    /// By recomputing the people whom the findings name.
    People,
    /// By giving up uploads in parts that nobody will complete.
    Uploads,
    /// Not by us: what a human does about it.
    ByHand(&'static str),
}
