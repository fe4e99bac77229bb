//! What the figures say of each goal.

use crate::history::{Path, Scale, Way};
use crate::limit::Manner;
use crate::peer::Peer;

/// The memory that a rebuild may take at most, in KiB.
const MOST_KIB: f64 = 96.0 * 1024.0;

/// Whether a goal is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    NotMet,
    /// Why nobody can say.
    NotMeasured(String),
}

/// A goal, what was measured of it, and the verdict.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    pub(crate) number: &'static str,
    pub(crate) what: &'static str,
    pub(crate) measured: String,
    pub(crate) verdict: Verdict,
}

impl Goal {
    pub(crate) fn new(
        number: &'static str,
        what: &'static str,
        measured: String,
        is_met: bool,
    ) -> Self {
        let verdict = if is_met { Verdict::Met } else { Verdict::NotMet };
        Self { number, what, measured, verdict }
    }

    pub(crate) fn open(number: &'static str, what: &'static str, why: &str) -> Self {
        let verdict = Verdict::NotMeasured(why.to_owned());
        Self { number, what, measured: String::new(), verdict }
    }
}

const REBUILD: &str = "Full rebuild: at least 0.75 of COPY bare, then keys";
const MILLION: &str = "1 000 000 resumes rebuilt in under 5 minutes";
const MEMORY: &str = "… in at most 96 MiB, within 5 % of what 10 000 take";
const SAME: &str = "In place, nothing changed: at least 4 × COPY with keys, under 1 % of its WAL";
const CHANGED: &str = "In place, everything changed: at least 0.60 of COPY with keys";
const PEER_REBUILD: &str = "At least 8 × dlt on a rebuild";
const PEER_RERUN: &str = "At least 3 × dlt on a rerun in which all changed";

const NOT_BUILT: &str = "`reprocess --aside` is not built yet";

/// The rebuilds that were measured.
fn rebuilds(scale: &Scale) -> impl Iterator<Item = &Path> {
    let ways = [Way::AsideEmpty, Way::AsideSame, Way::AsideAged];
    ways.into_iter().filter_map(|way| scale.path(way))
}

/// The least number of people for whom goals 1 to 3 are to hold.
const LEAST_PEOPLE: u64 = 10_000;

/// Goals 1 to 4: 1 and 3 at each scale for which they are to hold.
pub(crate) fn of_history(scales: &[Scale], peer: &Result<Peer, String>) -> Vec<Goal> {
    let mut goals = vec![rebuild(scales), million(scales), memory(scales)];
    goals.extend([same(scales), changed(scales)]);
    goals.extend(against_peer(scales, peer));
    goals
}

fn largest<T>(scales: &[Scale], find: impl Fn(&Scale) -> Option<T>) -> Option<T> {
    scales.iter().rev().find_map(find)
}

/// A goal that is to hold at each scale from [`LEAST_PEOPLE`] on, or else is measured at the largest that there is.
fn at_each(
    scales: &[Scale],
    number: &'static str,
    what: &'static str,
    measure: impl Fn(&Scale) -> Option<(String, bool)>,
) -> Goal {
    let measured = scales.iter().filter_map(|scale| {
        let (figures, is_met) = measure(scale)?;
        let said = format!("{figures} at {}", crate::report::spaced(scale.people));
        Some((scale.people, said, is_met))
    });
    let mut measured: Vec<(u64, String, bool)> = measured.collect();
    let Some(largest) = measured.last().map(|(people, ..)| *people) else {
        return Goal::open(number, what, "no scale was measured");
    };
    measured.retain(|(people, ..)| *people >= LEAST_PEOPLE.min(largest));
    let said: Vec<&str> = measured.iter().map(|(_, said, _)| said.as_str()).collect();
    Goal::new(number, what, said.join("; "), measured.iter().all(|(.., is_met)| *is_met))
}

fn rebuild(scales: &[Scale]) -> Goal {
    at_each(scales, "1", REBUILD, |scale| {
        let limit = scale.path(Way::Limit(Manner::ThenKeys, 1))?;
        let ratios = rebuilds(scale).map(|path| (path.times_as_fast_as(limit), path.cpu_of(limit)));
        let ((least, middle, most), cpu) =
            ratios.min_by(|one, other| one.0.1.total_cmp(&other.0.1))?;
        let two = scale.path(Way::Limit(Manner::ThenKeys, 2))?;
        let of_two = rebuilds(scale).map(|path| path.times_as_fast_as(two).1);
        let of_two = of_two.fold(f64::INFINITY, f64::min);
        let said = format!(
            "{middle:.2} ({least:.2} to {most:.2}), {of_two:.2} of COPY in two sessions, {cpu:.2} by CPU time,"
        );
        Some((said, middle >= 0.75))
    })
}

