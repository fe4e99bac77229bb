//! The marts that are kept, brought up to date by whoever wrote rows.

use std::time::Duration;

use database::Error;
use pipeline::tally::Tally;
use pipeline::verdict::Stop;
use sqlx::PgPool;

use crate::failure::{Failure, fail};
use crate::signals::Signals;

/// Does nothing if nobody was written or taken out since the last time, or if that was less than `every` ago. The
/// tables are right whether it succeeds or not, and the next run does it again: a failure is one of the run's, and
/// loses nothing.
pub(crate) async fn refresh(pool: &PgPool, every: Duration, tally: &Tally, signals: &Signals) {
    // Whoever was told to end does so at once.
    if matches!(signals.reason(), Some(Stop::Interrupted | Stop::Terminated)) {
        return;
    }
    let refreshed = database::long_transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let refreshed = sqlx::query("select mart.refresh_marts(make_interval(secs => $1))")
            .bind(every.as_secs_f64())
            .execute(&mut *tx)
            .await;
        refreshed.map_err(|error| Error::statement("refreshing the marts", error))?;
        Ok::<_, Failure>((tx, ()))
    });
    if let Err(failure) = refreshed.await {
        fail(tally, "refreshing the marts", &failure);
    }
}
