//! All settings: one file, overridden by the environment, overridden by flags.
//!
//! The only place that reads files and the environment. What it gives is typed and checked;
//! what is wrong is said all at once, each with its place and remedy, before any call.
//!
//! In reading order: [`keys`] names every setting, [`document`] takes the file apart,
//! [`overlay`] lays the environment over it, and one module a section turns values into `resumes`' settings.

mod environment;
mod problem;
mod keys;
mod section;
mod document;
mod overlay;
mod amount;
mod path;
mod either;
mod proxy;
mod api;
mod database;
mod storage;
mod run;
mod files;
mod company;

use std::path::{Path, PathBuf};
use std::time::Duration;

use model::CompanyNo;
use resumes::settings::{Api, Company, OldWindows, Settings, StoreConfig};

use document::Document;
use path::Folder;
use problem::{Place, Problem, wrong};

pub(crate) use amount::duration;
pub(crate) use company::{Scope, Secrets};
pub(crate) use environment::Environment;
pub(crate) use keys::nearest;
pub(crate) use problem::Problems;

/// Where the settings are when nobody says.
pub(crate) const DEFAULT_FILE: &str = "etl104.toml";

/// The settings as they were given: names and shapes are known, the rest is checked when a
/// command asks for it, so that `status` needs no secret and no storage.
pub(crate) struct Given {
    document: Document,
    environment: Environment,
    folder: Folder,
}

