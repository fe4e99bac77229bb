//! Who hands out start times beyond this process.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::error::Cause;

/// The pace of one credential, over all processes that share it.
///
/// The client calls [`slot`](Pace::slot) for one call at a time and starts that call as soon as it
/// resolves. Beside it the client keeps its own spacing, so an implementation need not space the
/// slots of one process. `spacing` is how far the client wants the next start to be from this one, by
/// what it has measured of its way to 104.
pub trait Pace: Send + Sync + 'static {
    /// Resolves when the call may start. No slot, no call: after an error nothing is sent. A
    /// throttle that lasts beyond [`LONGEST_WAIT`] is an error: who waits so long had better come
    /// back. For more important calls it may wait without a limit.
    ///
    /// A slot that is taken and not used is lost, which must be harmless.
    fn slot(&self, spacing: Duration) -> BoxFuture<'_, Result<(), PaceError>>;

    /// The same for a call that must not wait for more important ones: those would wait for it, as
    /// for a token, or it is under way already, with its connection opened.
    fn urgent_slot(&self, spacing: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
        self.slot(spacing)
    }

    /// 104 answered 429: all processes wait, that is, no `slot` resolves before the wait is over.
    /// `hint` is 104's `Retry-After`, an hour at most ([`LONGEST_THROTTLE`]); without one, or with
    /// one that is shorter, they wait as long as their own back-off says, which grows with each
    /// throttle. Returns at once, with how long the wait will be.
    fn throttled(&self, hint: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>>;
}

/// A throttle is kept for so long, whatever 104 says. A run that comes back sooner makes no call;
/// one that comes later finds out by one call whether 104 still means it.
pub const LONGEST_THROTTLE: Duration = Duration::from_hours(1);

/// No call waits longer for its slot: as long as one call may be tried.
pub const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Why there is no slot.
#[derive(Debug)]
pub enum PaceError {
    /// The calls or minutes that the run was given are spent, or it was told to stop.
    BudgetSpent,
    /// 104 throttles, and nobody may call for so long.
    Throttled(Duration),
    /// The shared pace can't be asked.
    Unavailable(Cause),
}

impl fmt::Display for PaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BudgetSpent => f.write_str("the budget of this run is spent"),
            Self::Throttled(wait) => {
                write!(f, "no process may call for {} s more, so no call was made", wait.as_secs())
            }
            Self::Unavailable(_) => f.write_str("the shared pace can't be asked"),
        }
    }
}

impl std::error::Error for PaceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BudgetSpent | Self::Throttled(_) => None,
            Self::Unavailable(cause) => Some(&**cause),
        }
    }
}

/// How long a throttle lasts when 104 does not say.
const UNHINTED_WAIT: Duration = Duration::from_secs(2);

/// The pace of this process alone, for `check` and `probe`: its slots are free but for the waits
/// after a throttle.
#[derive(Debug, Default)]
pub struct LocalPace {
    not_before: Mutex<Option<Instant>>,
}

impl LocalPace {
    /// A pace without any wait yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn not_before(&self) -> Option<Instant> {
        *self.not_before.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Pace for LocalPace {
    fn slot(&self, _spacing: Duration) -> BoxFuture<'_, Result<(), PaceError>> {
        Box::pin(async {
            // A throttle that comes while this one waits moves the moment on.
            while let Some(moment) = self.not_before().filter(|moment| *moment > Instant::now()) {
                let wait = moment.duration_since(Instant::now());
                if wait > LONGEST_WAIT {
                    return Err(PaceError::Throttled(wait));
                }
                tokio::time::sleep_until(moment).await;
            }
            Ok(())
        })
    }

    fn throttled(&self, hint: Option<Duration>) -> BoxFuture<'_, Result<Duration, PaceError>> {
        let wait = hint.unwrap_or(UNHINTED_WAIT).min(LONGEST_THROTTLE);
        let now = Instant::now();
        let mut not_before =
            self.not_before.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let moment = not_before.map_or(now + wait, |moment| moment.max(now + wait));
        *not_before = Some(moment);
        drop(not_before);
        Box::pin(async move { Ok(moment - now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_throttle_makes_the_next_slot_wait() {
        let pace = LocalPace::new();
        let start = Instant::now();
        pace.slot(Duration::ZERO).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);

        let wait = pace.throttled(Some(Duration::from_secs(7))).await.unwrap();
        assert_eq!(wait, Duration::from_secs(7));
        assert_eq!(pace.throttled(None).await.unwrap(), Duration::from_secs(7), "the later holds");
        pace.slot(Duration::ZERO).await.unwrap();
        assert!(start.elapsed() >= Duration::from_secs(7));

        let year = Some(Duration::from_hours(365 * 24));
        assert_eq!(pace.throttled(year).await.unwrap(), LONGEST_THROTTLE);
        assert!(
            matches!(pace.slot(Duration::ZERO).await, Err(PaceError::Throttled(_))),
            "it waits no hour"
        );
    }
}
