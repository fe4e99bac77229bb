//! Where a token comes from: this process, the shelf, 104, in this order.

use futures::future::BoxFuture;
use tokio::time::Instant;
use tracing::warn;

use crate::call::{Call, CredentialStyle};
use crate::client::{Read, Shared};
use crate::error::{Ending, Error, ErrorKind};
use crate::lanes::Turn;
use crate::shelf::ShelfError;
use crate::token::{Granted, Token};

/// So often one call is repeated because its token was refused. More than one repeat takes other
/// processes that replace the token each time.
const MOST_REPEATS: u32 = 3;

impl Shared {
    /// The current token, the shelf's, or a new one. The turn proves that no other call of this
    /// process is asking for one, the shelf's right that no other process is.
    pub(crate) fn token<'a>(&'a self, turn: &'a Turn) -> BoxFuture<'a, Result<Token, Error>> {
        Box::pin(async move {
            if let Some(token) = self.tokens.fresh() {
                return Ok(token);
            }
            let styles = self.tokens.styles();
            if styles.is_empty() {
                return Err(refused().with_detail("they are not shown again in this run"));
            }
            if let Some(token) = self.kept_token().await.map_err(no_shelf)? {
                return Ok(token);
            }
            let right = self.shelf.renewal().await.map_err(no_shelf)?;
            // While this process waited for the right, another one may have used it.
            if let Some(token) = self.kept_token().await.map_err(no_shelf)? {
                return Ok(token);
            }
            let mut refusal = None;
            for style in styles {
                let asked_at = Instant::now();
                let read: Read<Granted> = |arrival| Granted::parse(arrival.bytes());
                match self.drive(&Call::token(style), read, Some(turn)).await {
                    Ok((_, granted)) => {
                        let token = self.tokens.put(granted, asked_at, style);
                        self.put_on_shelf(&token).await;
                        drop(right);
                        return Ok(token);
                    }
                    Err(error) if error.kind() == ErrorKind::CredentialsRefused => {
                        refusal = Some(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            self.tokens.refuse_credentials();
            Err(refusal.unwrap_or_else(refused))
        })
    }

    /// Whether the refusal of a call's token, the `refusals`-th of that call, is the credential's.
    ///
    /// It is if 104 gave this process the token when the one before had been refused, and no
    /// process has a newer one.
    pub(crate) async fn is_credential_refused(
        &self,
        token: &Token,
        refusals: u32,
    ) -> Result<bool, Error> {
        self.tokens.refuse(token);
        if refusals > MOST_REPEATS {
            return Ok(true);
        }
        if refusals == 1 || !token.is_own || self.tokens.fresh().is_some() {
            return Ok(false);
        }
        Ok(self.kept_token().await.map_err(no_shelf)?.is_none())
    }

    /// The shelf's token, taken over unless it is one that 104 refused.
    async fn kept_token(&self) -> Result<Option<Token>, ShelfError> {
        let asked_at = Instant::now();
        let kept = self.shelf.newest().await?;
        Ok(kept.and_then(|kept| self.tokens.take(kept, asked_at)))
    }

    /// The token is good whether or not others can be told of it.
    async fn put_on_shelf(&self, token: &Token) {
        if let Err(error) = self.shelf.put(token.secret.clone(), token.remaining()).await {
            let error: &dyn std::error::Error = &error;
            warn!(error, "the new token can't be shared");
        }
    }
}

fn refused() -> Error {
    let operation = Call::token(CredentialStyle::Form).operation;
    Error::new(operation, ErrorKind::CredentialsRefused, Ending::StopCompany)
}

/// No shelf, no token: asked without it, 104 might revoke the token of all others.
fn no_shelf(error: ShelfError) -> Error {
    Error::new("looking for a token", ErrorKind::PaceUnavailable, Ending::StopRun)
        .with_source(Some(error.into()))
}
