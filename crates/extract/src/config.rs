//! What a client needs to know of one credential and of the way to 104.

use std::fmt;
use std::time::Duration;

use network::Proxy;
use secrecy::SecretString;
use url::Url;

use crate::clock::Clock;
use crate::room;

/// One credential, the addresses it is good for, and the bounds of every call.
#[derive(Clone)]
pub struct Config {
    /// Where tokens are asked for.
    pub token_url: Url,
    /// The folder that the resource paths (`resumes/queryList`, …) are appended to.
    pub base_url: Url,
    /// The id that 104 sent the company by mail.
    pub client_id: String,
    /// The secret that came with it.
    pub client_secret: SecretString,
    /// Calls that may start in any second; 104's limit is 3 (documented). See
    /// [`Config::spacing`].
    pub calls_per_second: f64,
    /// Calls under way at once. Files may take all but two, so that resumes always find room.
    pub in_flight: usize,
    /// A proxy for every call whose host does not go past it; without one no call takes any.
    pub proxy: Option<Proxy>,
    /// Certificates (PEM, one or more) trusted beside those of the system.
    pub ca_pem: Option<Vec<u8>>,
    /// How often and how long one call is tried.
    pub retry: RetryBudget,
    /// The first back-off delay at most; it doubles up to 30 s.
    pub first_backoff: Duration,
    /// How long a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// How long a whole JSON answer may take. A file may take as long as it moves: each stretch of
    /// this length must bring some of it.
    pub response_timeout: Duration,
    /// How long 104 may stay silent within an answer.
    pub read_timeout: Duration,
    /// The largest JSON answer, bytes.
    pub max_body: usize,
    /// Tells when an answer arrived; the host's if nobody sets it.
    pub clock: Clock,
}

/// How often and how long one call is tried, waits for its turn not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryBudget {
    /// Attempts in all, the first one included.
    pub max_attempts: u32,
    /// Time in attempts, back-off and throttle waits.
    pub max_elapsed: Duration,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self { max_attempts: 8, max_elapsed: Duration::from_mins(5) }
    }
}

impl Config {
    /// A credential with the defaults for everything else.
    pub fn new(
        token_url: Url,
        base_url: Url,
        client_id: String,
        client_secret: SecretString,
    ) -> Self {
        Self {
            token_url,
            base_url,
            client_id,
            client_secret,
            calls_per_second: 3.0,
            in_flight: 8,
            proxy: None,
            ca_pem: None,
            retry: RetryBudget::default(),
            first_backoff: Duration::from_millis(500),
            connect_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_mins(1),
            read_timeout: Duration::from_secs(30),
            max_body: 64 * 1024 * 1024,
            clock: Clock::of_host(),
        }
    }

    /// The time between two starts as long as nothing is known of the way to 104: 1.1 s over
    /// `calls_per_second`, so 367 ms at 3. Arrival gaps shrink by the spread of the way's delay; even
    /// spacing of 367 ms keeps any second to three arrivals up to a spread of 100 ms. Where answers
    /// show that it is less, starts come as close as 350 ms, which does up to a spread of 50 ms.
    ///
    /// A rate that is no positive number counts as one call a second.
    pub fn spacing(&self) -> Duration {
        spacing(self.calls_per_second, room::MOST)
    }
}

/// The time between two starts, if a second's worth of them is to take that much longer than a second.
pub(crate) fn spacing(calls_per_second: f64, room: Duration) -> Duration {
    let second = Duration::from_secs(1) + room;
    Duration::try_from_secs_f64(second.as_secs_f64() / calls_per_second).unwrap_or(second)
}

impl fmt::Debug for Config {
    /// Without the secret, and without what a proxy's URL may hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("token_url", &self.token_url.as_str())
            .field("base_url", &self.base_url.as_str())
            .field("client_id", &self.client_id)
            .field("calls_per_second", &self.calls_per_second)
            .field("in_flight", &self.in_flight)
            .field("proxy", &self.proxy)
            .field("ca_pem", &self.ca_pem.is_some())
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let url: Url = "http://127.0.0.1:1/x".parse().unwrap();
        Config::new(url.clone(), url, "id".into(), "tell-nobody".to_owned().into())
    }

    #[test]
    fn three_calls_a_second_are_350_to_367_ms_apart() {
        assert_eq!(config().spacing().as_millis(), 366);
        assert_eq!(spacing(3.0, Duration::from_millis(50)), Duration::from_millis(350));
        let nonsense = Config { calls_per_second: 0.0, ..config() };
        assert_eq!(nonsense.spacing(), Duration::from_millis(1100));
    }

    #[test]
    fn debug_shows_no_secret() {
        let url = "http://user:hush@proxy:3128".parse().unwrap();
        let proxy = Some(Proxy::new(url, ""));
        let shown = format!("{:?}", Config { proxy, ..config() });
        assert!(!shown.contains("tell-nobody") && !shown.contains("hush"), "{shown}");
    }
}
