//! Tokens, the company's header, and questions that are wrong on purpose.

use extract::{CredentialStyle, Error, Question, Resource};
use jiff::SignedDuration;
use model::taiwan_date_hour;
use secrecy::SecretString;
use serde_json::Value;

use crate::asking::{Query, window};
use crate::facts::{ExpiresIn, Look, Slip, TokenType};
use crate::story::Probe;

impl Probe {
    /// Two tokens side by side, by the form and by Basic.
    pub(crate) async fn tokens(&mut self) -> Result<(), Error> {
        let mut refusal = None;
        for style in [CredentialStyle::Form, CredentialStyle::Basic] {
            let what = "a second token";
            let Some(answer) = self.asking.raw(what, Question::token(style)).await? else {
                continue;
            };
            let look = Some(Look::of(&answer));
            match style {
                CredentialStyle::Form => self.facts.token.by_form = look,
                CredentialStyle::Basic => self.facts.token.by_basic = look,
            }
            if let Some(sent_at) = answer.sent_at {
                let ahead = answer.arrived_at.duration_since(sent_at).as_secs();
                self.facts.token.clock_ahead_seconds.get_or_insert(ahead);
            }
            if let Some(error) = answer.end_of_all() {
                refusal.get_or_insert(error);
                continue;
            }
            let body: Value = serde_json::from_slice(answer.body.expose()).unwrap_or_default();
            let Some(token) = body["access_token"].as_str().filter(|token| !token.is_empty())
            else {
                refusal.get_or_insert(answer.without_token());
                continue;
            };
            self.asking.add_token(SecretString::from(token.to_owned()));
            let facts = &mut self.facts.token;
            facts.token_type.get_or_insert(token_type(&body["token_type"]));
            let (expires_in, seconds) = expires_in(&body["expires_in"]);
            facts.expires_in.get_or_insert(expires_in);
            facts.expires_in_seconds = facts.expires_in_seconds.or(seconds);
        }
        match (self.asking.tokens().is_empty(), refusal) {
            (true, Some(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// 104's clock, as far as it tells it; else this host's.
    pub(crate) fn now_at_104(&self) -> (jiff::civil::Date, u8) {
        let ahead = self.facts.token.clock_ahead_seconds.unwrap_or(0);
        let now = self.clock.now();
        taiwan_date_hour(now.checked_sub(SignedDuration::from_secs(ahead)).unwrap_or(now))
    }

    /// Wrong dates, hours and flags, a made-up token, no company.
    pub(crate) async fn slips(&mut self) -> Result<(), Error> {
        let date = self.busy_day().unwrap_or(self.now_at_104().0);
        let right = || window(date, Some((9, 10)), None);
        let with = |name: &str, value: &str| -> Query {
            let change = |(known, old): (&'static str, String)| {
                if known == name { (known, value.to_owned()) } else { (known, old) }
            };
            right().into_iter().map(change).collect()
        };
        let written = date.to_string().replace('-', "/");
        self.slip("a date with slashes", Resource::List, with("date", &written), 996).await?;
        self.slip("hours beyond 24", Resource::List, with("endTime", "25"), 897).await?;
        let flag = [right(), vec![("flag", "9".to_owned())]].concat();
        self.slip("a flag of 9", Resource::List, flag, 896).await?;
        let id = [right(), vec![("idno", "x".to_owned())]].concat();
        self.slip("an id of one letter", Resource::Resume, id, 898).await?;
        let file = vec![("fileId", "no-such-file".to_owned())];
        self.slip("a file that is none", Resource::Headshot, file, 895).await?;

        let bearer = self.asking.bearer().cloned();
        let without =
            Question::resource(Resource::List, right(), None, bearer.as_ref()).on_purpose();
        let answer = self.asking.raw("a list without the company's header", without).await?;
        self.facts.header.without = answer.as_ref().map(Look::of);
        Ok(())
    }

    pub(crate) async fn slip(
        &mut self,
        what: &'static str,
        resource: Resource,
        query: Query,
        expected_code: i64,
    ) -> Result<(), Error> {
        let company = self.asking.company.clone();
        let bearer = self.asking.bearer().cloned();
        let question =
            Question::resource(resource, query, Some(&company), bearer.as_ref()).on_purpose();
        if let Some(answer) = self.asking.raw(what, question).await? {
            let got = Look::of(&answer);
            self.facts.slips.push(Slip { what: what.to_owned(), expected_code, got });
        }
        Ok(())
    }
}

fn token_type(value: &Value) -> TokenType {
    match value.as_str() {
        Some(word) if word.eq_ignore_ascii_case("bearer") => TokenType::Bearer,
        None if value.is_null() => TokenType::Absent,
        Some(_) | None => TokenType::Other,
    }
}

fn expires_in(value: &Value) -> (ExpiresIn, Option<u64>) {
    match value {
        Value::Null => (ExpiresIn::Absent, None),
        Value::Number(number) => (ExpiresIn::Number, number.as_u64()),
        Value::String(text) => (ExpiresIn::Text, text.trim().parse().ok()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => (ExpiresIn::Other, None),
    }
}
