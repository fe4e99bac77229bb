//! Asking within a budget: the calls are counted, and what finds no call left is written down.

use extract::{Answer, Client, Error, Question, Resource};
use jiff::civil::Date;
use model::{CompanyNo, Source};
use secrecy::SecretString;

/// Who asks: one company's client, its tokens, and how many calls are left.
pub(crate) struct Asking {
    pub(crate) client: Client,
    pub(crate) company: CompanyNo,
    budget: u64,
    tokens: Vec<SecretString>,
    /// The first of the tokens that 104 has not refused.
    current: usize,
    left_out: Vec<&'static str>,
}

/// The parameters of a question.
pub(crate) type Query = Vec<(&'static str, String)>;

impl Asking {
    pub(crate) fn new(client: Client, company: CompanyNo, budget: u64) -> Self {
        Self { client, company, budget, tokens: Vec::new(), current: 0, left_out: Vec::new() }
    }

    /// Calls that may still be made.
    pub(crate) fn left(&self) -> u64 {
        self.budget.saturating_sub(self.client.calls().total)
    }

    /// What was not asked since no call was left.
    pub(crate) fn left_out(&self) -> Vec<String> {
        self.left_out.iter().map(|what| (*what).to_owned()).collect()
    }

    pub(crate) fn leave_out(&mut self, what: &'static str) {
        if !self.left_out.contains(&what) {
            self.left_out.push(what);
        }
    }

    /// One more token, used once those before it are refused.
    pub(crate) fn add_token(&mut self, token: SecretString) {
        self.tokens.push(token);
    }

    pub(crate) fn tokens(&self) -> &[SecretString] {
        &self.tokens
    }

    /// How many tokens 104 has refused.
    pub(crate) fn refused_tokens(&self) -> usize {
        self.current
    }

    pub(crate) fn bearer(&self) -> Option<&SecretString> {
        self.tokens.get(self.current)
    }

    /// Asks, right or wrong; `None` when no call is left.
    pub(crate) async fn raw(
        &mut self,
        what: &'static str,
        question: Question,
    ) -> Result<Option<Answer>, Error> {
        let left = self.left();
        if left == 0 {
            self.leave_out(what);
            return Ok(None);
        }
        let question = question.at_most(u32::try_from(left).unwrap_or(u32::MAX));
        self.client.ask(&question).await.map(Some)
    }

    /// Asks what should be answered, under the next token if one is refused. What concerns all
    /// calls is an error.
    pub(crate) async fn ask(
        &mut self,
        what: &'static str,
        resource: Resource,
        query: Query,
    ) -> Result<Option<Answer>, Error> {
        loop {
            let company = self.company.clone();
            let question =
                Question::resource(resource, query.clone(), Some(&company), self.bearer());
            let Some(answer) = self.raw(what, question).await? else { return Ok(None) };
            if answer.is_unauthorized() && self.current + 1 < self.tokens.len() {
                self.current += 1;
                continue;
            }
            return match answer.end_of_all() {
                Some(error) => Err(error),
                None => Ok(Some(answer)),
            };
        }
    }
}

/// The parameters of a window; without hours they are left out.
pub(crate) fn window(date: Date, hours: Option<(u8, u8)>, source: Option<Source>) -> Query {
    let mut query = vec![("date", date.to_string())];
    if let Some((start, end)) = hours {
        query.extend([("startTime", start.to_string()), ("endTime", end.to_string())]);
    }
    query.extend(source.map(|source| ("flag", extract::flag(source).to_owned())));
    query
}
