//! A transaction whose work is an expression.

/// The result of what is done in one transaction, done again as a unit when it was lost;
/// `long` for one whose work grows with the warehouse.
macro_rules! in_transaction {
    (long $pool:expr, $tx:ident => $work:expr) => {
        in_transaction!(@long_transaction $pool, $tx => $work)
    };
    (@$kind:ident $pool:expr, $tx:ident => $work:expr) => {
        database::$kind($pool, || async {
            let mut $tx = $pool.begin().await.map_err(Failure::transaction)?;
            let result = $work;
            Ok::<_, Failure>(($tx, result))
        })
        .await
    };
    ($pool:expr, $tx:ident => $work:expr) => {
        in_transaction!(@transaction $pool, $tx => $work)
    };
}
pub(crate) use in_transaction;
