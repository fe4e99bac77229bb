//! Whether a warehouse that met a fault ends as one that met none.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use load::digest::TableDigest;
use simulator::Options;
use tokio::sync::OnceCell;

use crate::{COMPANY, Scene, TestDatabase, assert_same, objects_below};

/// What is compared of two warehouses.
#[derive(Debug)]
struct State {
    tables: Vec<TableDigest>,
    items: Vec<(String, i64)>,
    windows: Vec<(String, i64)>,
    raw: Vec<(String, i64)>,
    file_tasks: Vec<(String, i64)>,
}

/// After one clean run each, by all that shapes it: many scenes differ in their faults alone.
static CLEAN: Mutex<BTreeMap<String, Arc<OnceCell<State>>>> = Mutex::new(BTreeMap::new());

impl State {
    async fn of(database: &TestDatabase) -> Self {
        Self {
            tables: database.digest(COMPANY).await,
            items: database.items().await,
            windows: database.windows().await,
            raw: database.raw_counts().await,
            file_tasks: database.file_tasks().await,
        }
    }

    /// The tables, the windows and their items; raw may hold more.
    fn assert_same_tables(&self, clean: &Self) {
        assert_same("after the fault and clean", &self.tables, &clean.tables);
        assert_eq!((&self.items, &self.windows), (&clean.items, &clean.windows));
    }

    fn assert_same(&self, clean: &Self) {
        self.assert_same_tables(clean);
        assert_eq!((&self.raw, &self.file_tasks), (&clean.raw, &clean.file_tasks));
    }
}

impl Scene {
    /// Runs again, once the fault is over: nothing is left to do, the promises hold, and everything is as after
    /// one clean run. For scenes whose objects lie in the folder.
    pub async fn assert_as_one_clean_run(&self, until: &str) {
        drop(self.run(until).await.exits(0));
        assert_eq!(self.run(until).await.exits(0).summary()["state"], "nothing_due");
        let objects = objects_below(&self.etl104.folder().join("objects"));
        let arrived: Vec<_> =
            objects.into_iter().filter(|it| !it.key.starts_with(".arriving/")).collect();
        self.database.assert_sound_with(&arrived, true).await;
        self.assert_equals_one_clean_run(until).await;
    }

    /// Compares everything with one clean run of another warehouse on the same 104.
    pub async fn assert_equals_one_clean_run(&self, until: &str) {
        let clean = self.clean(until);
        State::of(&self.database).await.assert_same(self.after_clean_run(&clean, until).await);
    }

    /// Compares the tables, the windows and their items with one clean run; raw may hold more than that.
    pub async fn assert_tables_of_one_clean_run(&self, until: &str) {
        let clean = self.clean(until);
        let clean = self.after_clean_run(&clean, until).await;
        State::of(&self.database).await.assert_same_tables(clean);
    }

    /// Compares everything with another warehouse.
    pub async fn assert_equals(&self, clean: &TestDatabase) {
        State::of(&self.database).await.assert_same(&State::of(clean).await);
    }

    /// Compares the tables, the windows and their items with those of another warehouse.
    pub async fn assert_same_tables(&self, clean: &TestDatabase) {
        State::of(&self.database).await.assert_same_tables(&State::of(clean).await);
    }

    /// The place of what a clean run leaves behind: one for all scenes that are alike, as long as nothing was done
    /// to their 104 by hand.
    fn clean(&self, until: &str) -> Arc<OnceCell<State>> {
        if !self.simulator.is_untouched() {
            return Arc::default();
        }
        let manner = Options::default();
        // None of these shows in a table.
        let options = Options {
            port: manner.port,
            token_lifetime: manner.token_lifetime,
            new_token_revokes_old: manner.new_token_revokes_old,
            calls_per_second: manner.calls_per_second,
            retry_after: manner.retry_after,
            jitter: manner.jitter,
            latency: manner.latency,
            journal_capacity: manner.journal_capacity,
            ..self.options.clone()
        };
        let likeness = format!("{until} {options:?} {:?}", self.settings.shape());
        let mut known = CLEAN.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(likeness).or_default())
    }

    async fn after_clean_run<'a>(&self, clean: &'a OnceCell<State>, until: &str) -> &'a State {
        let run = || async {
            let (database, etl104) = self.elsewhere().await;
            drop(etl104.run(&["run", "--until", until]).await.exits(0));
            State::of(&database).await
        };
        clean.get_or_init(run).await
    }
}
