//! The limiter, provoked: four calls within six tenths of a second, at two phases of the second.
//!
//! Two calls, a pause of 550 ms, two calls: a sliding second holds all four at any phase. A second of
//! the clock has its boundary within the pause at one of two phases that are half a second apart.

use std::time::Duration;

use extract::{Error, Question, Resource};
use futures::future::join_all;
use secrecy::SecretString;
use tokio::time::{Instant, sleep, sleep_until};

use crate::asking::window;
use crate::facts::{Look, Provocation, Trial};
use crate::story::Probe;

/// Between the two pairs of calls.
const PAUSE: Duration = Duration::from_millis(550);
/// Between two provocations, unless 104 wants longer; then, and beyond this, it is left alone.
const REST: Duration = Duration::from_secs(3);
const LONGEST_REST: Duration = Duration::from_secs(20);

impl Probe {
    /// Provokes it by one token, twice; by two tokens; by calls for tokens.
    pub(crate) async fn burst(&mut self) -> Result<(), Error> {
        let began = Instant::now();
        let half = Duration::from_millis(500);
        if self.asking.left() < 6 {
            self.asking.leave_out("provoking the limiter");
            return Ok(());
        }
        // Two connections stand before it begins: one that has yet to be opened waits for a slot.
        let client = &self.asking.client;
        let (one, two) = (self.call(self.asking.bearer()), self.call(self.asking.bearer()));
        for answer in join_all([client.ask_at_once(&one), client.ask_at_once(&two)]).await {
            drop(answer?);
        }
        for (what, phase) in [
            (Provocation::OneToken, Duration::ZERO),
            (Provocation::OneToken, half),
            (Provocation::TwoTokens, Duration::ZERO),
            (Provocation::TokenCalls, half),
        ] {
            if self.asking.left() < 4 {
                self.asking.leave_out("provoking the limiter");
                return Ok(());
            }
            sleep(REST).await;
            let seconds = began.elapsed().as_secs() + 1;
            sleep_until(began + Duration::from_secs(seconds) + phase).await;
            let trial = self.provoke(what).await?;
            let wanted = Duration::from_secs(trial.retry_after_seconds.unwrap_or(0));
            self.facts.burst.push(trial);
            if wanted > LONGEST_REST {
                return Ok(());
            }
            sleep(wanted).await;
        }
        Ok(())
    }

    async fn provoke(&self, what: Provocation) -> Result<Trial, Error> {
        let tokens = self.asking.tokens();
        let first = self.asking.bearer();
        let second = tokens.get(usize::from(self.asking.refused_tokens() == 0)).or(first);
        let (pair_one, pair_two) = match what {
            Provocation::OneToken => {
                ([self.call(first), self.call(first)], [self.call(first), self.call(first)])
            }
            Provocation::TwoTokens => {
                ([self.call(first), self.call(second)], [self.call(second), self.call(first)])
            }
            Provocation::TokenCalls => ([self.call(first), token()], [token(), self.call(first)]),
        };
        let client = &self.asking.client;
        let mut answers =
            join_all(pair_one.iter().map(|question| client.ask_at_once(question))).await;
        sleep(PAUSE).await;
        answers
            .extend(join_all(pair_two.iter().map(|question| client.ask_at_once(question))).await);
        let mut trial =
            Trial { what, calls: 4, throttled: 0, failed: Vec::new(), retry_after_seconds: None };
        for answer in answers {
            let answer = answer?;
            if answer.is_throttle() {
                trial.throttled += 1;
                let hint = answer.retry_after.map(|hint| hint.as_secs());
                trial.retry_after_seconds = trial.retry_after_seconds.max(hint);
            } else if !answer.is_answered() && !answer.is_unauthorized() {
                trial.failed.push(Look::of(&answer));
            }
        }
        Ok(trial)
    }

    fn call(&self, bearer: Option<&SecretString>) -> Question {
        let (date, hour) = self.now_at_104();
        let query = window(date, Some((hour, hour + 1)), None);
        Question::resource(Resource::List, query, Some(&self.asking.company), bearer)
    }
}

fn token() -> Question {
    Question::token(extract::CredentialStyle::Form)
}
