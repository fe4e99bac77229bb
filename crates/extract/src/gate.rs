//! The gate before every call: one at a time, evenly spaced, each with a slot of the pace.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::call::CallKind;
use crate::config::spacing;
use crate::lanes::{Lanes, Priority, Turn};
use crate::pace::{LONGEST_THROTTLE, Pace, PaceError};
use crate::room::Room;

/// What stands between a call that is ready and its start.
///
/// The process's own spacing comes last, after the slot: what it spaces are the moments at which
/// calls really leave. Counted by slots, two calls would start together when the first had to wait
/// for something else, or when the pace hands out slots of no time.
pub(crate) struct Gate {
    lanes: Lanes,
    pace: Arc<dyn Pace>,
    calls_per_second: f64,
    room: Mutex<Room>,
    starts: Mutex<Starts>,
    /// The last word, whatever the measured room says: no more calls leave than the credential has.
    limiter: DefaultDirectRateLimiter,
    /// Until when 104 told this process to stay away, however long that is.
    away_until: Mutex<Option<Instant>>,
    connecting: watch::Sender<usize>,
}

impl Gate {
    pub(crate) fn new(pace: Arc<dyn Pace>, calls_per_second: f64) -> Self {
        Self {
            lanes: Lanes::default(),
            pace,
            calls_per_second,
            room: Mutex::default(),
            starts: Mutex::new(Starts::new(calls_per_second)),
            limiter: RateLimiter::direct(quota(calls_per_second)),
            away_until: Mutex::default(),
            connecting: watch::Sender::new(0),
        }
    }

    /// Waits for a turn: whoever holds it is alone in the gate.
    pub(crate) async fn enter(&self, priority: Priority) -> Turn {
        self.lanes.enter(priority).await
    }

    /// Waits for a slot of the pace, then for the spacing. The call starts when this returns.
    pub(crate) async fn slot(&self) -> Result<(), PaceError> {
        let spacing = self.spacing();
        self.pace.slot(spacing).await.map_err(|error| self.as_104_said(error))?;
        self.spaced(spacing).await;
        Ok(())
    }

    /// The same for a call that must not wait for more important ones.
    pub(crate) async fn urgent_slot(&self) -> Result<(), PaceError> {
        let spacing = self.spacing();
        self.pace.urgent_slot(spacing).await.map_err(|error| self.as_104_said(error))?;
        self.spaced(spacing).await;
        Ok(())
    }

    /// Waits until the call may leave. Whoever gives up meanwhile has not left.
    async fn spaced(&self, spacing: Duration) {
        let due = locked(&self.starts).next;
        if let Some(due) = due {
            sleep_until(due).await;
        }
        self.limiter.until_ready().await;
        locked(&self.starts).left(Instant::now(), spacing);
    }

    /// How far the next starts are apart, by what the answers tell of the way.
    fn spacing(&self) -> Duration {
        spacing(self.calls_per_second, locked(&self.room).needed())
    }

    /// A call of that kind was answered so long after it had left.
    pub(crate) fn answered(&self, kind: CallKind, took: Duration) {
        locked(&self.room).answered(kind, took);
    }

    /// Tells every process of a throttle, as far as the pace keeps it; returns how long the wait will be.
    pub(crate) async fn throttled(&self, hint: Option<Duration>) -> Result<Duration, PaceError> {
        // First here: others of this process may be refused a slot before it is known that all were told.
        if let Some(until) = hint.and_then(|hint| Instant::now().checked_add(hint)) {
            let mut away_until = locked(&self.away_until);
            *away_until = (*away_until).max(Some(until));
        }
        let wait = self.pace.throttled(hint.map(|hint| hint.min(LONGEST_THROTTLE))).await?;
        Ok(wait.max(hint.unwrap_or_default()))
    }

    /// The pace keeps an hour of a longer wait.
    fn as_104_said(&self, error: PaceError) -> PaceError {
        let PaceError::Throttled(wait) = error else { return error };
        let away_until = *locked(&self.away_until);
        let away = away_until.map(|until| until.saturating_duration_since(Instant::now()));
        PaceError::Throttled(wait.max(away.unwrap_or_default()))
    }

