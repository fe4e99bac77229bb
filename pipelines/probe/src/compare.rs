//! What changed since another meeting. Pure.

use std::collections::BTreeMap;

use crate::record::{Outcome, Record};
use crate::shape::Shape;

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// In a line.
    pub what: String,
    /// Somebody should look at it: an assumption fell, a field appeared, vanished or is another type.
    pub is_worse: bool,
}

/// Fewer resumes than this say nothing about a field's absence.
const ENOUGH: u64 = 20;

/// What changed from `old` to `new`. An assumption that was not seen this time did not change.
pub fn compare(old: &Record, new: &Record) -> Vec<Change> {
    let mut changes = Vec::new();
    let before: BTreeMap<&str, Outcome> =
        old.verdicts.iter().map(|verdict| (verdict.assumption.as_str(), verdict.outcome)).collect();
    for verdict in &new.verdicts {
        let then = before.get(verdict.assumption.as_str()).copied().unwrap_or(Outcome::NotSeen);
        if then == verdict.outcome || verdict.outcome == Outcome::NotSeen {
            continue;
        }
        changes.push(Change {
            what: format!(
                "{} was {}, is {}: {}",
                verdict.assumption,
                then.as_str(),
                verdict.outcome.as_str(),
                verdict.evidence
            ),
            is_worse: verdict.outcome == Outcome::Refuted,
        });
    }
    let shapes: BTreeMap<&str, &Shape> =
        old.shapes.iter().map(|shape| (shape.path.as_str(), shape)).collect();
    let none = Shape::default();
    for shape in &new.shapes {
        let then = shapes.get(shape.path.as_str()).copied().unwrap_or(&none);
        changes.extend(of_field(then, shape, old.resumes));
    }
    let is_here =
        |path: &str| new.shapes.iter().any(|shape| shape.path == path && shape.present > 0);
    for gone in old.shapes.iter().filter(|shape| shape.present > 0 && !is_here(&shape.path)) {
        // A field that few had may be missing by chance.
        if gone.present * 5 >= gone.of && new.resumes >= ENOUGH {
            changes.push(Change { what: format!("{} is gone", gone.path), is_worse: true });
        }
    }
    changes
}

fn of_field(then: &Shape, now: &Shape, resumes_then: u64) -> Vec<Change> {
    let path = &now.path;
    let mut changes = Vec::new();
    if now.present > 0 && then.present == 0 && (!now.is_known || resumes_then >= ENOUGH) {
        let is_worse = !now.is_known;
        let known = if now.is_known { "documented, " } else { "" };
        let share = format!("in {} of {}", now.present, now.of);
        changes.push(Change { what: format!("{path} is new: {known}{share}"), is_worse });
    } else if then.present > 0 {
        for kind in now.types.keys().filter(|kind| !then.types.contains_key(*kind)) {
            if then.said() > 0 {
                let what = format!("{path} comes as {kind} too");
                changes.push(Change { what, is_worse: true });
            }
        }
        if now.too_long > 0 && then.too_long == 0 {
            let most = now.length.map_or(0, |(_, most)| most);
            let what = format!("{path} is longer than documented: {most}");
            changes.push(Change { what, is_worse: true });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::record::Verdict;

    fn record(outcomes: &[(&str, Outcome)], shapes: &[Shape]) -> Record {
        let verdict = |(number, outcome): &(&str, Outcome)| Verdict {
            assumption: (*number).to_owned(),
            outcome: *outcome,
            is_handled: true,
            evidence: "seen".into(),
        };
        Record {
            schema: 1,
            version: "0".into(),
            environment: "sandbox".into(),
            made_at: jiff::Timestamp::UNIX_EPOCH,
            seconds: 1,
            calls: 1,
            resumes: 40,
            left_out: Vec::new(),
            verdicts: outcomes.iter().map(verdict).collect(),
            facts: Facts::default(),
            shapes: shapes.to_vec(),
        }
    }

    fn said(old: &Record, new: &Record) -> Vec<(String, bool)> {
        compare(old, new).into_iter().map(|change| (change.what, change.is_worse)).collect()
    }

    #[test]
    fn what_is_not_seen_this_time_did_not_change() {
        let old = record(&[("A-01", Outcome::Confirmed), ("A-02", Outcome::Confirmed)], &[]);
        let new = record(&[("A-01", Outcome::Refuted), ("A-02", Outcome::NotSeen)], &[]);
        assert_eq!(said(&old, &new), [("A-01 was confirmed, is refuted: seen".to_owned(), true)]);
        assert_eq!(said(&new, &old).len(), 2, "both are confirmed now");
        assert!(said(&new, &old).iter().all(|(_, is_worse)| !is_worse));
        assert_eq!(said(&old, &old), []);
    }

    #[test]
    fn fields_come_go_and_change() {
        let field = |path: &str, present: u64, kind: &str| Shape {
            path: path.to_owned(),
            is_known: path != "x",
            of: 40,
            present,
            types: [(kind.to_owned(), present)].into(),
            ..Shape::default()
        };
        let old = record(&[], &[field("motto", 30, "string"), field("tel", 4, "string")]);
        let new = record(&[], &[field("x", 1, "string"), field("tel", 4, "number")]);
        assert_eq!(
            said(&old, &new),
            [
                ("x is new: in 1 of 40".to_owned(), true),
                ("tel comes as number too".to_owned(), true),
                ("motto is gone".to_owned(), true),
            ]
        );
    }
}
