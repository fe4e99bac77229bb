//! What is written down: verdicts, facts, shapes. Safe to attach to an issue.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facts::Facts;
use crate::shape::Shape;

/// One meeting with 104. The keys are a contract: keys are added, never changed, while `schema` is 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// 1.
    pub schema: u8,
    /// etl104's version.
    pub version: String,
    /// `sandbox`, `production` or `custom`.
    pub environment: String,
    /// When, by this host's clock.
    pub made_at: Timestamp,
    /// How long it took.
    pub seconds: u64,
    /// Calls made, retries and tokens included.
    pub calls: u64,
    /// Resumes that were looked at.
    pub resumes: u64,
    /// What was not asked since no call was left.
    pub left_out: Vec<String>,
    /// Each assumption, by number.
    pub verdicts: Vec<Verdict>,
    /// What was seen.
    pub facts: Facts,
    /// The fields of resumes.
    pub shapes: Vec<Shape>,
}

/// How an assumption fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its number, such as `A-12`.
    pub assumption: String,
    /// How it fared.
    pub outcome: Outcome,
    /// What the product does about it is enough; told of refuted ones.
    pub is_handled: bool,
    /// What was seen, in a line.
    pub evidence: String,
}

/// How an assumption fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It held wherever it was seen.
    Confirmed,
    /// It did not hold.
    Refuted,
    /// Nothing spoke for or against it.
    NotSeen,
}

impl Outcome {
    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Refuted => "refuted",
            Self::NotSeen => "not seen",
        }
    }
}

impl Record {
    /// Those that were refuted.
    pub fn refuted(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Refuted)
    }

    /// 0 nothing is refuted, 3 something is and is handled, 2 something is and is not.
    pub fn exit_code(&self) -> u8 {
        match self.refuted().map(|verdict| verdict.is_handled).min() {
            None => 0,
            Some(true) => 3,
            Some(false) => 2,
        }
    }
}
