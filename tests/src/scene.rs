//! One simulated 104, one warehouse and one folder, put together.

use jiff::civil::{Date, date};
use simulator::{Document, Flag, Handle, Listing, Options, Simulator};

use crate::{Company, Etl104, Finished, Running, Settings, TestDatabase};

/// The company that the simulator knows from the start.
pub const COMPANY: &str = "01234567";
/// The first date that a scene covers: long past, so that no test depends on the hour at which it runs.
pub const FIRST_DAY: Date = date(2025, 8, 22);
/// The second one.
pub const SECOND_DAY: Date = date(2025, 8, 23);
/// The end of the first date, as `--until` takes it.
pub const ONE_DAY: &str = "2025-08-23T00";
/// The end of the second date.
pub const TWO_DAYS: &str = "2025-08-24T00";

/// What most tests need: 104, a database, settings that lead to both, and the command in its folder.
#[derive(Debug)]
pub struct Scene {
    /// 104, imitated.
    pub simulator: Handle,
    /// The warehouse.
    pub database: TestDatabase,
    /// What `etl104.toml` says.
    pub settings: Settings,
    /// The command.
    pub etl104: Etl104,
}

impl Scene {
    /// 104 with these options, and the demo company from [`FIRST_DAY`] on. Calls are not held to the real pace.
    pub async fn new(options: Options) -> Self {
        Self::with(options, |settings| settings).await
    }

    /// The same with other settings.
    pub async fn with(options: Options, adjust: impl FnOnce(Settings) -> Settings) -> Self {
        let simulator = Simulator::start(options).await.expect("the loopback has a free port");
        let database = TestDatabase::create().await;
        let settings = Settings::new(&database)
            .simulator(&simulator)
            .calls_per_second(400)
            .company(Company::demo(FIRST_DAY));
        let settings = adjust(settings);
        let etl104 = Etl104::new(&settings);
        Self { simulator, database, settings, etl104 }
    }

    /// Another warehouse and another folder on the same 104.
    pub async fn elsewhere(&self) -> (TestDatabase, Etl104) {
        let database = TestDatabase::create().await;
        let etl104 = Etl104::new(&self.settings.clone().text("database", "url", database.url()));
        (database, etl104)
    }

    /// `run` up to a moment, to its end.
    pub async fn run(&self, until: &str) -> Finished {
        self.run_with(until, &[]).await
    }

    /// `run` up to a moment with more flags, to its end.
    pub async fn run_with(&self, until: &str, more: &[&str]) -> Finished {
        let run = ["run", "--output", "json", "--until", until];
        self.etl104.run(&[&run, more].concat()).await
    }

    /// Starts `run` up to a moment.
    pub fn spawn(&self, until: &str) -> Running {
        self.etl104.spawn(&["run", "--output", "json", "--until", until])
    }

    /// How many calls 104 has seen, token calls and refused ones included.
    pub fn calls(&self) -> u64 {
        self.simulator.stats().calls.values().sum()
    }

    /// How many files 104 has given.
    pub fn files_delivered(&self) -> u64 {
        self.simulator.stats().files_delivered
    }
}

/// A quick 104 with generated people: no limit, no latency.
pub fn generated(resumes_per_day: u32) -> Options {
    Options { calls_per_second: None, resumes_per_day, ..Options::default() }
}

/// A quick 104 that lists nobody but by hand.
pub fn by_hand() -> Options {
    generated(0)
}

/// 104 as it is assumed to be, without its limit.
pub fn as_assumed() -> Options {
    Options { calls_per_second: None, ..Options::as_assumed() }
}

/// Somebody applied to the demo company.
pub fn applied(on: Date, hour: u8, id: &str, document: impl Into<Document>) -> Listing {
    Listing {
        company: COMPANY.into(),
        date: on,
        hour,
        flag: Flag::Applied,
        id: id.into(),
        document: document.into(),
    }
}
