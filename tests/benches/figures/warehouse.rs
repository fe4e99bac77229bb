//! A warehouse full of people, and our commands measured on it.

use std::sync::Arc;
use std::time::Duration;

use acceptance::{Company, Etl104, FIRST_DAY, Settings, TestDatabase};
use serde_json::Value;

use crate::cost::{Cost, Meter, float};
use crate::people::{Landed, People};

/// A database, who is in it, and the command that works on it.
#[derive(Debug)]
pub(crate) struct Warehouse {
    pub(crate) database: TestDatabase,
    pub(crate) people: Arc<People>,
    pub(crate) meter: Meter,
    pub(crate) etl104: Etl104,
    pub(crate) landed: Landed,
}

impl Warehouse {
    /// With so many people in `raw`, and nobody in `recruiting`.
    pub(crate) async fn with(count: u64) -> Self {
        let database = TestDatabase::create().await;
        let meter = Meter::new(database.pool()).await;
        let people = People::new(count);
        // The kept marts are refreshed at the end of a command that wrote somebody: a figure of its own. No file is
        // fetched, for nobody calls 104.
        database.change("update mart.refresh set refreshed_at = 'infinity'").await;
        let settings = Settings::new(&database)
            .text("api", "token_url", "http://127.0.0.1:8104/oauth2/token")
            .text("api", "base_url", "http://127.0.0.1:8104/ehrweb_resume/1.0")
            .set("files", "kinds", "[]")
            .company(Company::demo(FIRST_DAY));
        let etl104 = Etl104::new(&settings).time_limit(Duration::from_hours(6));
        let landed = people.land(database.pool()).await;
        let warehouse = Self { database, people, meter, etl104, landed };
        warehouse.meter.rest().await;
        warehouse
    }

    /// One command to its end, and the summary that it printed.
    pub(crate) async fn command(&self, arguments: &[&str]) -> (Value, Cost) {
        self.meter.rest().await;
        let arguments = [arguments, &["--output", "json"]].concat();
        let work = async { self.etl104.spawn(&arguments).finish_measured().await };
        let ((finished, peak_kib), cost) = self.meter.measure(work).await;
        // Documents that are no resumes are among the inputs of no scale: 3 would be a fault.
        let finished = finished.exits(0);
        let last = finished.stdout.lines().last().unwrap_or_default();
        let summary = serde_json::from_str(last).expect("a command ends with its summary");
        (summary, Cost { peak_kib, ..cost })
    }

    /// Whether this etl104 builds tables aside.
    pub(crate) async fn builds_aside(&self) -> bool {
        self.etl104.run(&["reprocess", "--help"]).await.exits(0).stdout.contains("--aside")
    }

    /// All rows of `recruiting`.
    pub(crate) async fn rows(&self) -> f64 {
        let rows: i64 = self
            .database
            .ask(
                "select sum((xpath('/row/n/text()', query_to_xml(
                     format('select count(*) as n from recruiting.%I', relname), false, true, '')))[1]::text::bigint)::bigint
                 from pg_class where relnamespace = 'recruiting'::regnamespace and relkind = 'p'",
            )
            .await;
        float(rows)
    }

    /// What the database takes of the disk.
    pub(crate) async fn database_bytes(&self) -> f64 {
        let size = "select pg_database_size(current_database())";
        float(self.database.count(size).await)
    }

    /// Nobody is in `recruiting` any more.
    pub(crate) async fn empty(&self) {
        self.database.empty_recruiting().await;
    }

    /// The rows are as older rules left them: each is right, and none is known to be.
    pub(crate) async fn age(&self) {
        self.database
            .change(
                "update recruiting.candidate set _etl_transform_version = 0,
                 _etl_fingerprint = sha256(_etl_fingerprint)",
            )
            .await;
    }
}