impl Given {
    /// Reads the file that `--config` names, else `ETL104_CONFIG`, else `./etl104.toml`.
    pub(crate) fn read(flag: Option<&Path>, environment: &Environment) -> Result<Self, Problems> {
        let path = flag.map_or_else(
            || PathBuf::from(environment.get("ETL104_CONFIG").unwrap_or(DEFAULT_FILE)),
            Path::to_owned,
        );
        match std::fs::read(&path) {
            Ok(bytes) => Self::parse(&path, &bytes, environment),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    fn parse(path: &Path, bytes: &[u8], environment: &Environment) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let valid = std::str::from_utf8(valid).unwrap_or_default();
                let place = Place::in_file(path, valid, valid.len());
                return Err(one(
                    place,
                    "this is no UTF-8",
                    "save the file as UTF-8 (not Big5, not UTF-16)",
                ));
            }
        };
        let document = document::parse(path, text, environment, &mut problems);
        let folder = Folder::of(path);
        let given = Self { document, environment: environment.clone(), folder };
        // A misspelt key must not hide what else is wrong; a file that is no TOML has nothing else.
        if !problems.0.is_empty()
            && !given.document.companies.is_empty()
            && let Err(more) = given.all(&[], Secrets::NotNeeded)
        {
            let is_new =
                |one: &Problem| !problems.0.iter().any(|known| known.setting == one.setting);
            let more: Vec<Problem> = more.0.into_iter().filter(is_new).collect();
            problems.0.extend(more);
        }
        problems.none_or(Some(given))
    }

    /// The same, with the run's label as a flag gives it.
    pub(crate) fn labelled(mut self, label: Option<&str>) -> Self {
        if let Some((label, run)) = label.zip(self.document.sections.get_mut("run")) {
            run.override_text("label", "--run-label", label);
        }
        self
    }

    /// How to reach the database, and nothing else.
    pub(crate) fn database(&self) -> Result<::database::Settings, Problems> {
        let mut problems = Problems::default();
        let read = self.read_database(&mut problems);
        problems.none_or(read)
    }

    /// The companies without their credentials: those that were asked for, or all.
    pub(crate) fn scopes(&self, asked: &[CompanyNo]) -> Result<Vec<Scope>, Problems> {
        let mut problems = Problems::default();
        let scopes = self
            .document
            .companies
            .iter()
            .filter_map(|section| company::scope(section, &mut problems))
            .collect::<Vec<_>>();
        self.check_companies(&scopes, asked, &mut problems);
        let is_asked = |scope: &Scope| asked.is_empty() || asked.contains(&scope.no);
        problems.none_or(Some(scopes.into_iter().filter(is_asked).collect()))
    }

    /// How long after its end an hour is due.
    pub(crate) fn settle(&self) -> Result<Duration, Problems> {
        let mut problems = Problems::default();
        let read =
            self.document.sections.get("run").map(|run| run::read(run, &mut problems).settle);
        problems.none_or(read)
    }

    /// How old windows are read, as far as it is set.
    pub(crate) fn old_windows(&self) -> Result<OldWindows, Problems> {
        let mut problems = Problems::default();
        let read =
            self.document.sections.get("run").map(|run| run::read(run, &mut problems).old_windows);
        problems.none_or(read)
    }

    /// How to reach a bucket that `--to` names: as `[storage]` says, but for its URL.
    pub(crate) fn bucket(&self, url: &str) -> Result<StoreConfig, Problems> {
        let mut problems = Problems::default();
        let section = |name: &str| self.document.sections.get(name);
        let read = section("storage").zip(section("files")).and_then(|(storage, files)| {
            let mut storage = storage.clone();
            storage.override_text("url", "--to", url);
            storage::read(&storage, files, &self.folder, &self.environment, &mut problems)
        });
        problems.none_or(read)
    }

    /// How to reach 104, and whose resumes: of several companies the one that was asked for.
    pub(crate) fn of_104(&self, asked: &[CompanyNo]) -> Result<(Api, Company), Problems> {
        let mut problems = Problems::default();
        let api = self.document.sections.get("api");
        let api =
            api.and_then(|api| api::read(api, &self.folder, &self.environment, &mut problems));
        let scopes = self.scopes(asked)?;
        if let [first, _, ..] = &scopes[..] {
            problems.push(Problem {
                place: Place::Flag("--company"),
                setting: String::new(),
                what: format!("is needed, since there are {} companies", scopes.len()),
                remedy: format!("name one of them, as in --company {}", first.no),
            });
        }
        let is_meant = |section: &&section::Section| {
            let no = section.text("no").and_then(|no| no.parse::<CompanyNo>().ok());
            no.is_some_and(|no| scopes.iter().any(|scope| scope.no == no))
        };
        let section = self.document.companies.iter().find(is_meant);
        let (folder, environment) = (&self.folder, &self.environment);
        let company = section.and_then(|section| {
            company::read(section, folder, environment, Secrets::Required, &mut problems)
        });
        problems.none_or(api.zip(company))
    }

    /// Everything; all that is wrong at once.
    pub(crate) fn all(&self, asked: &[CompanyNo], secrets: Secrets) -> Result<Settings, Problems> {
        let mut problems = Problems::default();
        let section = |name: &str| self.document.sections.get(name);
        let settings = self.read_but_storage(asked, secrets, &mut problems);
        let storage = section("storage").zip(section("files")).and_then(|(storage, files)| {
            storage::read(storage, files, &self.folder, &self.environment, &mut problems)
        });
        let settings = settings
            .zip(storage)
            .map(|(settings, storage)| Settings { storage: Some(storage), ..settings });
        problems.none_or(settings)
    }

    /// What a command needs that works on the database alone: secrets and storage are not looked
    /// for.
    pub(crate) fn of_warehouse(&self, asked: &[CompanyNo]) -> Result<Settings, Problems> {
        let mut problems = Problems::default();
        let settings = self.read_but_storage(asked, Secrets::NotNeeded, &mut problems);
        problems.none_or(settings)
    }

    fn read_but_storage(
        &self,
        asked: &[CompanyNo],
        secrets: Secrets,
        problems: &mut Problems,
    ) -> Option<Settings> {
        let document = &self.document;
        let section = |name: &str| document.sections.get(name);
        let api = section("api")
            .and_then(|api| api::read(api, &self.folder, &self.environment, problems));
        let database = self.read_database(problems);
        let run = section("run").map(|run| run::read(run, problems));
        let files = section("files").map(|files| files::read(files, problems));
        let companies: Vec<_> = document
            .companies
            .iter()
            .filter_map(|section| {
                // A company that was not asked for may lack its secret on this machine.
                let no = section.text("no").and_then(|no| no.parse().ok());
                let is_asked = asked.is_empty() || no.is_none_or(|no| asked.contains(&no));
                let secrets = if is_asked { secrets } else { Secrets::NotNeeded };
                company::read(section, &self.folder, &self.environment, secrets, problems)
            })
            .collect();
        let scopes: Vec<Scope> = document
            .companies
            .iter()
            .filter_map(|section| company::scope(section, problems))
            .collect();
        self.check_companies(&scopes, asked, problems);
        Some(Settings {
            api: api?,
            database: database?,
            storage: None,
            run: run?,
            files: files?,
            companies,
        })
    }

    fn read_database(&self, problems: &mut Problems) -> Option<::database::Settings> {
        let section = self.document.sections.get("database")?;
        database::read(section, &self.folder, &self.environment, problems)
    }

    /// At least one company, none twice, and each that was asked for.
    fn check_companies(&self, scopes: &[Scope], asked: &[CompanyNo], problems: &mut Problems) {
        if self.document.companies.is_empty() {
            problems.push(Problem {
                place: Place::File { path: self.document.path.clone(), at: None },
                setting: "[[company]]".into(),
                what: "is missing".into(),
                remedy: "write at least one, with no, client_id and start_on".into(),
            });
            return;
        }
        let mut seen: Vec<CompanyNo> = Vec::new();
        for section in &self.document.companies {
            let Some(no) = section.text("no").and_then(|no| no.parse::<CompanyNo>().ok()) else {
                continue;
            };
            if seen.contains(&no) {
                let twice = wrong(
                    format!("{no} stands there twice"),
                    "leave one [[company]] for each company, with all its sources",
                );
                section.refuse("no", problems, twice);
            }
            seen.push(no);
        }
        for no in asked.iter().filter(|no| !scopes.iter().any(|scope| scope.no == **no)) {
            let known: Vec<&str> = scopes.iter().map(|scope| scope.no.as_str()).collect();
            problems.push(Problem {
                place: Place::Flag("--company"),
                setting: String::new(),
                what: format!("{no} is no company of {}", self.document.path.display()),
                remedy: nearest(no.as_str(), known.iter().copied()).map_or_else(
                    || format!("name one of {}", known.join(", ")),
                    |near| format!("did you mean {near}?"),
                ),
            });
        }
    }
}

fn unreadable(path: PathBuf, error: &std::io::Error) -> Problems {
    let (what, remedy) = if error.kind() == std::io::ErrorKind::NotFound {
        (
            "there is no such file".to_owned(),
            "`etl104 init` writes one; or name yours by --config or ETL104_CONFIG",
        )
    } else {
        (format!("can't be read: {error}"), "let this user read it")
    };
    one(Place::File { path, at: None }, what, remedy)
}

fn one(place: Place, what: impl Into<String>, remedy: &str) -> Problems {
    Problems(vec![Problem {
        place,
        setting: String::new(),
        what: what.into(),
        remedy: remedy.into(),
    }])
}

/// The names of all settings.
#[cfg(test)]
pub(crate) fn template_keys() -> impl Iterator<Item = &'static str> {
    keys::SECTIONS
        .iter()
        .flat_map(|(_, keys)| keys.iter())
        .chain(keys::COMPANY)
        .map(|(key, _)| *key)
}

#[cfg(test)]
mod tests;
