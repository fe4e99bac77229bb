//! The token that every resource call carries.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::answer::{Unreadable, parse_json};
use crate::call::CredentialStyle;
use crate::shelf::KeptToken;

/// How long a token is taken to live when 104 does not say.
const UNSTATED_LIFE: Duration = Duration::from_mins(10);
/// No token is trusted for longer; 104 says an hour or so.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// No token is taken to live shorter: asking for one before each call would cost more than to find
/// out by a 401 that it is over.
const SHORTEST_LIFE: Duration = Duration::from_secs(10);

/// What a token call brought.
pub(crate) struct Granted {
    secret: SecretString,
    life: Duration,
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Granted(for {:?})", self.life)
    }
}

#[derive(Deserialize)]
struct Wire<'a> {
    access_token: String,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
}

impl Granted {
    /// Reads the answer of the token URL. `expires_in` may be a number, text, zero or missing.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        let wire: Wire<'_> = parse_json(body)?;
        let is_usable = !wire.access_token.is_empty()
            && wire.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_usable {
            return Err(Unreadable::new("`access_token` is empty or holds odd characters"));
        }
        let seconds = wire
            .expires_in
            .and_then(|raw| raw.get().trim_matches('"').trim().parse::<f64>().ok())
            .filter(|seconds| *seconds > 0.0);
        let life = match seconds {
            Some(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_LIFE),
            None => UNSTATED_LIFE,
        };
        Ok(Self { secret: wire.access_token.into(), life: life.clamp(SHORTEST_LIFE, LONGEST_LIFE) })
    }
}

/// A token in use. Its serial number tells it from the ones before and after it.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    serial: u64,
    /// Whether 104 gave it to this process; otherwise it comes from the shelf.
    pub(crate) is_own: bool,
    renew_at: Instant,
}

impl Token {
    /// How long it may still be used.
    pub(crate) fn remaining(&self) -> Duration {
        self.renew_at.saturating_duration_since(Instant::now())
    }

    fn is_same(&self, secret: &SecretString) -> bool {
        self.secret.expose_secret() == secret.expose_secret()
    }
}

/// The token of a credential that this process uses, if there is one. Renewing needs no lock of
/// its own here: it is done by whoever holds the turn in the gate, and all others wait for it.
#[derive(Default)]
pub(crate) struct TokenStore(Mutex<State>);

#[derive(Default)]
struct State {
    current: Option<Token>,
    /// The newest of the tokens that 104 refused.
    refused: Option<Token>,
    last_serial: u64,
    style: Option<CredentialStyle>,
    are_credentials_refused: bool,
}

impl TokenStore {
    /// The current token, unless it is about to expire.
    pub(crate) fn fresh(&self) -> Option<Token> {
        self.state().current.clone().filter(|token| Instant::now() < token.renew_at)
    }

    /// Takes 104's new token; it is renewed a minute, or a tenth of its life, before its end.
    pub(crate) fn put(&self, granted: Granted, asked_at: Instant, style: CredentialStyle) -> Token {
        let margin = Duration::from_mins(1).min(granted.life / 10);
        let mut state = self.state();
        state.style = Some(style);
        state.adopt(granted.secret, true, asked_at + granted.life.saturating_sub(margin))
    }

    /// Takes the shelf's token over, unless it is the one that 104 refused last. Its end already
    /// has the margin.
    pub(crate) fn take(&self, kept: KeptToken, asked_at: Instant) -> Option<Token> {
        let mut state = self.state();
        let is_refused = state.refused.as_ref().is_some_and(|token| token.is_same(&kept.token));
        let remaining = kept.remaining.min(LONGEST_LIFE);
        (!is_refused).then(|| state.adopt(kept.token, false, asked_at + remaining))
    }

    /// 104 refused that token: forgets it, unless another has taken its place.
    pub(crate) fn refuse(&self, token: &Token) {
        let mut state = self.state();
        state.current.take_if(|current| current.serial == token.serial);
        if state.refused.as_ref().is_none_or(|last| last.serial < token.serial) {
            state.refused = Some(token.clone());
        }
    }

