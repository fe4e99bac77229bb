//! Why a command ends otherwise than well, and the exit code a scheduler sees.

use pipeline::tally::{self, FailureKind, Tally};
use pipeline::verdict::verdict;

use crate::arguments::VERSION;
use crate::output::{Output, Tone};
use crate::screen::Screen;
use crate::settings::Problems;

/// A failed command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Settings are wrong; each problem names its remedy.
    Settings(Problems),
    /// What was asked for does not exist, or can't be done.
    Asked {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A part of the warehouse or of 104 failed.
    Part {
        /// How it counts.
        kind: FailureKind,
        /// What happened, with its causes.
        problem: String,
        /// What to do.
        remedy: String,
    },
}

impl Failure {
    /// Something that was asked for and is not there.
    pub(crate) fn asked(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Asked { problem: problem.into(), remedy: remedy.into() }
    }

    /// The exit code, as the README's table has it.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Asked { .. } => exit_code([FailureKind::Settings]),
            Self::Part { kind, .. } => exit_code([*kind]),
        }
    }

    /// The same as failures of a run, for its summary.
    pub(crate) fn into_counted(self) -> Vec<tally::Failure> {
        match self {
            Self::Settings(problems) => problems
                .0
                .into_iter()
                .map(|problem| tally::Failure {
                    kind: FailureKind::Settings,
                    at: format!("{} {}", problem.place, problem.setting).trim_end().to_owned(),
                    what: problem.what,
                    remedy: problem.remedy,
                    come_back_at: None,
                })
                .collect(),
            Self::Asked { problem, remedy } => vec![tally::Failure {
                kind: FailureKind::Settings,
                at: String::new(),
                what: problem,
                remedy,
                come_back_at: None,
            }],
            Self::Part { kind, problem, remedy } => {
                vec![tally::Failure {
                    kind,
                    at: String::new(),
                    what: problem,
                    remedy,
                    come_back_at: None,
                }]
            }
        }
    }

    /// Says it on stderr.
    pub(crate) fn print(&self, output: &Output) {
        let error = output.paint_err(Tone::Bad, "error:");
        match self {
            Self::Settings(problems) => {
                for problem in &problems.0 {
                    output.complain(format!("{error} {problem}"));
                }
            }
            Self::Asked { problem, remedy } | Self::Part { problem, remedy, .. } => {
                output.complain(format!("{error} {problem}\n  remedy: {remedy}"));
            }
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Settings(problems)
    }
}

impl From<resumes::Failure> for Failure {
    fn from(failure: resumes::Failure) -> Self {
        Self::Part { kind: failure.kind(), problem: failure.what(), remedy: failure.remedy() }
    }
}

impl From<database::Error> for Failure {
    fn from(error: database::Error) -> Self {
        resumes::Failure::from(error).into()
    }
}

impl From<pipeline::Error> for Failure {
    fn from(error: pipeline::Error) -> Self {
        resumes::Failure::from(error).into()
    }
}

/// Makes a panic say where it happened and nothing of what it was about: its message may hold
/// data.
pub(crate) fn report_panics(screen: Screen) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(
            || "an unknown place".to_owned(),
            |place| format!("{}:{}", place.file(), place.line()),
        );
        screen.print(&format!(
            "error: etl104 {VERSION} met a bug at {place}\n  remedy: run again; if it persists, report \
             this line (details are left out, since they may hold personal data)"
        ));
    }));
}

/// The exit code of failures by the precedence of runs; 0 without any.
pub(crate) fn exit_code(kinds: impl IntoIterator<Item = FailureKind>) -> u8 {
    let tally = Tally::default();
    for kind in kinds {
        let (at, what, remedy) = (String::new(), String::new(), String::new());
        tally.fail(tally::Failure { kind, at, what, remedy, come_back_at: None });
    }
    verdict(&tally, None).exit_code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_code_and_the_gravest_wins() {
        use FailureKind::{Credentials, Partial, Settings, Unavailable, Unexpected, Warehouse};
        for (kind, code) in [
            (Unexpected, 1),
            (Settings, 2),
            (Partial, 3),
            (Credentials, 5),
            (Unavailable, 6),
            (Warehouse, 7),
        ] {
            assert_eq!(exit_code([kind]), code, "{kind:?}");
        }
        assert_eq!(exit_code([]), 0);
        assert_eq!(exit_code([Partial, Unavailable, Credentials]), 5);
        assert_eq!(Failure::asked("no such window", "list them").exit_code(), 2);
    }

    #[test]
    fn a_database_that_is_away_is_7_and_one_that_is_old_is_2() {
        let outdated = Failure::from(database::Error::SchemaOutdated { missing: 2 });
        assert_eq!(outdated.exit_code(), 2);
        let away = Failure::from(database::Error::Unavailable(sqlx::Error::PoolTimedOut));
        assert_eq!(away.exit_code(), 7);
    }
}
