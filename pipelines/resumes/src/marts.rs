//! The marts that are kept, brought up to date by whoever wrote rows.

use database::Error;
use pipeline::tally::Tally;
use pipeline::verdict::Stop;
use sqlx::PgPool;

use crate::failure::{Failure, fail};
use crate::signals::Signals;

/// Does nothing if nobody was written or taken out since the last time. The tables are right whether it
/// succeeds or not, and the next run does it again: a failure is one of the run's, and loses nothing.
pub(crate) async fn refresh(pool: &PgPool, tally: &Tally, signals: &Signals) {
    // Whoever was told to end does so at once.
    if matches!(signals.reason(), Some(Stop::Interrupted | Stop::Terminated)) {
        return;
    }
    let refreshed = database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let refreshed = sqlx::query("select mart.refresh_overview()").execute(&mut *tx).await;
        refreshed.map_err(|error| Error::statement("refreshing the marts", error))?;
        Ok::<_, Failure>((tx, ()))
    });
    if let Err(failure) = refreshed.await {
        fail(tally, "refreshing the marts", &failure);
    }
}