    /// Counts one connection as being opened until the guard is dropped.
    pub(crate) fn connecting(self: &Arc<Self>) -> Connecting {
        self.connecting.send_modify(|count| *count += 1);
        Connecting(Arc::clone(self))
    }

    /// Resolves when no connection is being opened.
    pub(crate) async fn settled(&self) {
        // It fails only without a sender, and `self` holds that.
        drop(self.connecting.subscribe().wait_for(|count| *count == 0).await);
    }
}

/// One call, then one more each time its share of a second has passed: `Quota::per_second(3)` would let six calls into
/// one second.
fn quota(calls_per_second: f64) -> Quota {
    const BURST: NonZeroU32 = NonZeroU32::MIN;
    // A period of nothing is no quota; a nanosecond limits nobody.
    Quota::with_period(spacing(calls_per_second, Duration::ZERO).max(Duration::from_nanos(1)))
        .unwrap_or(Quota::per_second(BURST))
        .allow_burst(BURST)
}

/// The newest starts, a second's worth. Each is due one spacing behind the one before, by when that was due: if it were by
/// when that left, the timer's delays would add up. What a second holds is counted by when calls left.
struct Starts {
    left: VecDeque<Instant>,
    a_second: usize,
    /// No call leaves before.
    next: Option<Instant>,
}

impl Starts {
    fn new(calls_per_second: f64) -> Self {
        // Beyond some thousands a second there is nobody to count.
        let a_second = calls_per_second.clamp(1.0, 5_000.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        Self { left: VecDeque::new(), a_second: a_second as usize, next: None }
    }

    /// A call leaves now; the next ones are to be so far apart.
    fn left(&mut self, now: Instant, spacing: Duration) {
        // After a pause there is nothing to make up for.
        let due =
            self.next.filter(|due| now.saturating_duration_since(*due) < spacing).unwrap_or(now);
        self.left.push_back(now);
        let mut next = due + spacing;
        if self.left.len() > self.a_second.saturating_sub(1) {
            let whole = spacing * u32::try_from(self.left.len()).unwrap_or(u32::MAX);
            if let Some(first) = self.left.pop_front() {
                next = next.max(first + whole);
            }
        }
        self.next = Some(next);
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that is being opened.
pub(crate) struct Connecting(Arc<Gate>);

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.connecting.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures::future::BoxFuture;

    use super::*;
    use crate::LocalPace;

    const SPACING: Duration = Duration::from_millis(30);

    /// A gate whose starts are so far apart, since nothing is known of the way.
    fn gate(pace: &Arc<LocalPace>, spacing: Duration) -> Gate {
        Gate::new(Arc::<LocalPace>::clone(pace), 1.1 / spacing.as_secs_f64())
    }

    #[tokio::test]
    async fn starts_are_evenly_spaced_even_after_a_wait_for_the_slot() {
        let pace = Arc::new(LocalPace::new());
        let gate = gate(&pace, SPACING);
        let mut starts = Vec::new();
        for call in 0..5 {
            let turn = gate.enter(Priority::Resume).await;
            if call == 2 {
                pace.throttled(Some(3 * SPACING)).await.unwrap();
            }
            gate.slot().await.unwrap();
            starts.push(std::time::Instant::now());
            drop(turn);
        }
        let gaps: Vec<Duration> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap >= Duration::from_millis(28)), "{gaps:?}");
        assert!(gaps[1] >= Duration::from_millis(88), "{gaps:?}");
    }

    /// A pace that everybody sees an hour of, while whoever was throttled still waits to hear that it is kept.
    struct Telling;

    impl Pace for Telling {
        fn slot(&self, _spacing: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
            Box::pin(async { Err(PaceError::Throttled(LONGEST_THROTTLE)) })
        }