    /// 104 refused id and secret: nothing is left to try.
    pub(crate) fn refuse_credentials(&self) {
        self.state().are_credentials_refused = true;
    }

    /// The styles to try: the one that worked alone if any did, none after a refusal.
    pub(crate) fn styles(&self) -> Vec<CredentialStyle> {
        let state = self.state();
        match state.style {
            _ if state.are_credentials_refused => Vec::new(),
            Some(style) => vec![style],
            None => vec![CredentialStyle::Form, CredentialStyle::Basic],
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn adopt(&mut self, secret: SecretString, is_own: bool, renew_at: Instant) -> Token {
        self.last_serial += 1;
        let token = Token { secret, serial: self.last_serial, is_own, renew_at };
        self.current = Some(token.clone());
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn life(body: &str, seconds: u64) {
        let granted = Granted::parse(body.as_bytes()).unwrap();
        assert_eq!(granted.secret.expose_secret(), "t");
        assert_eq!(granted.life, Duration::from_secs(seconds), "{body}");
    }

    #[test]
    fn expires_in_is_read_tolerantly() {
        life(r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#, 3600);
        life(r#"{"access_token":"t","expires_in":"1800"}"#, 1800);
        life(r#"{"access_token":"t","expires_in":90.0}"#, 90);
        for stated in ["0", "-1", "null", r#""soon""#, "{}", "[]", "true", r#""NaN""#, r#""-3600""#]
        {
            life(&format!(r#"{{"access_token":"t","expires_in":{stated}}}"#), 600);
        }
        life(r#"{"access_token":"t"}"#, 600);
        life(r#"{"access_token":"t","expires_in":1e300}"#, 86_400);
        life(r#"{"access_token":"t","expires_in":"inf"}"#, 86_400);
        life(r#"{"access_token":"t","expires_in":1790000000}"#, 86_400);
        life(r#"{"access_token":"t","expires_in":0.001}"#, 10);
        life(r#"{"access_token":"t","expires_in":"1"}"#, 10);
    }

    #[test]
    fn other_answers_are_unreadable_and_say_nothing_of_their_content() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\nb"}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":null}"#,
            r#"{"access_token":"a b"}"#,
            r#"["t"]"#,
        ] {
            let error = Granted::parse(body.as_bytes()).unwrap_err();
            assert!(!format!("{error:?}").contains("html"), "{error:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_before_its_end() {
        for (life, renewed_after) in [(3600, 3540), (100, 90)] {
            let store = TokenStore::default();
            assert!(store.fresh().is_none());
            let granted =
                Granted { secret: "t".to_owned().into(), life: Duration::from_secs(life) };
            store.put(granted, Instant::now(), CredentialStyle::Form);
            tokio::time::advance(Duration::from_secs(renewed_after - 1)).await;
            assert!(store.fresh().is_some());
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(store.fresh().is_none());
        }
    }

    #[tokio::test]
    async fn only_the_current_token_can_be_refused() {
        let granted = || Granted::parse(br#"{"access_token":"t"}"#).unwrap();
        let store = TokenStore::default();
        let first = store.put(granted(), Instant::now(), CredentialStyle::Basic);
        let second = store.put(granted(), Instant::now(), CredentialStyle::Basic);
        store.refuse(&first);
        assert!(store.fresh().is_some());
        store.refuse(&second);
        assert!(store.fresh().is_none());
        assert_eq!(store.styles(), [CredentialStyle::Basic]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_kept_token_is_taken_over_unless_it_is_the_refused_one() {
        let kept = |name: &str| KeptToken { token: name.into(), remaining: UNSTATED_LIFE };
        let store = TokenStore::default();
        let one = store.take(kept("one"), Instant::now()).unwrap();
        assert!(!one.is_own);
        assert_eq!(one.remaining(), UNSTATED_LIFE);
        let two = store.take(kept("two"), Instant::now()).unwrap();
        store.refuse(&two);
        store.refuse(&one);
        assert!(
            store.take(kept("two"), Instant::now()).is_none(),
            "a late refusal changes nothing"
        );
        assert!(store.fresh().is_none());
        assert!(store.take(kept("three"), Instant::now()).is_some());
    }
}