fn million(scales: &[Scale]) -> Goal {
    let found = largest(scales, |scale| {
        let slowest = rebuilds(scale).map(|path| path.median(|run| run.wall));
        let slowest = slowest.max_by(f64::total_cmp)?;
        Some((scale.people, slowest))
    });
    match found {
        None => Goal::open("2", MILLION, NOT_BUILT),
        Some((people @ 1_000_000.., seconds)) => {
            let measured = format!("{seconds:.0} s for {}", crate::report::spaced(people));
            Goal::new("2", MILLION, measured, seconds < 300.0)
        }
        Some((people, seconds)) => {
            let said = crate::report::spaced(people);
            let why = format!(
                "`make bench-full` does; {said} took {seconds:.1} s, so a million would take {:.0} s",
                seconds * 1e6 / crate::report::count(people)
            );
            Goal::open("2", MILLION, &why)
        }
    }
}

fn memory(scales: &[Scale]) -> Goal {
    let peak = |scale: &Scale| {
        let peaks = rebuilds(scale)
            .map(|path| path.median(|run| run.peak_kib.map_or(f64::NAN, crate::report::count)));
        Some((scale.people, peaks.max_by(f64::total_cmp)?))
    };
    let peaks: Vec<(u64, f64)> = scales.iter().filter_map(peak).collect();
    let few = peaks.iter().find(|(people, _)| *people >= LEAST_PEOPLE).or(peaks.first());
    let (Some((few, small)), Some((many, large))) = (few, peaks.last()) else {
        return Goal::open("2", MEMORY, NOT_BUILT);
    };
    let measured = format!(
        "{:.1} MiB at {}, {:.1} MiB at {}",
        small / 1024.0,
        crate::report::spaced(*few),
        large / 1024.0,
        crate::report::spaced(*many)
    );
    let is_met = *large <= MOST_KIB && *large <= small * 1.05;
    if is_met && *many < 1_000_000 {
        return Goal::open("2", MEMORY, &format!("{measured}; a million is for `make bench-full`"));
    }
    Goal::new("2", MEMORY, measured, is_met)
}

fn same(scales: &[Scale]) -> Goal {
    at_each(scales, "3", SAME, |scale| {
        let own = scale.path(Way::InPlaceSame)?;
        let limit = scale.path(Way::Limit(Manner::WithKeys, 1))?;
        let wal = own.median(|run| run.wal_bytes) / limit.median(|run| run.wal_bytes);
        let ((least, middle, most), cpu) = (own.times_as_fast_as(limit), own.cpu_of(limit));
        let said = format!(
            "{middle:.1} × ({least:.1} to {most:.1}), {cpu:.1} × by CPU time, and {:.2} % of its WAL",
            wal * 100.0
        );
        Some((said, middle >= 4.0 && wal < 0.01))
    })
}

fn changed(scales: &[Scale]) -> Goal {
    at_each(scales, "3", CHANGED, |scale| {
        let own = scale.path(Way::InPlaceChanged)?;
        let limit = scale.path(Way::LimitOfChanged(1))?;
        let ((least, middle, most), cpu) = (own.times_as_fast_as(limit), own.cpu_of(limit));
        let of_two = own.times_as_fast_as(scale.path(Way::LimitOfChanged(2))?).1;
        let said = format!(
            "{middle:.2} ({least:.2} to {most:.2}), {of_two:.2} of COPY in two sessions, {cpu:.2} by CPU time,"
        );
        Some((said, middle >= 0.60))
    })
}

fn against_peer(scales: &[Scale], peer: &Result<Peer, String>) -> [Goal; 2] {
    let peer = match peer {
        Ok(peer) => peer,
        Err(why) => {
            return [Goal::open("4", PEER_REBUILD, why), Goal::open("4", PEER_RERUN, why)];
        }
    };
    // At the scale that dlt was measured at.
    let scale = scales.iter().find(|scale| {
        let its = peer.plain.replace.people;
        (crate::report::count(scale.people) - its).abs() < 0.02 * its
    });
    let rate = |path: &Path| path.people / path.spread(|run| run.wall).0;
    // The goal is one over what a user gets who installs it; what it gives to who reads on stands beside.
    let goal = |what, own: Option<&Path>, its: &Path, fast: &Path, least: f64| {
        let Some(own) = own else { return Goal::open("4", what, NOT_BUILT) };
        let times = rate(own) / rate(its);
        let measured = format!(
            "{times:.1} × as it comes ({:.0} and {:.0} resumes/s), {:.1} × set for speed ({:.0}); {:.1} rows a resume and {:.1}",
            rate(own),
            rate(its),
            rate(own) / rate(fast),
            rate(fast),
            own.rows / own.people,
            its.rows / its.people
        );
        Goal::new("4", what, measured, times >= least && own.rows > its.rows)
    };
    let rebuild = scale
        .and_then(|scale| rebuilds(scale).min_by(|one, other| rate(one).total_cmp(&rate(other))));
    let rerun = scale.and_then(|scale| scale.path(Way::InPlaceChanged));
    let Peer { plain, fast, .. } = peer;
    [
        goal(PEER_REBUILD, rebuild, &plain.replace, &fast.replace, 8.0),
        goal(PEER_RERUN, rerun, &plain.merge, &fast.merge, 3.0),
    ]
}
