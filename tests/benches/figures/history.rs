//! Goals 1 to 3: rebuilding and renewing in place, each beside what Postgres can do, in one run.

use crate::cost::{Cost, median};
use crate::limit::{Manner, Rows};
use crate::peer::Setting;
use crate::people::Landed;
use crate::report::count;
use crate::room::{Plan, Sizes};
use crate::warehouse::Warehouse;

/// One way of writing people's rows, measured some times.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) way: Way,
    pub(crate) people: f64,
    pub(crate) rows: f64,
    pub(crate) runs: Vec<Cost>,
}

/// The ways that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// COPY, with so many sessions.
    Limit(Manner, usize),
    /// The same over the rows that stand after everybody changed.
    LimitOfChanged(usize),
    /// `reprocess --aside` into tables that are empty.
    AsideEmpty,
    /// The same over tables whose rows are right.
    AsideSame,
    /// The same over rows that other rules made.
    AsideAged,
    /// `reprocess` into empty tables.
    InPlaceEmpty,
    /// `reprocess` where nothing changed.
    InPlaceSame,
    /// `reprocess` where everybody has another document.
    InPlaceChanged,
    /// `mart.refresh_marts()` over everybody.
    Marts,
    /// dlt, `replace` and `merge`.
    DltReplace(Setting),
    DltMerge(Setting),
}

impl Path {
    fn new(way: Way, people: f64, rows: f64) -> Self {
        Self { way, people, rows, runs: Vec::new() }
    }

    /// The middle of what the runs say.
    pub(crate) fn median(&self, of: impl Fn(&Cost) -> f64) -> f64 {
        median(self.runs.iter().map(of))
    }

    /// The least and the most.
    pub(crate) fn spread(&self, of: impl Fn(&Cost) -> f64) -> (f64, f64) {
        let values = || self.runs.iter().map(&of);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    }

    /// The CPU time that another path takes for a row, as a multiple of this one's: what others at work leave alone.
    pub(crate) fn cpu_of(&self, other: &Self) -> f64 {
        let cpu = |path: &Self| path.median(Cost::cpu) / path.rows;
        cpu(other) / cpu(self)
    }

    /// How many times as fast this is as another path, by rows a second: the least of all runs, that of the quickest run
    /// of each, which others at work disturbed least, and the most.
    pub(crate) fn times_as_fast_as(&self, other: &Self) -> (f64, f64, f64) {
        let rate = |path: &Self, wall: f64| path.rows / wall;
        let wall = |run: &Cost| run.wall;
        let ((own, own_most), (its, its_most)) = (self.spread(wall), other.spread(wall));
        (
            rate(self, own_most) / rate(other, its),
            rate(self, own) / rate(other, its),
            rate(self, own) / rate(other, its_most),
        )
    }
}

/// All that was measured with so many people.
#[derive(Debug)]
pub(crate) struct Scale {
    pub(crate) people: u64,
    pub(crate) landed: Landed,
    pub(crate) paths: Vec<Path>,
    /// What was left out, and why.
    pub(crate) left_out: Vec<String>,
    pub(crate) sizes: Sizes,
}

impl Scale {
    pub(crate) fn path(&self, way: Way) -> Option<&Path> {
        self.paths.iter().find(|path| path.way == way)
    }

    fn add(&mut self, way: Way, rows: f64, run: Cost) {
        let people = count(self.people);
        let at = self.paths.iter().position(|path| path.way == way).unwrap_or_else(|| {
            self.paths.push(Path::new(way, people, rows));
            self.paths.len() - 1
        });
        if let Some(path) = self.paths.get_mut(at) {
            path.runs.push(run);
        }
        crate::say(&format!(
            "{} people, {way:?}: {:.2} s, {:.2} + {:.2} CPU s, others {:.2}, WAL {:.1} MB, peak {:?} KiB",
            self.people,
            run.wall,
            run.client_cpu,
            run.server_cpu,
            run.others_cpu,
            run.wal_bytes / 1e6,
            run.peak_kib,
        ));
    }
}

