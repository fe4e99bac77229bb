//! The time of day by a clock that somebody trusts, kept by this process's monotonic one.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// Tells the time of day. It was set once and counts on by the monotonic clock: whatever happens
/// to the host's own clock meanwhile, and however wrong that is, moments stay in order and can be
/// compared with those of whoever gave the time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    set_to: Timestamp,
    set_at: Instant,
    is_of_host: bool,
}

impl Clock {
    /// A clock that shows this moment now.
    pub fn set_to(moment: Timestamp) -> Self {
        Self { set_to: moment, set_at: Instant::now(), is_of_host: false }
    }

    /// A clock set by the host's, for a process that has nobody better to ask.
    #[expect(clippy::disallowed_methods, reason = "the one place that trusts the host's clock")]
    pub fn of_host() -> Self {
        Self { is_of_host: true, ..Self::set_to(Timestamp::now()) }
    }

    /// By how much the host's clock is ahead of this one; `None` if this is the host's own.
    pub fn host_is_ahead(&self) -> Option<SignedDuration> {
        (!self.is_of_host).then(|| Self::of_host().now().duration_since(self.now()))
    }

    /// The moment it shows.
    pub fn now(&self) -> Timestamp {
        SignedDuration::try_from(self.set_at.elapsed())
            .ok()
            .and_then(|since| self.set_to.checked_add(since).ok())
            .unwrap_or(self.set_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_where_it_was_set() {
        let moment: Timestamp = "2001-02-03T04:05:06Z".parse().unwrap();
        let clock = Clock::set_to(moment);
        let (first, second) = (clock.now(), clock.now());
        assert!(moment <= first && first <= second);
        assert!(second < moment + SignedDuration::from_mins(1));
        assert_eq!(Clock::set_to(Timestamp::MAX).now(), Timestamp::MAX);
        let ahead = clock.host_is_ahead().unwrap();
        assert!(ahead > SignedDuration::from_hours(24 * 365 * 20), "{ahead}");
        assert_eq!(Clock::of_host().host_is_ahead(), None);
    }
}
