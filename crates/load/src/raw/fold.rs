//! Fetches of one window, source and resume, folded into runs of equal contents. Pure.

use jiff::Timestamp;

/// A row of `raw.sighting`, or one to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// `None` until it is written.
    pub(super) sighting_id: Option<i64>,
    pub(super) document_id: i64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) is_changed: bool,
}

/// Adds one fetch: within or next to a run of the same content it stretches that run, else it
/// begins a run of its own, and parts the run that it falls into. `runs` stay in the order of
/// their first fetch.
///
/// Of a run only its ends are known to be fetches: fetches that came in another order than they
/// were made can leave a run's inner ends less tight, never another sequence of contents.
pub(super) fn add(runs: &mut Vec<Run>, document_id: i64, at: Timestamp) {
    let next = runs.partition_point(|run| run.first <= at);
    let is_within =
        runs.iter().any(|run| run.document_id == document_id && run.first <= at && at <= run.last);
    if is_within {
        return;
    }
    if let Some(before) = next.checked_sub(1).and_then(|index| runs.get_mut(index))
        && before.document_id == document_id
    {
        before.last = at;
        before.is_changed = true;
        return;
    }
    if let Some(after) = runs.get_mut(next)
        && after.document_id == document_id
    {
        after.first = at;
        after.is_changed = true;
        return;
    }
    let mut begun =
        vec![Run { sighting_id: None, document_id, first: at, last: at, is_changed: true }];
    if let Some(around) = next.checked_sub(1).and_then(|index| runs.get_mut(index))
        && at < around.last
    {
        let rest = Run { sighting_id: None, first: around.last, is_changed: true, ..*around };
        begun.push(rest);
        around.last = around.first;
        around.is_changed = true;
    }
    runs.splice(next..next, begun);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn folded(fetches: &[(i64, i64)]) -> Vec<(i64, i64, i64)> {
        let mut runs = Vec::new();
        for (second, document_id) in fetches {
            add(&mut runs, *document_id, at(*second));
        }
        runs.iter()
            .map(|run| (run.document_id, run.first.as_second(), run.last.as_second()))
            .collect()
    }

    #[test]
    fn equal_contents_are_one_run_and_a_return_is_another() {
        let fetches = [(1, 7), (2, 7), (3, 8), (4, 7), (5, 7)];
        assert_eq!(folded(&fetches), [(7, 1, 2), (8, 3, 3), (7, 4, 5)]);
    }

    #[test]
    fn a_repeated_fetch_changes_nothing() {
        let mut runs = Vec::new();
        for (second, document_id) in [(1, 7), (2, 8)] {
            add(&mut runs, document_id, at(second));
        }
        let before = runs.clone();
        add(&mut runs, 7, at(1));
        add(&mut runs, 8, at(2));
        assert_eq!(runs, before);
    }

    #[test]
    fn a_run_is_parted_by_what_came_between() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let fetches = order.map(|index| [(1, 7), (2, 8), (3, 7)][index]);
            assert_eq!(folded(&fetches), [(7, 1, 1), (8, 2, 2), (7, 3, 3)], "{order:?}");
        }
    }

    proptest! {
        /// Fetches of one content, and one change of content, fold alike in any order.
        #[test]
        fn order_of_arrival_does_not_matter(
            order in Just((1..8_i64).collect::<Vec<_>>()).prop_shuffle(), change in 1..9_i64,
        ) {
            let fetches: Vec<(i64, i64)> =
                order.iter().map(|second| (*second, i64::from(*second >= change))).collect();
            let mut sorted = fetches.clone();
            sorted.sort_unstable();
            prop_assert_eq!(folded(&fetches), folded(&sorted));
        }
    }
}
