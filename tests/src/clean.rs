//! Whether a warehouse that met a fault ends as one that met none.

use crate::{COMPANY, Scene, TestDatabase, assert_same, objects_below};

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
        let (clean, etl104) = self.elsewhere().await;
        drop(etl104.run(&["run", "--until", until]).await.exits(0));
        self.assert_equals(&clean).await;
    }

    /// Compares the tables, the windows and their items with one clean run; raw may hold more than that.
    pub async fn assert_tables_of_one_clean_run(&self, until: &str) {
        let (clean, etl104) = self.elsewhere().await;
        drop(etl104.run(&["run", "--until", until]).await.exits(0));
        self.assert_same_tables(&clean).await;
    }

    /// Compares everything with another warehouse.
    pub async fn assert_equals(&self, clean: &TestDatabase) {
        self.assert_same_tables(clean).await;
        assert_eq!(self.database.raw_counts().await, clean.raw_counts().await);
        assert_eq!(self.database.file_tasks().await, clean.file_tasks().await);
    }

    /// Compares the tables, the windows and their items with those of another warehouse.
    pub async fn assert_same_tables(&self, clean: &TestDatabase) {
        let (here, there) = (self.database.digest(COMPANY).await, clean.digest(COMPANY).await);
        assert_same("after the fault and clean", &here, &there);
        assert_eq!(self.database.items().await, clean.items().await);
        assert_eq!(self.database.windows().await, clean.windows().await);
    }
}
