//! Windows in the ledger: read for planning, opened, taken under a lease, given back or failed.
//!
//! Every write of a window's work happens in a transaction that locked the window's row first
//! and compared the lease ([`Ledger::begin`]): a process that lost its lease can't write.

use std::time::Duration;

use database::{statement, transaction};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, Source, Window};
use sqlx::{Connection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::Error;
use crate::plan::{Known, State};
use crate::run::LEASE;

/// How long to wait for a window's row. Whoever writes it is done in milliseconds, save for a process
/// that was paused in the middle: such a window is held.
const PATIENCE: Duration = Duration::from_secs(3);

/// The ledger as one run writes it.
#[derive(Clone, Debug)]
pub struct Ledger {
    pool: PgPool,
    run_id: Uuid,
    is_of_backfill: bool,
}

/// Which windows that lie before a company's first date a plan is to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Older {
    /// Not the unfinished ones of a backfill: they are its own business.
    NotOfBackfills,
    /// All that are not finished.
    Unfinished,
}

/// Which state of a window its taker has work for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is not finished.
    Unfinished,
    /// The same, or it is closed: for a recheck, which leaves it closed unless new ids are found.
    AlsoClosed,
    /// The same, but not if a closed one was listed at that moment or later.
    UnlessListedSince(Timestamp),
    /// The same, but not if all that a closed one lists was asked for at that moment or later.
    UnlessAskedSince(Timestamp),
}

/// The right to work on a window until the run's heart stops.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Number of the window.
    pub window_id: i64,
    /// The window.
    pub window: Window,
    /// The latest listing before it was taken.
    pub listed_at: Option<Timestamp>,
    /// Since when all that it lists was asked for; see [`Known::asked_at`].
    pub asked_at: Option<Timestamp>,
    generation: i64,
}

impl Ledger {
    /// The ledger for one run.
    pub fn new(pool: PgPool, run_id: Uuid) -> Self {
        Self { pool, run_id, is_of_backfill: false }
    }

    /// The same for a backfill: what it opens is marked as its own.
    #[must_use]
    pub fn of_backfill(self) -> Self {
        Self { is_of_backfill: true, ..self }
    }

    /// The pool beneath, for reads that need no lease.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The run that writes.
    pub fn run_id(&self) -> Uuid {
        self.run_id
    }

    /// All that planning needs to know of a company's windows from a date on, and of older ones
    /// that are not closed.
    pub async fn known(
        &self,
        company: &CompanyNo,
        from: Date,
        older: Older,
    ) -> Result<Vec<Known>, Error> {
        let ask = || {
            sqlx::query_as(
                "select source, window_on, start_hour, end_hour, state, last_listed_at,
                    next_attempt_at, greatest(first_listed_at, refetched_at) as asked_at
             from etl.fetch_window
             where company_no = $1
               and (window_on >= $2
                    or state in ('open', 'failed') and ($3 or not is_of_backfill)
                    or state not in ('open', 'failed') and ends_at > now() - interval '60 days')",
            )
            .bind(company.as_str())
            .bind(from.to_sqlx())
            .bind(older == Older::Unfinished)
            .fetch_all(&self.pool)
        };
        let rows: Vec<KnownRow> = statement(&self.pool, "reading the windows", ask).await?;
        Ok(rows.into_iter().filter_map(|row| row.known(company)).collect())
    }

