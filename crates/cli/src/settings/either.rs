//! Settings of which only one may stand, where an override beats the file.

use super::problem::{Problems, wrong};
use super::section::Section;

/// Which of two ways stands. An override of one beats the other in the file; two in the same
/// place contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Either {
    /// The first.
    First,
    /// The second.
    Second,
    /// None.
    Neither,
}

/// Decides between a key and one or more keys that stand together.
pub(crate) fn either(
    section: &Section,
    first: &str,
    second: &[&str],
    problems: &mut Problems,
) -> Either {
    let one = section.is_override(first);
    let other = second.iter().filter_map(|key| section.is_override(key)).max();
    match (one, other) {
        (None, None) => Either::Neither,
        (Some(_), None) => Either::First,
        (None, Some(_)) => Either::Second,
        (Some(one), Some(other)) if one == other => {
            let names = second.join(" and ");
            section.refuse(
                first,
                problems,
                wrong(
                    format!("stands beside {names}, which says the same in another way"),
                    format!("leave only {first}, or only {names}"),
                ),
            );
            Either::First
        }
        (Some(one), Some(_)) => {
            if one {
                Either::First
            } else {
                Either::Second
            }
        }
    }
}
