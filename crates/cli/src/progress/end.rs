//! When a long run is expected to end: by what is known to be left and by its own pace so far.
//!
//! It is said once it can be: not before a minute has passed and some lists are there, and never
//! to the minute when it is hours away.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Counts;
use crate::taiwan;

/// Nothing is said before.
const EARLIEST: Duration = Duration::from_mins(1);
/// Lists that must be there first, or all of them but few.
const LISTS: u64 = 10;
/// Resumes that one call asks for.
const BATCH: f64 = 10.0;

/// The time that is left; `None` while nothing can be said.
pub(super) fn expected(counts: &Counts, with_files: bool, elapsed: Duration) -> Option<Duration> {
    let (listed, due) = counts.lists;
    if elapsed < EARLIEST || counts.calls == 0 || listed < LISTS.min(due) {
        return None;
    }
    let share = |part: u64, whole: u64| float(part) / float(whole.max(1));
    let lists = float(due - listed);
    let (settled, known) = counts.resumes;
    let resumes = float(known - settled) + lists * share(counts.found, listed);
    let files = if with_files {
        float(counts.files.1 - counts.files.0) + resumes * share(counts.wanted, settled)
    } else {
        0.0
    };
    let calls_left = lists + resumes / BATCH + files;
    let a_call = elapsed.as_secs_f64() / float(counts.calls);
    Duration::try_from_secs_f64(calls_left * a_call).ok()
}

/// The moment after so long, as one would say it: `14:20`, or `2026-11-24 14:15` another day.
pub(super) fn shown(left: Duration) -> String {
    said(taiwan::now(), left)
}

fn said(now: Timestamp, left: Duration) -> String {
    let step = match left.as_secs() / 60 {
        0..10 => 1,
        10..120 => 5,
        _ => 15,
    } * 60;
    let end = now.as_second() + i64::try_from(left.as_secs()).unwrap_or(i64::MAX / 2);
    let end = Timestamp::from_second((end + step - 1) / step * step).unwrap_or(Timestamp::MAX);
    let day = |at: Timestamp| at.to_zoned(TimeZone::fixed(jiff::tz::offset(8))).date();
    let moment = taiwan::moment(end);
    let is_today = day(now) == day(end);
    match moment.split_once(' ') {
        Some((_, time)) if is_today => time.to_owned(),
        _ => moment,
    }
}

fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(lists: (u64, u64), resumes: (u64, u64), files: (u64, u64), calls: u64) -> Counts {
        let (found, wanted) = (resumes.1, files.1);
        Counts { lists, resumes, files, found, wanted, calls, ..Counts::default() }
    }

    #[test]
    fn nothing_is_said_at_the_beginning() {
        let minutes = Duration::from_mins;
        let begun = counts((9, 1000), (0, 0), (0, 0), 100);
        assert_eq!(expected(&begun, true, minutes(5)), None, "few lists are there");
        let quick = counts((90, 1000), (0, 0), (0, 0), 100);
        assert_eq!(expected(&quick, true, Duration::from_secs(59)), None, "it has just begun");
        assert!(expected(&quick, true, minutes(1)).is_some());
    }

    #[test]
    fn what_is_left_goes_on_at_the_pace_so_far() {
        // 100 of 400 lists, 20 batches and 80 of 400 files: 200 calls in 10 minutes.
        let so_far = counts((100, 400), (200, 200), (80, 400), 200);
        let left = expected(&so_far, true, Duration::from_mins(10)).unwrap();
        // 300 lists, 60 batches, 320 files, and 1 200 files of windows to come: 1 880 calls.
        assert_eq!(left.as_secs(), 1880 * 3);
        let without = expected(&so_far, false, Duration::from_mins(10)).unwrap();
        assert_eq!(without.as_secs(), 360 * 3);
    }

    #[test]
    fn what_earlier_runs_left_is_left() {
        // 342 files stand open, of which this run fetched 151 by as many calls; nothing else is left.
        let mut so_far = counts((0, 0), (0, 0), (151, 342), 151);
        so_far.wanted = 0;
        let left = expected(&so_far, true, Duration::from_secs(151)).unwrap();
        assert_eq!(left.as_secs(), 342 - 151);
        // A dry run listed 240 resumes in 300 windows: none is to be listed, 120 resumes are left,
        // and half a file each, as of those that are done.
        so_far = counts((0, 0), (120, 240), (60, 60), 72);
        let left = expected(&so_far, true, Duration::from_secs(72)).unwrap();
        assert_eq!(left.as_secs(), 12 + 60);
    }

    #[test]
    fn an_end_is_said_as_precisely_as_it_is_known() {
        let now: Timestamp = "2026-11-22T02:03:20Z".parse().unwrap();
        let said = |minutes| said(now, Duration::from_mins(minutes));
        assert_eq!(said(4), "10:08");
        assert_eq!(said(44), "10:50");
        assert_eq!(said(7 * 60), "17:15");
        assert_eq!(said(16 * 60), "2026-11-23 02:15");
    }
}