        fn throttled(&self, _hint: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn whoever_is_refused_a_slot_while_others_are_told_says_what_104_said() {
        let gate = Gate::new(Arc::new(Telling), 3.0);
        let year = Duration::from_hours(8_760);
        for (hint, least) in [(None, LONGEST_THROTTLE), (Some(year), Duration::from_hours(8_759))] {
            let telling = gate.throttled(hint);
            tokio::select! {
                biased;
                _ = telling => unreachable!("the pace never says so"),
                slot = gate.slot() => {
                    let Err(PaceError::Throttled(wait)) = slot else { panic!("a slot") };
                    assert!(wait >= least && wait <= year, "{wait:?}");
                }
            }
        }
    }

    /// Calls that are given up at any point, in the lanes or in the gate, make nobody start sooner.
    #[tokio::test]
    async fn starts_stay_spaced_whoever_gives_up() {
        let (pace, dice) =
            (Arc::new(LocalPace::new()), std::cell::RefCell::new(fastrand::Rng::with_seed(104)));
        let gate = gate(&pace, SPACING / 6);
        let starts = std::cell::RefCell::new(Vec::new());
        let begun = std::time::Instant::now();
        let call = async |number: u64| {
            let (rest, patience) = {
                let mut dice = dice.borrow_mut();
                (dice.u64(0..100), if number.is_multiple_of(3) { dice.u64(1..60) } else { 60_000 })
            };
            tokio::time::sleep(Duration::from_millis(rest)).await;
            let priority = if number.is_multiple_of(2) { Priority::Resume } else { Priority::File };
            let start = async {
                let turn = gate.enter(priority).await;
                gate.slot().await.unwrap();
                starts.borrow_mut().push(std::time::Instant::now());
                drop(turn);
            };
            drop(tokio::time::timeout(Duration::from_millis(patience), start).await);
        };
        futures::future::join_all((0..90).map(call)).await;
        let starts = starts.into_inner();
        assert!((60..=90).contains(&starts.len()), "{} starts", starts.len());
        // From the gate's point of view: a start may be noticed late, never early.
        for (number, start) in starts.iter().enumerate() {
            let earliest = u32::try_from(number).unwrap() * (SPACING / 6);
            assert!(*start - begun >= earliest, "start {number} after {:?}", *start - begun);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_are_alike_bring_starts_closer_and_a_late_start_is_not_made_up() {
        let gate = Gate::new(Arc::new(LocalPace::new()), 3.0);
        let gap = async || {
            let before = Instant::now();
            gate.slot().await.unwrap();
            (Instant::now() - before).as_millis()
        };
        assert_eq!([gap().await, gap().await], [0, 367]);
        for _ in 0..20 {
            gate.answered(CallKind::List, Duration::from_millis(500));
        }
        assert_eq!([gap().await, gap().await], [367, 350]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!([gap().await, gap().await], [0, 350]);
    }

    /// However late some starts are, a fourth one never leaves within a second and the room after the first.
    #[test]
    fn late_starts_bring_no_fourth_into_a_second() {
        let mut dice = fastrand::Rng::with_seed(104);
        let (spacing, begun) = (Duration::from_millis(350), Instant::now());
        let (mut starts, mut left, mut now) = (Starts::new(3.0), Vec::new(), begun);
        for _ in 0..1_000 {
            now = starts.next.map_or(now, |next| next.max(now));
            now += Duration::from_millis(if dice.u8(0..10) == 0 {
                dice.u64(0..60)
            } else {
                dice.u64(0..2)
            });
            starts.left(now, spacing);
            left.push(now);
        }
        for four in left.windows(4) {
            assert!(four[3] - four[0] >= 3 * spacing, "{:?}", four[3] - four[0]);
        }
        assert!(left[999] - begun < 999 * spacing * 103 / 100, "{:?}", left[999] - begun);
    }

    #[tokio::test]
    async fn settled_waits_for_every_connection() {
        let gate = Arc::new(gate(&Arc::new(LocalPace::new()), SPACING));
        gate.settled().await;
        let opening = (gate.connecting(), gate.connecting());
        let mut settled = std::pin::pin!(gate.settled());
        assert!(futures::poll!(&mut settled).is_pending());
        drop(opening.0);
        assert!(futures::poll!(&mut settled).is_pending());
        drop(opening.1);
        settled.await;
    }
}
