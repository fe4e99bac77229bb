//! The token that all processes share: in the database, sealed.

use std::time::Duration;

use database::SharedToken;
use extract::{KeptToken, RenewalRight, ShelfError, TokenShelf};
use futures::future::BoxFuture;
use ring::error::Unspecified;
use secrecy::SecretString;
use sqlx::PgPool;
use tracing::{debug, warn};

use crate::pace::credential_hash;
use crate::seal::Seal;

/// The newest token of one credential, out of the row that all processes share.
///
/// Only the secret that got a token opens it: with a wrong secret the row holds none, and 104 is
/// asked, which refuses.
pub(crate) struct SharedByDatabase {
    shared: SharedToken,
    seal: Result<Seal, Unspecified>,
}

impl SharedByDatabase {
    pub(crate) fn new(pool: PgPool, config: &extract::Config) -> Self {
        let credential = credential_hash(config);
        let seal = Seal::new(&config.client_secret, credential);
        Self { shared: SharedToken::new(pool, credential), seal }
    }

    fn seal(&self) -> Result<&Seal, ShelfError> {
        self.seal.as_ref().map_err(|error| ShelfError::new(*error))
    }
}

impl TokenShelf for SharedByDatabase {
    fn newest(&self) -> BoxFuture<'_, Result<Option<KeptToken>, ShelfError>> {
        Box::pin(async {
            let Some(kept) = self.shared.newest().await.map_err(ShelfError::new)? else {
                return Ok(None);
            };
            let opened = self.seal()?.open(&kept.sealed);
            if opened.is_none() {
                debug!("the shared token was sealed with another secret, so it counts as none");
            }
            Ok(opened.map(|token| KeptToken { token, remaining: kept.remaining }))
        })
    }

    fn put(&self, token: SecretString, life: Duration) -> BoxFuture<'_, Result<(), ShelfError>> {
        Box::pin(async move {
            let sealed = self.seal()?.close(&token).map_err(ShelfError::new)?;
            self.shared.put(&sealed, life).await.map_err(ShelfError::new)
        })
    }

    fn renewal(&self) -> BoxFuture<'_, Result<RenewalRight, ShelfError>> {
        Box::pin(async {
            let lock = self.shared.renewal().await.map_err(ShelfError::new)?;
            if lock.is_none() {
                warn!(
                    "another process has been asking 104 for a token for long; this one asks too"
                );
            }
            Ok(RenewalRight::new(lock))
        })
    }
}
