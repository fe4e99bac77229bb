//! The newest token of a credential, which all processes share. Here it is bytes: who puts it
//! seals it first, and no key comes near the database.

use std::time::Duration;

use sqlx::{PgConnection, PgPool};

use crate::patience::answered;
use crate::{CredentialHash, Error, statement};

/// So long a process waits for the one that asks 104. A call that is answered takes far less; one
/// that is not must not hold up all others.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Names the lock among advisory locks of two numbers; the runs' own are of 104.
const LOCK_CLASS: i32 = 10_402;

/// One credential's row in `etl.access_token`.
#[derive(Clone, Debug)]
pub struct SharedToken {
    pool: PgPool,
    credential: CredentialHash,
}

/// What the row holds.
pub struct SealedToken {
    /// The token as it was put.
    pub sealed: Vec<u8>,
    /// How long it may still be used, by the database's clock.
    pub remaining: Duration,
}

/// The right to ask 104 for a token: an advisory lock on a connection of its own, which Postgres
/// frees the moment that this is dropped or its process is gone.
#[derive(Debug)]
pub struct RenewalLock(#[expect(dead_code, reason = "held for its lock")] PgConnection);

impl SharedToken {
    /// The token of a credential.
    pub fn new(pool: PgPool, credential: CredentialHash) -> Self {
        Self { pool, credential }
    }

    /// The newest token, unless its time is over.
    pub async fn newest(&self) -> Result<Option<SealedToken>, Error> {
        let ask = || {
            sqlx::query_as(
            "select sealed, extract(epoch from expires_at - clock_timestamp())::double precision
             from etl.access_token
             where credential_hash = $1 and expires_at > clock_timestamp()",
        )
        .bind(self.credential.as_slice())
        .fetch_optional(&self.pool)
        };
        let row: Option<(Vec<u8>, f64)> =
            statement(&self.pool, "looking for the shared token", ask).await?;
        Ok(row.map(|(sealed, seconds)| SealedToken {
            sealed,
            remaining: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        }))
    }

    /// Puts a sealed token in the place of the one before; it may be used for so long from now.
    pub async fn put(&self, sealed: &[u8], life: Duration) -> Result<(), Error> {
        let ask = || {
            sqlx::query(
                "insert into etl.access_token as kept
                 (credential_hash, sealed, obtained_at, expires_at)
             select $1, $2, moment, moment + make_interval(secs => $3)
             from clock_timestamp() as moment
             on conflict (credential_hash) do update set
                 serial = kept.serial + 1,
                 sealed = excluded.sealed,
                 obtained_at = excluded.obtained_at,
                 expires_at = excluded.expires_at",
            )
            .bind(self.credential.as_slice())
            .bind(sealed)
            .bind(life.as_secs_f64())
            .execute(&self.pool)
        };
        statement(&self.pool, "putting down the shared token", ask).await.map(drop)
    }

    /// Waits until no other process asks 104 for a token of this credential, for a minute at most.
    /// `None`: another one still asks, and it is better to ask as well than to wait any longer.
    pub async fn renewal(&self) -> Result<Option<RenewalLock>, Error> {
        let failed = |source| Error::statement("taking the right to renew the token", source);
        let take = async {
            let mut connection = self.pool.acquire().await?.detach();
            sqlx::query("select set_config('lock_timeout', $1, false)")
                .bind(format!("{}ms", LONGEST_WAIT.as_millis()))
                .execute(&mut connection)
                .await?;
            sqlx::query("select pg_advisory_lock($1, hashtext(encode($2, 'hex')))")
                .bind(LOCK_CLASS)
                .bind(self.credential.as_slice())
                .execute(&mut connection)
                .await?;
            Ok(connection)
        };
        let limit = LONGEST_WAIT + self.pool.options().get_acquire_timeout();
        let locked = answered(limit, take).await;
        match locked {
            Ok(connection) => Ok(Some(RenewalLock(connection))),
            Err(sqlx::Error::Database(refused)) if refused.code().as_deref() == Some("55P03") => {
                Ok(None)
            }
            Err(source) => Err(failed(source)),
        }
    }
}