    /// All windows of a company that reach into a range.
    pub async fn reaching_into(
        &self,
        company: &CompanyNo,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Known>, Error> {
        let ask = || {
            sqlx::query_as(
                "select source, window_on, start_hour, end_hour, state, last_listed_at,
                    next_attempt_at, greatest(first_listed_at, refetched_at) as asked_at
             from etl.fetch_window
             where company_no = $1 and starts_at < $3 and ends_at > $2",
            )
            .bind(company.as_str())
            .bind(from.to_sqlx())
            .bind(until.to_sqlx())
            .fetch_all(&self.pool)
        };
        let rows: Vec<KnownRow> = statement(&self.pool, "reading the windows", ask).await?;
        Ok(rows.into_iter().filter_map(|row| row.known(company)).collect())
    }

    /// Takes a window under a lease, creating its row if it is new. `None`: another live process
    /// holds it, or left nothing to do, or some of its hours are another window's by now.
    ///
    /// A schedule goes before a backfill, which waits for it: what a backfill holds is taken from it.
    pub async fn take(&self, window: &Window, claim: Claim) -> Result<Option<Lease>, Error> {
        let ask = || {
            sqlx::query("select etl.open_window($1, $2, $3, $4, $5, $6, $7, $8)")
                .bind(window.company().as_str())
                .bind(window.source().as_str())
                .bind(window.date().to_sqlx())
                .bind(i16::from(window.start_hour()))
                .bind(i16::from(window.end_hour()))
                .bind(window.starts_at().to_sqlx())
                .bind(window.ends_at().to_sqlx())
                .bind(self.is_of_backfill)
                .execute(&self.pool)
        };
        statement(&self.pool, "opening a window", ask).await?;
        let taken = transaction(&self.pool, || self.try_take(window, claim)).await?;
        let moment = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
        Ok(taken.map(|taken| Lease {
            window_id: taken.window_id,
            window: window.clone(),
            listed_at: moment(taken.last_listed_at),
            asked_at: moment(taken.asked_at),
            generation: taken.lease_no,
        }))
    }

    /// The window's lease, if it is to be had, in a transaction that is still to be committed.
    async fn try_take(
        &self,
        window: &Window,
        claim: Claim,
    ) -> Result<(Transaction<'static, Postgres>, Option<TakenRow>), Error> {
        let failed = || Error::statement("taking a window");
        let (listed_since, asked_since) = match claim {
            Claim::UnlessListedSince(moment) => (Some(moment), None),
            Claim::UnlessAskedSince(moment) => (None, Some(moment)),
            Claim::Unfinished | Claim::AlsoClosed => (None, None),
        };
        let mut tx = self.pool.begin().await.map_err(failed())?;
        sqlx::query("select set_config('lock_timeout', $1, true)")
            .bind(format!("{}ms", PATIENCE.as_millis()))
            .execute(&mut *tx)
            .await
            .map_err(failed())?;
        // A lock that is not to be had ends this part of the transaction alone.
        let mut part = tx.begin().await.map_err(failed())?;
        // A backfill's mark goes with whoever else takes the window, and comes with its reopening.
        let taken: Result<Option<TakenRow>, sqlx::Error> = sqlx::query_as(
            "update etl.fetch_window set
                 lease_no = lease_no + 1, lease_run_id = $6,
                 lease_expires_at = now() + make_interval(secs => $7),
                 is_held_by_backfill = $8,
                 is_of_backfill = $8 and (is_of_backfill or state not in ('open', 'failed'))
             where company_no = $1 and source = $2 and window_on = $3
               and start_hour = $4 and end_hour = $5
               and (lease_run_id is null or lease_expires_at < now() or lease_run_id = $6
                    or is_held_by_backfill and not $8
                    or not etl.is_run_alive(lease_run_id))
               and (state in ('open', 'failed')
                    or state in ('closed', 'empty_unconfirmed')
                       and ($9 or last_listed_at < $10
                            or greatest(first_listed_at, refetched_at) < $11))
             returning window_id, lease_no, last_listed_at,
                 greatest(first_listed_at, refetched_at) as asked_at",
        )
        .bind(window.company().as_str())
        .bind(window.source().as_str())
        .bind(window.date().to_sqlx())
        .bind(i16::from(window.start_hour()))
        .bind(i16::from(window.end_hour()))
        .bind(self.run_id)
        .bind(LEASE.as_secs_f64())
        .bind(self.is_of_backfill)
        .bind(claim == Claim::AlsoClosed)
        .bind(listed_since.map(ToSqlx::to_sqlx))
        .bind(asked_since.map(ToSqlx::to_sqlx))
        .fetch_optional(&mut *part)
        .await;
        let taken = match taken {
            // Another process is in the middle of a write of it.
            Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some("55P03") => {
                part.rollback().await.map_err(failed())?;
                None
            }
            ended => {
                let taken = ended.map_err(failed())?;
                part.commit().await.map_err(failed())?;
                taken
            }
        };
        Ok((tx, taken))
    }

    /// Begins a transaction that holds the window's row, after comparing the lease.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] if another process took the window meanwhile.
    pub async fn begin(&self, lease: &Lease) -> Result<Transaction<'static, Postgres>, Error> {
        let mut tx =
            self.pool.begin().await.map_err(Error::statement("beginning a transaction"))?;
        let (lease_no,): (i64,) =
            sqlx::query_as("select lease_no from etl.fetch_window where window_id = $1 for update")
                .bind(lease.window_id)
                .fetch_one(&mut *tx)
                .await
                .map_err(Error::statement("locking the window"))?;
        if lease_no == lease.generation {
            Ok(tx)
        } else {
            Err(Error::LeaseLost { what: lease.window.to_string() })
        }
    }

