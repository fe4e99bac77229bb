//! How much longer than a second a second's worth of starts has to take.
//!
//! 104 counts calls as they arrive, and some take longer on their way than others: where the ways differ by 100 ms, four
//! calls that start within 1.05 s can arrive within one. By how much they differ is seen by the answers: what one took
//! longer than the quickest of its kind, its call may have been longer on its way, or 104 at its work. Which of the two
//! can't be told; beyond 100 ms it is taken for 104's work, for which no start has to wait.

use std::collections::VecDeque;
use std::time::Duration;

use crate::call::CallKind;

/// Ways that differ by less are not told apart from a moment's delay in this process.
const LEAST: Duration = Duration::from_millis(50);
/// The room at most, and as long as nothing is measured.
pub(crate) const MOST: Duration = Duration::from_millis(100);
/// So many of the newest answers count.
const KEPT: usize = 60;
/// So many have to be compared with another of their kind before they say anything.
const ENOUGH: usize = 10;
/// What was seen of `n` answers is less than what there is; it is taken for more by this share over `n`, which one in a
/// hundred runs falls short of when the ways differ evenly by up to 100 ms.
const CAUTION: f64 = 8.0;

/// The room that the answers of late call for.
#[derive(Default)]
pub(crate) struct Room(VecDeque<(CallKind, Duration)>);

impl Room {
    /// A call of that kind was answered so long after it had left.
    pub(crate) fn answered(&mut self, kind: CallKind, took: Duration) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back((kind, took));
    }

    /// By how much longer than a second a second's worth of starts has to take now. The slowest answer of all does not
    /// count: a moment's trouble says nothing of the others.
    pub(crate) fn needed(&self) -> Duration {
        let quickest = |of: CallKind| {
            self.0.iter().filter(|(kind, _)| *kind == of).map(|(_, took)| *took).min()
        };
        let mut later: Vec<Duration> = self
            .0
            .iter()
            .map(|(kind, took)| took.saturating_sub(quickest(*kind).unwrap_or_default()))
            .collect();
        later.sort_unstable();
        // The quickest of each kind was compared with no other.
        let compared = later.len() - self.kinds();
        if compared < ENOUGH {
            return MOST;
        }
        let seen = later.iter().nth_back(1).copied().unwrap_or(MOST);
        let counted = u32::try_from(compared - 1).map_or(f64::MAX, f64::from);
        seen.mul_f64(1.0 + CAUTION / counted).clamp(LEAST, MOST)
    }

    fn kinds(&self) -> usize {
        let is_first = |place: usize, of: CallKind| {
            self.0.iter().position(|(kind, _)| *kind == of) == Some(place)
        };
        self.0.iter().enumerate().filter(|(place, (kind, _))| is_first(*place, *kind)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: f64 = 0.5;

    /// The kinds of a run's calls: a token, lists, batches between lists, files.
    fn kind(call: usize) -> CallKind {
        match call {
            0 => CallKind::Token,
            1..=6 => CallKind::List,
            7..=60 if call.is_multiple_of(2) => CallKind::List,
            7..=60 => CallKind::Batch,
            _ => CallKind::File,
        }
    }

    /// A run of so many calls whose ways differ evenly by up to `jitter` seconds, at three calls a second: fours of calls
    /// that arrived within one, and the mean interval between starts.
    fn run(calls: usize, jitter: f64, dice: &mut fastrand::Rng) -> (usize, f64) {
        let mut room = Room::default();
        let (mut starts, mut arrivals) = (vec![0.0], Vec::new());
        // Answers that are under way, in the order in which they come.
        let mut under_way: Vec<(f64, CallKind, f64)> = Vec::new();
        for call in 0..calls {
            let start: f64 = starts[call];
            // The interval is asked for when the call before starts.
            let asked = starts[call.saturating_sub(1)];
            under_way.sort_by(|a, b| a.0.total_cmp(&b.0));
            let is_there = under_way.partition_point(|(at, ..)| *at <= asked);
            for (_, kind, took) in under_way.drain(..is_there) {
                room.answered(kind, Duration::from_secs_f64(took));
            }
            let way = dice.f64() * jitter;
            arrivals.push(start + way);
            let took = ANSWER + way + dice.f64() * 0.004;
            under_way.push((start + took, kind(call), took));
            starts.push(start + (1.0 + room.needed().as_secs_f64()) / 3.0);
        }
        arrivals.sort_by(f64::total_cmp);
        let crowded = arrivals.windows(4).filter(|four| four[3] - four[0] < 1.0).count();
        (crowded, starts[calls] / f64::from(u32::try_from(calls).unwrap()))
    }

    /// In runs of 240 calls at most so many of a million calls crowd into a second, and the pace is at most so many times
    /// that of three calls a second.
    #[track_caller]
    fn check(jitter: f64, crowded_in_a_million: Option<usize>, slowest: f64) {
        const RUNS: u32 = 200;
        let mut dice = fastrand::Rng::with_seed(104);
        let runs: Vec<_> = (0..RUNS).map(|_| run(240, jitter, &mut dice)).collect();
        let crowded: usize = runs.iter().map(|(crowded, _)| crowded).sum();
        let crowded = crowded * 1_000_000 / (runs.len() * 240);
        let pace = runs.iter().map(|(_, interval)| interval * 3.0).sum::<f64>() / f64::from(RUNS);
        if let Some(most) = crowded_in_a_million {
            assert!(crowded <= most, "{crowded} of a million crowd at {jitter} s");
        }
        assert!(pace <= slowest, "{pace} × at {jitter} s");
    }

    #[test]
    fn calls_do_not_crowd_and_lose_no_more_time_than_they_must() {
        check(0.0, Some(0), 1.054);
        check(0.03, Some(0), 1.054);
        check(0.05, Some(0), 1.059);
        check(0.07, Some(100), 1.085);
        check(0.1, Some(100), 1.101);
        // 104's own work: nobody waits for all of it.
        check(0.8, None, 1.101);
    }

    #[test]
    fn without_a_measurement_there_is_most_room() {
        let mut room = Room::default();
        assert_eq!(room.needed(), MOST);
        for _ in 0..ENOUGH {
            room.answered(CallKind::List, LEAST);
            assert_eq!(room.needed(), MOST);
        }
        room.answered(CallKind::List, LEAST);
        assert_eq!(room.needed(), LEAST);
    }

    #[test]
    fn kinds_are_not_compared_and_one_slow_answer_says_nothing() {
        let mut room = Room::default();
        for _ in 0..20 {
            room.answered(CallKind::List, 2 * MOST);
            room.answered(CallKind::File, 9 * MOST);
        }
        assert_eq!(room.needed(), LEAST);
        room.answered(CallKind::File, 30 * MOST);
        assert_eq!(room.needed(), LEAST);
        room.answered(CallKind::List, 4 * MOST);
        assert_eq!(room.needed(), MOST);
        for _ in 0..KEPT {
            room.answered(CallKind::List, MOST);
        }
        assert_eq!(room.needed(), LEAST, "what was is forgotten");
    }
}
