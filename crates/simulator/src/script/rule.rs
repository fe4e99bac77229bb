//! Which calls an action befalls.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::action::{Action, Actions};
use crate::journal::Endpoint;
use crate::locked::locked;

/// A rule of the script. All conditions that are given must hold; `nth`, `every`, `first` and `after` count the
/// calls for which the others hold, from 1. Calls that the limiter refused are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// A name for the journal.
    pub name: Option<String>,
    /// The endpoint.
    pub endpoint: Option<Endpoint>,
    /// This call only.
    pub nth: Option<u64>,
    /// Each so-manieth call.
    pub every: Option<u64>,
    /// The first so many calls.
    pub first: Option<u64>,
    /// All but the first so many calls.
    pub after: Option<u64>,
    /// An id among those asked for.
    pub id: Option<String>,
    /// The company number in the header.
    pub company: Option<String>,
    /// The date asked for, `yyyy-MM-dd`.
    pub date: Option<String>,
    /// An hour inside the window asked for.
    pub hour: Option<u8>,
    /// The source asked for: 0, 1 or 2.
    pub flag: Option<u8>,
    /// The credential.
    pub client_id: Option<String>,
    /// What happens.
    pub then: Actions,
}

impl Rule {
    /// A rule for every call of an endpoint.
    pub fn on(endpoint: Endpoint) -> Self {
        Self { endpoint: Some(endpoint), ..Self::default() }
    }

    /// Only the `n`th matching call, from 1.
    #[must_use]
    pub fn nth(self, n: u64) -> Self {
        Self { nth: Some(n), ..self }
    }

    /// Only the first `n` matching calls.
    #[must_use]
    pub fn first(self, n: u64) -> Self {
        Self { first: Some(n), ..self }
    }

    /// Each `n`th matching call.
    #[must_use]
    pub fn every(self, n: u64) -> Self {
        Self { every: Some(n), ..self }
    }

    /// Only calls that ask for an id.
    #[must_use]
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Adds what happens.
    #[must_use]
    pub fn then(mut self, action: Action) -> Self {
        self.then.0.push(action);
        self
    }

    fn is_about(&self, facts: &Facts) -> bool {
        let same =
            |wanted: &Option<String>, given: &Option<String>| wanted.is_none() || wanted == given;
        self.endpoint.is_none_or(|endpoint| endpoint == facts.endpoint)
            && self.id.as_ref().is_none_or(|id| facts.ids.contains(id))
            && same(&self.company, &facts.company)
            && same(&self.date, &facts.date)
            && same(&self.client_id, &facts.client_id)
            && self.hour.is_none_or(|hour| {
                facts.hours.is_some_and(|(start, end)| (start..end).contains(&hour))
            })
            && self.flag.is_none_or(|flag| facts.flag == Some(flag))
    }

    fn is_due(&self, count: u64) -> bool {
        self.nth.is_none_or(|nth| count == nth)
            && self.every.is_none_or(|every| every > 0 && count.is_multiple_of(every))
            && self.first.is_none_or(|first| count <= first)
            && self.after.is_none_or(|after| count > after)
    }
}

/// What a rule can see of a call.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) endpoint: Endpoint,
    pub(crate) client_id: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) date: Option<String>,
    pub(crate) hours: Option<(u8, u8)>,
    pub(crate) flag: Option<u8>,
    pub(crate) ids: Vec<String>,
}

/// All rules, each with its count.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<Vec<(Rule, u64)>>);

impl Script {
    pub(crate) fn add(&self, rule: Rule) {
        locked(&self.0).push((rule, 0));
    }

    pub(crate) fn clear(&self) {
        locked(&self.0).clear();
    }

    /// Counts a call, and tells what befalls it and by which rules.
    pub(crate) fn consult(&self, facts: &Facts) -> (Vec<Action>, Vec<String>) {
        let mut actions = Vec::new();
        let mut names = Vec::new();
        for (number, (rule, count)) in locked(&self.0).iter_mut().enumerate() {
            if !rule.is_about(facts) {
                continue;
            }
            *count += 1;
            if rule.is_due(*count) {
                actions.extend(rule.then.0.iter().cloned());
                names.push(rule.name.clone().unwrap_or_else(|| format!("#{number}")));
            }
        }
        (actions, names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(rule: &Rule, facts: &Facts) -> Vec<bool> {
        let script = Script::default();
        script.add(rule.clone().then(Action::EmptyBody));
        (0..6).map(|_| !script.consult(facts).0.is_empty()).collect()
    }

    #[test]
    fn rules_count_the_calls_that_they_are_about() {
        let facts = Facts {
            endpoint: Endpoint::QueryBatch,
            client_id: Some("demo".into()),
            company: Some("01234567".into()),
            date: Some("2025-08-22".into()),
            hours: Some((9, 12)),
            flag: Some(1),
            ids: vec!["1".into(), "2".into()],
        };
        let rule = || Rule::on(Endpoint::QueryBatch);
        assert_eq!(hits(&rule(), &facts), [true; 6]);
        assert_eq!(hits(&rule().nth(2), &facts), [false, true, false, false, false, false]);
        assert_eq!(hits(&rule().first(2), &facts), [true, true, false, false, false, false]);
        assert_eq!(hits(&rule().every(3), &facts), [false, false, true, false, false, true]);
        let after = Rule { after: Some(4), ..rule() };
        assert_eq!(hits(&after, &facts), [false, false, false, false, true, true]);
        for matching in [
            rule().id("2"),
            Rule { hour: Some(11), flag: Some(1), date: facts.date.clone(), ..rule() },
            Rule {
                client_id: Some("demo".into()),
                company: facts.company.clone(),
                ..Rule::default()
            },
        ] {
            assert_eq!(hits(&matching, &facts), [true; 6], "{matching:?}");
        }
        for other in [
            Rule::on(Endpoint::Query),
            rule().id("3"),
            Rule { hour: Some(12), ..rule() },
            Rule { flag: Some(0), ..rule() },
            Rule { date: Some("2025-08-23".into()), ..rule() },
            Rule { client_id: Some("else".into()), ..rule() },
        ] {
            assert_eq!(hits(&other, &facts), [false; 6], "{other:?}");
        }
    }
}