/// Measures with so many people all that the plan says, in alternation.
pub(crate) async fn measure(plan: &Plan) -> (Scale, Warehouse) {
    let warehouse = Warehouse::with(plan.people).await;
    let raw = warehouse.database_bytes().await;
    let mut scale = Scale {
        people: plan.people,
        landed: warehouse.landed,
        paths: vec![],
        left_out: plan.left_out.clone(),
        sizes: Sizes { raw: raw / count(plan.people), rows: f64::NAN, files: f64::NAN },
    };
    let has_aside = warehouse.builds_aside().await;
    if !has_aside {
        scale.left_out.push("full rebuild (`reprocess --aside`): not built yet".to_owned());
    }
    if has_aside && !(plan.over_rows && plan.in_place) {
        let (_, run) = warehouse.command(&["reprocess", "--aside"]).await;
        scale.add(Way::AsideEmpty, warehouse.rows().await, run);
    } else {
        let (summary, run) = warehouse.command(&["reprocess"]).await;
        assert_eq!(summary["people_written"], plan.people, "{summary}");
        scale.add(Way::InPlaceEmpty, warehouse.rows().await, run);
    }
    scale.sizes.rows = (warehouse.database_bytes().await - raw) / count(plan.people);
    let rows = warehouse.rows().await;
    let limit = if plan.limit { Some(Rows::export(warehouse.database.pool()).await) } else { None };
    scale.sizes.files = limit.as_ref().map_or(f64::NAN, Rows::bytes) / count(plan.people);
    for _ in 0..plan.repeats {
        if let Some(limit) = &limit {
            for manner in [Manner::Bare, Manner::ThenKeys] {
                scale.add(Way::Limit(manner, 1), rows, limit.load(&warehouse, manner, 1).await);
            }
        }
        if has_aside && plan.over_rows {
            aside(&mut scale, &warehouse, rows, plan.repeats).await;
        }
        if let Some(limit) = &limit {
            let manner = Manner::ThenKeys;
            scale.add(Way::Limit(manner, 2), rows, limit.load(&warehouse, manner, 2).await);
        }
        if plan.in_place {
            in_place(&mut scale, &warehouse, limit.as_ref(), rows).await;
        }
    }
    drop(limit);
    if plan.marts {
        marts(&mut scale, &warehouse, rows).await;
    }
    if plan.change {
        for time in 0..plan.repeats {
            changed(&mut scale, &warehouse, time).await;
        }
    }
    scale.paths.sort_by_key(|path| path.way.place());
    (scale, warehouse)
}

/// Rebuilt aside: over rows that are right, over rows that other rules made, and over none.
async fn aside(scale: &mut Scale, warehouse: &Warehouse, rows: f64, repeats: u32) {
    for way in [Way::AsideSame, Way::AsideAged, Way::AsideEmpty] {
        // The first time may be what filled the tables.
        if scale.path(way).is_some_and(|path| path.runs.len() >= repeats as usize) {
            continue;
        }
        match way {
            Way::AsideAged => warehouse.age().await,
            Way::AsideEmpty => warehouse.empty().await,
            _ => {}
        }
        let (_, run) = warehouse.command(&["reprocess", "--aside"]).await;
        let written = warehouse.rows().await;
        assert!((written - rows).abs() < 0.5, "a rebuild writes all rows: {written} of {rows}");
        scale.add(way, rows, run);
    }
}

/// Where nothing changed, beside what COPY with keys takes.
async fn in_place(scale: &mut Scale, warehouse: &Warehouse, limit: Option<&Rows>, rows: f64) {
    let manner = Manner::WithKeys;
    if let Some(limit) = limit {
        scale.add(Way::Limit(manner, 1), rows, limit.load(warehouse, manner, 1).await);
    }
    let (summary, run) = warehouse.command(&["reprocess"]).await;
    assert_eq!(summary["people_written"], 0, "{summary}");
    scale.add(Way::InPlaceSame, rows, run);
    if let Some(limit) = limit {
        scale.add(Way::Limit(manner, 2), rows, limit.load(warehouse, manner, 2).await);
    }
}

/// Everybody has another document: rows are replaced, lists become longer and shorter. Then the limit over the rows
/// that stand now. Each time that document takes the place of the one before, so that all times are alike.
async fn changed(scale: &mut Scale, warehouse: &Warehouse, time: u32) {
    if time > 0 {
        warehouse.people.forget_change(warehouse.database.pool()).await;
    }
    warehouse.people.change_all(warehouse.database.pool(), time).await;
    let (summary, run) = warehouse.command(&["reprocess"]).await;
    assert_eq!(summary["people_written"], scale.people, "{summary}");
    let after = warehouse.rows().await;
    scale.add(Way::InPlaceChanged, after, run);
    let rows = Rows::export(warehouse.database.pool()).await;
    for sessions in [1, 2] {
        let run = rows.load(warehouse, Manner::WithKeys, sessions).await;
        scale.add(Way::LimitOfChanged(sessions), after, run);
    }
}

async fn marts(scale: &mut Scale, warehouse: &Warehouse, rows: f64) {
    let due = "update mart.refresh set complete_until = '-infinity', refreshed_at = '-infinity'";
    warehouse.database.change(due).await;
    warehouse.meter.rest().await;
    let refresh = warehouse.database.ask::<bool>("select mart.refresh_marts()");
    let (refreshed, run) = warehouse.meter.measure(refresh).await;
    assert!(refreshed, "the marts were due");
    scale.add(Way::Marts, rows, run);
    warehouse.database.change("update mart.refresh set refreshed_at = 'infinity'").await;
}
