//! The benchmark of the whole: what 104's history costs, beside what Postgres can do and what others do.
//!
//! `make bench` runs it in a few minutes, `make bench-full` at the sizes that the goals name. Both write
//! `docs/benchmarks.md` and `docs/benchmarks.svg`, unless parts are named: then the figures are printed alone.
//!
//! In reading order: [`people`] lands the simulator's people in raw; [`history`] measures our commands on them, beside
//! [`limit`]; [`peer`] does the same with dlt; [`beside`] is all that is reported without a goal; [`report`] compares
//! with the goals and writes the page. [`cost`] is the stop-watch.
#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "a benchmark talks, and stops at what it can not do"
)]

mod cost;
mod people;
mod warehouse;
mod limit;
mod room;
mod history;
mod peer;
mod beside;
mod machine;
mod live;
mod goals;
mod report;
mod plot;

use acceptance::{TestDatabase, workspace};

use crate::machine::Machine;
use crate::report::Report;
use crate::room::Plan;

/// How large and how often.
#[derive(Clone, Debug)]
struct Size {
    is_full: bool,
    /// People at each scale, the smallest first.
    scales: Vec<u64>,
    /// How often everything is measured; large scales less.
    repeats: u32,
}

impl Size {
    /// As the arguments say: `--full`; numbers of people, and `--history`, `--rebuild` or `--live` alone, for a look by
    /// the way.
    fn from(arguments: &[String]) -> Self {
        let is_full = arguments.iter().any(|it| it == "--full");
        let given: Vec<u64> = arguments.iter().filter_map(|it| it.parse().ok()).collect();
        let scales = match (given.is_empty(), is_full) {
            (false, _) => given,
            (true, false) => vec![2_000, 10_000],
            (true, true) => vec![10_000, 100_000, 1_000_000],
        };
        Self { is_full, scales, repeats: 3 }
    }
}

/// What may be asked for besides numbers; cargo itself says `--bench`.
const KNOWN: [&str; 5] = ["--full", "--history", "--rebuild", "--live", "--bench"];

/// dlt and all that has no goal is measured at the largest scale up to this.
const MODEST: u64 = 10_000;
/// Beyond this only whole rebuilds and marts are measured, unless everything is asked for: the rest takes hours.
const LARGE: u64 = 500_000;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_known = |it: &&String| KNOWN.contains(&it.as_str()) || it.parse::<u64>().is_ok();
    if let Some(unknown) = arguments.iter().find(|it| !is_known(it)) {
        say(&format!("{unknown} is neither a number of people nor one of {}", KNOWN.join(", ")));
        std::process::exit(2);
    }
    if arguments.iter().any(|it| it == "--live") {
        Box::pin(live::goals()).await;
        return;
    }
    let size = Size::from(&arguments);
    let database = TestDatabase::empty().await;
    let machine = Machine::look(database.pool()).await;
    let (mut scales, mut asides, mut peer) = (vec![], vec![], Err("not measured".to_owned()));
    let mut too_large = Vec::new();
    let is_rebuild = arguments.iter().any(|it| it == "--rebuild");
    let modest = size.scales.iter().copied().filter(|it| *it <= MODEST).max();
    for people in size.scales.iter().copied() {
        let repeats = match people {
            0..50_000 => size.repeats,
            50_000..500_000 => size.repeats.min(2),
            _ => 1,
        };
        let plan = match Plan::of(database.pool(), people, repeats, scales.last()).await {
            Ok(plan) if is_rebuild => Plan { marts: false, ..plan.of_rebuilds() },
            Ok(plan) if people > LARGE && !size.is_full => plan.of_rebuilds(),
            Ok(plan) => plan,
            Err(why) => {
                too_large.push(why);
                continue;
            }
        };
        let (scale, warehouse) = Box::pin(history::measure(&plan)).await;
        if Some(people) == modest && !is_rebuild {
            peer = Box::pin(peer::measure(&warehouse.people, size.repeats)).await;
            asides = Box::pin(beside::measure(&warehouse)).await;
        }
        scales.push(scale);
    }
    let mut goals = goals::of_history(&scales, &peer);
    if !is_rebuild && !arguments.iter().any(|it| it == "--history") {
        goals.extend(Box::pin(live::goals()).await);
    }
    for goal in &goals {
        say(&format!("{goal:?}"));
    }
    if is_rebuild {
        return;
    }
    let is_full = size.is_full;
    let report = Report { machine, is_full, scales, too_large, peer, asides, goals };
    let folder = workspace::root().join("docs");
    std::fs::write(folder.join("benchmarks.md"), report.page()).expect("docs can be written");
    std::fs::write(folder.join("benchmarks.svg"), report.picture()).expect("docs can be written");
}

/// What is going on.
pub(crate) fn say(what: &str) {
    eprintln!("figures: {what}");
}
