//! Stopping a process at an exact point, by the world around it: no line of the program knows of it.

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{TestDatabase, eventually};

/// The advisory lock that a closed gate holds; the product's own are of other classes.
const CLASS: i32 = 0x6761;

/// A gate in the database: whoever writes to a table waits before it, until the gate is opened.
///
/// It is a trigger that takes an advisory lock, and a connection that holds this lock. The writer is stopped
/// inside its transaction, so that it can be killed at just that statement.
#[derive(Debug)]
pub struct Gate {
    table: &'static str,
    pool: PgPool,
    holder: PgConnection,
}

/// Where in a transaction a [`Gate`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Before each row that is inserted.
    Insert,
    /// Before each row that is changed.
    Update,
    /// Inside `COMMIT`, before it takes effect, for a transaction that inserted or changed a row.
    Commit,
}

impl Gate {
    /// Closes a gate before a table, for rows for which the condition on `new` holds.
    pub async fn close(
        database: &TestDatabase,
        stand: Stand,
        table: &'static str,
        when: &str,
    ) -> Self {
        let mut holder =
            PgConnection::connect_with(database.options()).await.expect("a connection");
        sqlx::query("select pg_advisory_lock($1, hashtext($2))")
            .bind(CLASS)
            .bind(table)
            .execute(&mut holder)
            .await
            .expect("a free lock");
        let name = format!("test_gate_{}", table.replace('.', "_"));
        let event = match stand {
            Stand::Insert => format!("trigger {name} before insert on {table}"),
            Stand::Update => format!("trigger {name} before update on {table}"),
            Stand::Commit => format!(
                "constraint trigger {name} after insert or update on {table} \
                 deferrable initially deferred"
            ),
        };
        let statement = format!(
            "create function public.{name}() returns trigger language plpgsql as $$ begin
                 perform pg_advisory_xact_lock_shared({CLASS}, hashtext('{table}'));
                 return new;
             end $$;
             create {event} for each row when ({when}) execute function public.{name}()"
        );
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(database.pool()).await.expect("a trigger");
        Self { table, pool: database.pool().clone(), holder }
    }

    /// Waits until somebody stands before the gate.
    pub async fn somebody_waits(&self) {
        eventually(&format!("somebody waits before {}", self.table), async || {
            let waiting: i64 = sqlx::query_scalar(
                "select count(*) from pg_locks
                 where locktype = 'advisory' and classid = $1::integer::oid and objid = hashtext($2)::bit(32)::bigint::oid
                   and not granted and database =
                       (select oid from pg_database where datname = current_database())",
            )
            .bind(CLASS)
            .bind(self.table)
            .fetch_one(&self.pool)
            .await
            .expect("the locks can be read");
            waiting > 0
        })
        .await;
    }

    /// Opens the gate for good: who waits goes on. Its trigger stays and holds nobody up.
    pub async fn open(self) {
        self.holder.close().await.expect("the lock is given back");
    }
}
