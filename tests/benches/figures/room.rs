//! Whether the disk holds a scale, and what is left out if it does not.

use std::process::Command;

use sqlx::PgPool;

use crate::cost::float;
use crate::history::Scale;
use crate::report::{count, spaced};

/// What is never filled: WAL, what others write, and the next minute.
const SPARE: f64 = 4e9;

/// Bytes that one person takes, as a smaller scale showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) raw: f64,
    pub(crate) rows: f64,
    pub(crate) files: f64,
}

/// What is measured at a scale.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) people: u64,
    pub(crate) repeats: u32,
    /// Over rows that stand, so that they stand twice for a while.
    pub(crate) over_rows: bool,
    /// Beside the limit, whose rows lie in files and in tables.
    pub(crate) limit: bool,
    /// In place too, not only whole rebuilds.
    pub(crate) in_place: bool,
    /// Everybody with another document, and the limit of that.
    pub(crate) change: bool,
    pub(crate) marts: bool,
    pub(crate) left_out: Vec<String>,
}

impl Plan {
    /// What goals 1 and 2 need, and marts.
    pub(crate) fn of_rebuilds(mut self) -> Self {
        self.left_out.push("in place, which `make bench-full` measures".to_owned());
        Self { in_place: false, change: false, ..self }
    }

    /// As far as the disk allows; nothing if it does not hold the people at all.
    pub(crate) async fn of(
        pool: &PgPool,
        people: u64,
        repeats: u32,
        smaller: Option<&Scale>,
    ) -> Result<Self, String> {
        let everything = Self {
            people,
            repeats,
            over_rows: true,
            limit: true,
            in_place: true,
            change: true,
            marts: true,
            left_out: Vec::new(),
        };
        let Some(Sizes { raw, rows, files }) = smaller.map(|scale| scale.sizes) else {
            return Ok(everything);
        };
        let free = free_bytes(pool).await - SPARE;
        let fits = |bytes: f64| bytes * count(people) <= free;
        let mut plan = everything;
        if !fits(raw + rows) {
            return Err(format!(
                "{} people take {:.0} GB, and {:.0} GB are free",
                spaced(people),
                (raw + rows) * count(people) / 1e9,
                free / 1e9
            ));
        }
        let ways = [
            (&mut plan.over_rows, raw + 2.0 * rows, "rebuilding over rows that stand"),
            (&mut plan.limit, raw + files + 2.0 * rows, "COPY"),
            // Rows that are replaced stand twice until the next vacuum, and there are more of them.
            (&mut plan.change, 2.0 * raw + files + 3.5 * rows, "everything changed"),
        ];
        for (is_measured, bytes, what) in ways {
            *is_measured = fits(bytes);
            if !*is_measured {
                plan.left_out.push(format!(
                    "{what}, which takes {:.0} GB where {:.0} GB are free",
                    bytes * count(people) / 1e9,
                    free / 1e9
                ));
            }
        }
        Ok(plan)
    }
}

/// Of the disk that the server's data lie on.
async fn free_bytes(pool: &PgPool) -> f64 {
    let folder: String = sqlx::query_scalar("select current_setting('data_directory')")
        .fetch_one(pool)
        .await
        .expect("the server says where its data lie");
    let said = Command::new("df").args(["-Pk", &folder]).output().expect("df is there");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let free = said.lines().nth(1).and_then(|line| line.split_ascii_whitespace().nth(3));
    float(free.and_then(|kib| kib.parse::<i64>().ok()).expect("df says how much is free")) * 1024.0
}
