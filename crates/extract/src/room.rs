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
/// So many of the newest answers count: what little is seen of a way has to be taken for more than it shows.
const KEPT: usize = 240;
/// So many have to be compared with another of their kind before they say anything.
const ENOUGH: usize = 10;
/// Of so many answers the slowest does not count: a moment's trouble says nothing of the others.
const TROUBLED: usize = 60;

/// What was seen of `n` answers is less than what there is; it is taken for more by this share over `n`. Ways that differ
/// evenly have as many answers in that share of the slowest as a Poisson variable of this mean, and that they are no more
/// than those that do not count happens to three runs in a thousand.
fn caution(not_counted: usize) -> f64 {
    6.0 + 2.0 * u32::try_from(not_counted).map_or(f64::MAX, f64::from)
}

/// The slowest but for so many that do not count.
fn slowest(of: impl Iterator<Item = Duration>, not_counted: usize) -> Duration {
    let mut sorted: Vec<Duration> = of.collect();
    sorted.sort_unstable();
    sorted.into_iter().nth_back(not_counted).unwrap_or(MOST)
}

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

    /// By how much longer than a second a second's worth of starts has to take now.
    pub(crate) fn needed(&self) -> Duration {
        let mut quickest: Vec<(CallKind, Duration)> = Vec::new();
        for &(kind, took) in &self.0 {
            match quickest.iter_mut().find(|(of, _)| *of == kind) {
                Some((_, least)) => *least = took.min(*least),
                None => quickest.push((kind, took)),
            }
        }
        let least = |kind| quickest.iter().find(|(of, _)| *of == kind).map(|(_, least)| *least);
        let later = |&(kind, took): &(CallKind, Duration)| {
            took.saturating_sub(least(kind).unwrap_or_default())
        };
        // The quickest of each kind was compared with no other.
        let compared = self.0.len() - quickest.len();
        if compared < ENOUGH {
            return MOST;
        }
        let not_counted = (compared / TROUBLED).max(1);
        let counted = u32::try_from(compared - not_counted).map_or(f64::MAX, f64::from);
        let seen = slowest(self.0.iter().map(later), not_counted);
        // Ways that suddenly differ are many slow answers among few.
        let of_late = slowest(self.0.iter().rev().take(TROUBLED).map(later), 1);
        seen.mul_f64(1.0 + caution(not_counted) / counted).max(of_late).clamp(LEAST, MOST)
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
        check(0.05, Some(0), 1.057);
        check(0.07, Some(100), 1.080);
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

    #[test]
    fn ways_that_suddenly_differ_are_seen_by_two_answers() {
        let mut room = Room::default();
        for _ in 0..KEPT {
            room.answered(CallKind::List, MOST);
        }
        room.answered(CallKind::List, 2 * MOST);
        assert_eq!(room.needed(), LEAST);
        room.answered(CallKind::List, 2 * MOST);
        assert_eq!(room.needed(), MOST);
    }
}
