//! Where the newest token of a credential is kept, beyond this process.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::error::Cause;

/// The newest token of one credential, over all processes that share it (A-02: a new one may
/// revoke the one before).
///
/// The client looks here before it asks 104, and again when 104 refused its token. It trusts
/// nothing of what it finds: a token that 104 refuses is passed over.
pub trait TokenShelf: Send + Sync + 'static {
    /// The token that was put last; `None` if there is none, its time is over, or it can't be read.
    fn newest(&self) -> BoxFuture<'_, Result<Option<KeptToken>, ShelfError>>;

    /// Puts a token in the place of the one before; it may be used for so long from now. Whoever
    /// calls `newest` after this has resolved finds it, in any process.
    fn put(&self, token: SecretString, life: Duration) -> BoxFuture<'_, Result<(), ShelfError>>;

    /// Resolves when this process may ask 104 for a token; the others wait until the right is
    /// dropped, and should then find a new token.
    ///
    /// The wait must be bounded: two tokens at once cost a call, a right that is never given back
    /// would cost everything.
    fn renewal(&self) -> BoxFuture<'_, Result<RenewalRight, ShelfError>>;
}

/// A token as the shelf gives it.
pub struct KeptToken {
    /// What the calls carry.
    pub token: SecretString,
    /// How long it may still be used.
    pub remaining: Duration,
}

/// The right to ask 104 for a token, until it is dropped.
pub struct RenewalRight(#[expect(dead_code, reason = "held until it is dropped")] Box<dyn Send>);

impl RenewalRight {
    /// A right that is given back when `guard` is dropped.
    pub fn new(guard: impl Send + 'static) -> Self {
        Self(Box::new(guard))
    }
}

/// The shelf can't be asked.
#[derive(Debug)]
pub struct ShelfError(Cause);

impl ShelfError {
    /// With its cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for ShelfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shared token can't be asked for")
    }
}

impl std::error::Error for ShelfError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

/// A shelf in this process's memory, for `check` and `probe` without a database.
#[derive(Debug, Default)]
pub struct LocalShelf {
    kept: Mutex<Option<(SecretString, Instant)>>,
    renewal: Arc<tokio::sync::Mutex<()>>,
}

impl LocalShelf {
    /// An empty shelf.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Option<(SecretString, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenShelf for LocalShelf {
    fn newest(&self) -> BoxFuture<'_, Result<Option<KeptToken>, ShelfError>> {
        let kept = self.kept().clone().and_then(|(token, until)| {
            let remaining = until.checked_duration_since(Instant::now())?;
            (!remaining.is_zero()).then_some(KeptToken { token, remaining })
        });
        Box::pin(async { Ok(kept) })
    }

    fn put(&self, token: SecretString, life: Duration) -> BoxFuture<'_, Result<(), ShelfError>> {
        *self.kept() = Some((token, Instant::now() + life));
        Box::pin(async { Ok(()) })
    }

    fn renewal(&self) -> BoxFuture<'_, Result<RenewalRight, ShelfError>> {
        Box::pin(async { Ok(RenewalRight::new(Arc::clone(&self.renewal).lock_owned().await)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use secrecy::ExposeSecret;

    #[tokio::test(start_paused = true)]
    async fn the_last_token_is_kept_for_its_life() {
        let shelf = LocalShelf::new();
        assert!(shelf.newest().await.unwrap().is_none());
        for token in ["one", "two"] {
            shelf.put(token.into(), Duration::from_mins(1)).await.unwrap();
        }
        tokio::time::advance(Duration::from_secs(59)).await;
        let kept = shelf.newest().await.unwrap().unwrap();
        assert_eq!(kept.token.expose_secret(), "two");
        assert_eq!(kept.remaining, Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(shelf.newest().await.unwrap().is_none());
    }

    #[test]
    fn one_at_a_time_may_renew() {
        let shelf = LocalShelf::new();
        let right = shelf.renewal().now_or_never().unwrap().unwrap();
        assert!(shelf.renewal().now_or_never().is_none());
        drop(right);
        assert!(shelf.renewal().now_or_never().is_some());
    }
}
