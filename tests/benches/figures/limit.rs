//! What Postgres can do at best: the finished rows of `recruiting`, copied into the same tables.
//!
//! The rows lie in files, as `COPY … (format binary)` gave them; writing the files is no part of any figure. The tables
//! have the same columns and checks. One session does one table after the other, as anybody would by hand; two sessions
//! share the tables, so that both cores work.

use std::path::PathBuf;

use futures::TryStreamExt;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{AssertSqlSafe, PgPool};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::sync::Mutex;

use crate::cost::Cost;
use crate::warehouse::Warehouse;

/// In which order tables and keys are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// No keys at all.
    Bare,
    /// The primary keys, the indexes and the foreign keys once all rows are there.
    ThenKeys,
    /// With keys, indexes and foreign keys in place.
    WithKeys,
}

/// The rows of a moment, in files.
#[derive(Debug)]
pub(crate) struct Rows {
    folder: TempDir,
    /// The largest first, behind `candidate`, to which all others refer.
    tables: Vec<String>,
}

const TABLES: &str = "
    select c.relname::text from pg_class c
    where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p'
    order by c.relname <> 'candidate',
        (select pg_total_relation_size(i.inhrelid) from pg_inherits i where i.inhparent = c.oid limit 1) desc";

/// What is sent at once, the odd piece first, as `load` does: otherwise the end of a copy may wait 40 ms for an acknowledgement.
const PIECE: usize = 65_483 - 5;

/// What makes a table's keys: the primary key and the indexes of the table of the same name in `recruiting`.
const KEYS: &str = "
    select case when i.indisprimary
        then format('alter table bench_limit.%I add %s', c.relname, pg_get_constraintdef(k.oid))
        else regexp_replace(regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+ ON', 'INDEX ON'),
            ' ON ONLY recruiting\\.| ON recruiting\\.', ' ON bench_limit.') end
    from pg_class c join pg_index i on i.indrelid = c.oid
    left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p' and k.conrelid = c.oid
    where c.relnamespace = 'recruiting'::regnamespace and c.relname = $1
    order by not i.indisprimary, 1";

impl Rows {
    /// Writes all rows into files.
    pub(crate) async fn export(pool: &PgPool) -> Self {
        let folder = TempDir::with_prefix_in("figures-", target()).expect("target can be written");
        let tables: Vec<String> =
            sqlx::query_scalar(TABLES).fetch_all(pool).await.expect("tables are listed");
        let rows = Self { folder, tables };
        for table in &rows.tables {
            let statement =
                format!("copy (select * from recruiting.{table}) to stdout (format binary)");
            let mut stream = pool.copy_out_raw(&statement).await.expect("rows can be copied");
            let file = tokio::fs::File::create(rows.file(table)).await.expect("a file");
            // Each row comes by itself.
            let mut file = BufWriter::with_capacity(PIECE, file);
            while let Some(bytes) = stream.try_next().await.expect("rows are copied") {
                file.write_all(&bytes).await.expect("there is room");
            }
            file.flush().await.expect("there is room");
        }
        rows
    }

    /// How much of the disk they take.
    pub(crate) fn bytes(&self) -> f64 {
        let sizes = self.tables.iter().map(|table| std::fs::metadata(self.file(table)));
        sizes.map(|size| crate::report::count(size.map_or(0, |it| it.len()))).sum()
    }

    fn file(&self, table: &str) -> PathBuf {
        self.folder.path().join(table)
    }

    /// Copies them into new tables, and drops these again. `sessions` share the tables among them.
    pub(crate) async fn load(&self, into: &Warehouse, manner: Manner, sessions: usize) -> Cost {
        let pool = into.database.pool();
        run(pool, "create schema bench_limit").await;
        for table in &self.tables {
            run(
                pool,
                &format!(
                    "create table bench_limit.{table} (like recruiting.{table} including all excluding indexes)"
                ),
            )
            .await;
        }
        if manner == Manner::WithKeys {
            self.add_keys(pool, 1).await;
        }
        into.meter.rest().await;
        let (copied, copying) = into.meter.measure(self.copy(pool, sessions)).await;
        let cost = if manner == Manner::ThenKeys {
            let ((), adding) = into.meter.measure(self.add_keys(pool, sessions)).await;
            copying.and(adding)
        } else {
            copying
        };
        assert!(copied > 0, "there are rows");
        run(pool, "drop schema bench_limit cascade").await;
        cost
    }

    /// Gives how many rows there were.
    async fn copy(&self, pool: &PgPool, sessions: usize) -> u64 {
        let (first, others) = self.tables.split_first().expect("there are tables");
        let mut rows = self.copy_table(pool, first).await;
        for copied in
            shared(others, sessions, async |table| self.copy_table(pool, table).await).await
        {
            rows += copied;
        }
        rows
    }

    async fn copy_table(&self, pool: &PgPool, table: &str) -> u64 {
        let statement = format!("copy bench_limit.{table} from stdin (format binary)");
        let mut sink = pool.copy_in_raw(&statement).await.expect("a table takes rows");
        let mut file = tokio::fs::File::open(self.file(table)).await.expect("the file is there");
        let length = file.metadata().await.expect("the file is there").len();
        let mut rest = usize::try_from(length).expect("less than memory could address");
        let mut piece = vec![0; PIECE];
        while rest > 0 {
            piece.resize(if rest.is_multiple_of(PIECE) { PIECE } else { rest % PIECE }, 0);
            file.read_exact(&mut piece).await.expect("the file can be read");
            sink.send(piece.as_slice()).await.expect("the table takes rows");
            rest -= piece.len();
        }
        sink.finish().await.expect("the rows are right")
    }

    async fn add_keys(&self, pool: &PgPool, sessions: usize) {
        let own = async |table: &str| {
            let statements: Vec<String> = sqlx::query_scalar(KEYS)
                .bind(table)
                .fetch_all(pool)
                .await
                .expect("keys are described");
            for statement in statements {
                run(pool, &statement).await;
            }
        };
        shared(&self.tables, sessions, own).await;
        // Each takes a lock of `candidate` that keeps the next one out: one after the other.
        for table in self.tables.iter().filter(|table| *table != "candidate") {
            run(
                pool,
                &format!(
                    "alter table bench_limit.{table} add foreign key (company_no, resume_id)
                     references bench_limit.candidate (company_no, resume_id) on delete cascade"
                ),
            )
            .await;
        }
    }
}

/// Does the work of each table; so many sessions take the next one whenever they are free.
#[expect(clippy::future_not_send, reason = "it stays on the benchmark's own thread")]
async fn shared<T>(tables: &[String], sessions: usize, work: impl AsyncFn(&str) -> T) -> Vec<T> {
    let (next, done) = (Mutex::new(tables.iter()), Mutex::new(Vec::new()));
    let session = || async {
        loop {
            let Some(table) = next.lock().await.next() else { break };
            let result = work(table).await;
            done.lock().await.push(result);
        }
    };
    futures::future::join_all((0..sessions).map(|_| session())).await;
    done.into_inner()
}

async fn run(pool: &PgPool, statement: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(pool).await;
    if let Err(error) = done {
        panic!("`{statement}` failed: {error}");
    }
}

/// Where the benchmark's files lie.
pub(crate) fn target() -> PathBuf {
    acceptance::workspace::root().join("target")
}
