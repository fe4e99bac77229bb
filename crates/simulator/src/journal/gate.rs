//! The provider's throttling: no more than so many starts in any second, per credential.

use std::collections::HashMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// How long starts are remembered; arrivals out of order by more than this are not.
const MEMORY: Duration = Duration::from_secs(30);

/// Counts starts of each credential. Refused starts count as well.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    starts: HashMap<String, Vec<Duration>>,
}

impl Gate {
    /// Counts a start; false if some second that holds it now holds more than `limit`.
    pub(crate) fn admit(&mut self, client_id: &str, at: Duration, limit: Option<u32>) -> bool {
        let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { return true };
        let starts = self.starts.entry(client_id.to_owned()).or_default();
        let stale = starts.partition_point(|start| *start + MEMORY < at);
        starts.drain(..stale);
        let place = starts.partition_point(|start| *start <= at);
        starts.insert(place, at);
        let from = place.saturating_sub(limit);
        !starts[from..]
            .windows(limit + 1)
            .take(place - from + 1)
            .any(|run| run[limit] < run[0] + SECOND)
    }
}

/// The most starts in any half-open second.
pub(crate) fn max_in_any_second(mut starts: Vec<Duration>) -> usize {
    starts.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (last, start) in starts.iter().enumerate() {
        while *start >= starts[first] + SECOND {
            first += 1;
        }
        most = most.max(last - first + 1);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(starts: &[u64], admitted: &[bool], most: usize) {
        let starts: Vec<Duration> =
            starts.iter().map(|start| Duration::from_millis(*start)).collect();
        let mut gate = Gate::default();
        let verdicts: Vec<bool> =
            starts.iter().map(|start| gate.admit("demo", *start, Some(3))).collect();
        assert_eq!(verdicts, admitted, "{starts:?}");
        assert_eq!(max_in_any_second(starts), most);
    }

    #[test]
    fn the_window_slides() {
        check(&[], &[], 0);
        check(&[0, 1, 2], &[true, true, true], 3);
        check(&[0, 1, 2, 999], &[true, true, true, false], 4);
        check(&[0, 1, 2, 1_000], &[true, true, true, true], 3);
        // Three at the end of one clock second and three at the start of the next.
        check(&[900, 950, 990, 1_010], &[true, true, true, false], 4);
        check(&[0, 350, 700, 1_050, 1_400], &[true; 5], 3);
        // A late arrival counts where it belongs.
        check(&[0, 100, 1_050, 1_060, 150], &[true, true, true, true, false], 4);
    }

    #[test]
    fn credentials_are_counted_apart_and_no_limit_is_no_limit() {
        let mut gate = Gate::default();
        for client in ["a", "b"] {
            assert!(gate.admit(client, Duration::ZERO, Some(1)));
        }
        assert!(!gate.admit("a", Duration::ZERO, Some(1)));
        assert!(gate.admit("a", Duration::ZERO, None));
    }
}
