//! What a backfill will cost in calls, out of what it comes to: pure arithmetic.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{CompanyNo, Source};

use super::standing::Planned;
use crate::settings::FilesWhen;

/// What a backfill of one company comes to.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The company.
    pub company: CompanyNo,
    /// The windows that are left, source by source. Certain.
    pub windows: BTreeMap<Source, Planned>,
    /// Calls for their lists. Certain, unless 104 cuts a list short.
    pub list_calls: u64,
    /// Resumes that are listed and still to be asked for, each once for its hours. Certain.
    pub resumes: u64,
    /// Of these, the ones that are held and asked for again: of them only what changed has files to
    /// fetch.
    pub held: u64,
    /// Calls for these. Certain.
    pub resume_calls: u64,
    /// Files that stand open and that the backfill takes up, whichever left them. Certain.
    pub waiting_files: u64,
    /// Calls for fresh tokens of these: ten resumes each.
    pub waiting_renewals: f64,
    /// What is not listed yet, and files: by the ledger's averages, if it has any.
    pub estimate: Option<Estimate>,
    /// When files are fetched: otherwise than now, they cost nothing here.
    pub files: FilesWhen,
    /// Time between two calls at the limit.
    pub spacing: Duration,
    /// The first company of its credential, whose limit and access tokens it shares.
    pub(super) credential: CompanyNo,
}

/// What follows from averages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Closed windows that the averages are made of.
    pub from_windows: u64,
    /// Resumes of the windows that are not listed yet.
    pub resumes: f64,
    /// Calls for these.
    pub resume_calls: f64,
    /// Files of all resumes that are to be asked for, save the held ones; `None` while nobody's
    /// files are known.
    pub files: Option<f64>,
    /// Calls for fresh tokens of files that wait too long: ten resumes each.
    pub renewals: f64,
}

impl Forecast {
    /// All calls, token calls included, by what is known.
    pub fn calls(&self) -> f64 {
        with_token_calls(self.calls_without_tokens(), self.spacing)
    }

    /// How long these take at the limit.
    pub fn duration(&self) -> Duration {
        self.spacing.mul_f64(self.calls())
    }

    fn calls_without_tokens(&self) -> f64 {
        let certain = self.list_calls + self.resume_calls + self.waiting_files;
        let guessed = self.estimate.map_or(0.0, |it| it.resume_calls + self.file_calls(&it));
        float(certain) + self.waiting_renewals + guessed
    }

    fn file_calls(&self, estimate: &Estimate) -> f64 {
        match self.files {
            FilesWhen::Now => estimate.files.unwrap_or(0.0) + estimate.renewals,
            FilesWhen::Later | FilesWhen::None => 0.0,
        }
    }
}

/// All calls of several companies, and how long they take: those of one credential share its limit
/// and its access tokens; others go on beside them.
pub fn together(forecasts: &[Forecast]) -> (f64, Duration) {
    let mut credentials: BTreeMap<&CompanyNo, (f64, Duration)> = BTreeMap::new();
    for forecast in forecasts {
        let (calls, _) = credentials.entry(&forecast.credential).or_insert((0.0, forecast.spacing));
        *calls += forecast.calls_without_tokens();
    }
    let all = credentials.into_values().map(|(calls, spacing)| {
        let calls = with_token_calls(calls, spacing);
        (calls, spacing.mul_f64(calls))
    });
    all.fold((0.0, Duration::ZERO), |(calls, took), (more, takes)| (calls + more, took.max(takes)))
}

/// With those for access tokens, which live an hour as a rule.
fn with_token_calls(calls: f64, spacing: Duration) -> f64 {
    if calls > 0.0 { calls + 1.0 + (spacing.as_secs_f64() * calls / 3600.0).floor() } else { 0.0 }
}

pub(super) fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(company: &str, credential: &str, list_calls: u64) -> Forecast {
        Forecast {
            company: company.parse().unwrap(),
            windows: BTreeMap::new(),
            list_calls,
            resumes: 0,
            held: 0,
            resume_calls: 0,
            waiting_files: 0,
            waiting_renewals: 0.0,
            estimate: None,
            files: FilesWhen::Now,
            spacing: Duration::from_millis(500),
            credential: credential.parse().unwrap(),
        }
    }

    fn seconds(forecasts: &[Forecast]) -> (f64, u64) {
        let (calls, took) = together(forecasts);
        (calls, took.as_secs())
    }

    #[test]
    fn companies_of_one_credential_share_its_token_and_its_limit() {
        let (one, two) = ("12345675", "01234567");
        assert_eq!(seconds(&[of(one, one, 9), of(two, one, 10)]), (20.0, 10));
        assert_eq!(seconds(&[of(one, one, 9), of(two, two, 19)]), (30.0, 10));
        assert_eq!(seconds(&[of(one, one, 9), of(two, one, 0)]), (10.0, 5));
        assert_eq!(seconds(&[of(one, one, 0)]), (0.0, 0));
        assert!((of(two, one, 9).calls() - 10.0).abs() < 1e-9, "alone it needs one");
    }
}