    /// Gives the window back, unless another process has it already.
    pub async fn release(&self, lease: &Lease) -> Result<(), Error> {
        let ask = || {
            sqlx::query(
                "update etl.fetch_window set lease_run_id = null, lease_expires_at = null
             where window_id = $1 and lease_no = $2",
            )
            .bind(lease.window_id)
            .bind(lease.generation)
            .execute(&self.pool)
        };
        statement(&self.pool, "releasing a window", ask).await?;
        Ok(())
    }

    /// The window failed: it says why, and is taken up again after 5, 15, 60, 240 minutes; after
    /// five runs only by `retry`. A closed window whose recheck failed stays closed: the recheck
    /// is still due.
    pub async fn fail(&self, lease: &Lease, failure: &str, remedy: &str) -> Result<(), Error> {
        database::transaction(&self.pool, || async {
            let mut tx = self.begin(lease).await?;
            sqlx::query(
                "update etl.fetch_window set
                     state = 'failed', attempts = attempts + 1,
                     next_attempt_at = etl.next_attempt_at(attempts),
                     failure = $2, remedy = $3
                 where window_id = $1 and state in ('open', 'failed')",
            )
            .bind(lease.window_id)
            .bind(failure)
            .bind(remedy)
            .execute(&mut *tx)
            .await
            .map_err(Error::statement("failing a window"))?;
            Ok::<_, Error>((tx, ()))
        })
        .await?;
        self.release(lease).await
    }
}

#[derive(sqlx::FromRow)]
struct TakenRow {
    window_id: i64,
    lease_no: i64,
    last_listed_at: Option<jiff_sqlx::Timestamp>,
    asked_at: Option<jiff_sqlx::Timestamp>,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    source: String,
    window_on: jiff_sqlx::Date,
    start_hour: i16,
    end_hour: i16,
    state: String,
    last_listed_at: Option<jiff_sqlx::Timestamp>,
    next_attempt_at: Option<jiff_sqlx::Timestamp>,
    asked_at: Option<jiff_sqlx::Timestamp>,
}

impl KnownRow {
    /// `None` only for a row that the table's constraints make impossible.
    fn known(self, company: &CompanyNo) -> Option<Known> {
        let state = match self.state.as_str() {
            "open" => State::Open,
            "failed" => State::Failed,
            "superseded" => State::Superseded,
            _ => State::Closed,
        };
        let window = rebuilt(
            company,
            &self.source,
            self.window_on.to_jiff(),
            self.start_hour,
            self.end_hour,
        )?;
        let moment = |at: Option<jiff_sqlx::Timestamp>| -> Option<Timestamp> {
            at.map(jiff_sqlx::Timestamp::to_jiff)
        };
        Some(Known {
            window,
            state,
            last_listed_at: moment(self.last_listed_at),
            next_attempt_at: moment(self.next_attempt_at),
            asked_at: moment(self.asked_at),
        })
    }
}

/// A window out of its columns; `None` if the columns name none.
pub(crate) fn rebuilt(
    company: &CompanyNo,
    source: &str,
    date: Date,
    start_hour: i16,
    end_hour: i16,
) -> Option<Window> {
    let source: Source = source.parse().ok()?;
    let start = u8::try_from(start_hour).ok()?;
    let end = u8::try_from(end_hour).ok()?;
    Window::new(company.clone(), source, date, start, end).ok()
}
