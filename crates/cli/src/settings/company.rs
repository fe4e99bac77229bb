//! `[[company]]`: whose resumes to fetch.

use jiff::civil::Date;
use model::{CompanyNo, Source};
use resumes::settings::Company;
use secrecy::SecretString;

use super::either::{Either, either};
use super::environment::Environment;
use super::keys::did_you_mean;
use super::path::Folder;
use super::problem::{Problems, Wrong, wrong};
use super::section::Section;

/// The variable that holds the secret when the company names none.
const DEFAULT_VARIABLE: &str = "ETL104_CLIENT_SECRET";

/// Whether a command speaks to 104.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// It does; a missing secret is a problem.
    Required,
    /// It does not; secrets are not looked for.
    NotNeeded,
}

/// What a company's ledger is about, without its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    /// 統編.
    pub(crate) no: CompanyNo,
    /// Sources to list.
    pub(crate) sources: Vec<Source>,
    /// The first date to cover.
    pub(crate) start_on: Date,
}

/// Reads the number, the sources and the first date.
pub(crate) fn scope(section: &Section, problems: &mut Problems) -> Option<Scope> {
    for (key, remedy) in [
        ("no", "write no = \"01234567\": the company's 統編, 8 digits"),
        ("start_on", "write start_on = 2026-11-01: the first date to cover"),
    ] {
        if section.text(key).is_none() && !section.values.contains_key(key) {
            section.refuse(key, problems, wrong("is missing", remedy));
        }
    }
    let no = section.read("no", problems, company_no);
    let start_on = section.read("start_on", problems, start_on);
    let sources =
        section.read_list("sources", problems, source).unwrap_or_else(|| Source::ALL.to_vec());
    if sources.is_empty() {
        let none = wrong("is empty", "write at least one of \"matched\", \"applied\", \"saved\"");
        section.refuse("sources", problems, none);
    }
    Some(Scope { no: no?, sources, start_on: start_on? })
}

/// Reads a company with its credentials.
pub(crate) fn read(
    section: &Section,
    folder: &Folder,
    environment: &Environment,
    secrets: Secrets,
    problems: &mut Problems,
) -> Option<Company> {
    let scope = scope(section, problems);
    let client_id = client_id(section, problems);
    let secret = match secrets {
        Secrets::Required => client_secret(section, folder, environment, problems),
        Secrets::NotNeeded => Some(String::new()),
    };
    let Scope { no, sources, start_on } = scope?;
    let client_secret = SecretString::from(secret?);
    Some(Company { no, client_id: client_id?, client_secret, sources, start_on })
}

fn company_no(text: &str) -> Result<CompanyNo, Wrong> {
    text.parse().map_err(|error| {
        wrong(format!("{text:?}: {error}"), "write the company's 統編, as in no = \"01234567\"")
    })
}

fn start_on(text: &str) -> Result<Date, Wrong> {
    let remedy = "write a date such as start_on = 2026-11-01";
    let date: Date =
        text.parse().map_err(|_error| wrong(format!("{text:?} is no date"), remedy))?;
    if text.len() != 10 {
        return Err(wrong(format!("{text:?} is more than a date"), remedy));
    }
    if date.year() < 2000 {
        return Err(wrong(format!("{text} lies before 104 had any resume"), remedy));
    }
    Ok(date)
}

fn source(text: &str) -> Result<Source, Wrong> {
    text.parse().map_err(|_unknown| {
        wrong(
            format!("{text:?} is no source"),
            did_you_mean(text, Source::ALL.iter().map(|source| source.as_str())),
        )
    })
}

fn client_id(section: &Section, problems: &mut Problems) -> Option<String> {
    let id = section.text("client_id").unwrap_or_default().trim();
    if id.is_empty() || id == "…" {
        let missing = wrong("is missing", "write the id that 104 sent by mail");
        section.refuse("client_id", problems, missing);
        return None;
    }
    Some(id.to_owned())
}

fn client_secret(
    section: &Section,
    folder: &Folder,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<String> {
    match either(section, "client_secret_file", &["client_secret_env"], problems) {
        Either::First => {
            section.read("client_secret_file", problems, |path| folder.read_line(path))
        }
        Either::Second | Either::Neither => {
            let variable = section.text("client_secret_env").unwrap_or(DEFAULT_VARIABLE);
            let secret = environment.get(variable).map(str::trim).filter(|text| !text.is_empty());
            if secret.is_none() {
                let unset = wrong(
                    format!("the variable {variable} is not set, or empty"),
                    format!(
                        "export {variable} with the secret that 104 sent by mail (from a file: \
                         set -a; . ./.env; set +a), or name a file by client_secret_file"
                    ),
                );
                section.refuse("client_secret_env", problems, unset);
            }
            secret.map(str::to_owned)
        }
    }
}
