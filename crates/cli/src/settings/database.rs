//! `[database]`: how to reach Postgres.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::amount::duration;
use super::either::{Either, either};
use super::environment::Environment;
use super::path::Folder;
use super::problem::{Place, Problem, Problems, Wrong, wrong};
use super::section::Section;

/// The variable that is taken when neither key stands.
const VARIABLE: &str = "DATABASE_URL";

/// Reads the section. The URL may hold a password, so no message shows it.
pub(crate) fn read(
    section: &Section,
    folder: &Folder,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<database::Settings> {
    let url = match either(section, "url", &["url_file"], problems) {
        Either::First => section.read("url", problems, check),
        Either::Second => section
            .read("url_file", problems, |path| folder.read_line(path).and_then(|url| check(&url))),
        Either::Neither => from_variable(section, environment, problems),
    };
    let ca_file = section
        .read("ca_file", problems, |path| folder.read_certificates(path))
        .map(|(path, _)| path);
    let patience = section.read("patience", problems, patience);
    let mut settings = database::Settings::new(url?);
    settings.ca_file = ca_file;
    settings.may_be_plain = section.flag("allow_plain_text").unwrap_or(false);
    settings.patience = patience.unwrap_or(settings.patience);
    if let Err(error) = settings.check() {
        section.refuse("url", problems, wrong(error.to_string(), error.remedy()));
    }
    Some(settings)
}

fn from_variable(
    section: &Section,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<String> {
    let Some(url) = environment.get(VARIABLE) else {
        section.refuse(
            "url",
            problems,
            wrong(
                "is missing",
                "write url = \"postgres://user@host:5432/name\", or url_file, or set DATABASE_URL",
            ),
        );
        return None;
    };
    match check(url) {
        Ok(url) => Some(url),
        Err(Wrong { what, remedy }) => {
            let place = Place::Variable(VARIABLE.into());
            problems.push(Problem { place, setting: "[database] url".into(), what, remedy });
            None
        }
    }
}

/// Shorter than a second no server is sure to answer; with a longer one than the lease's minute a
/// run would wait for what others may have taken over.
fn patience(text: &str) -> Result<Duration, Wrong> {
    let patience = duration(text)?;
    if (Duration::from_secs(1)..=Duration::from_mins(1)).contains(&patience) {
        Ok(patience)
    } else {
        Err(wrong(format!("{text:?} is out of bounds"), "write a time from \"1s\" to \"1m\""))
    }
}

fn check(url: &str) -> Result<String, Wrong> {
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if is_postgres && PgConnectOptions::from_str(url).is_ok() {
        Ok(url.to_owned())
    } else {
        Err(wrong(
            "is no URL of a Postgres database",
            "write postgres://user:password@host:5432/name, with %40 for @ and %2F for / inside \
             the password",
        ))
    }
}
