//! What every command is given.

use model::CompanyNo;
use sqlx::PgPool;

use crate::arguments::Global;
use crate::exit::Failure;
use crate::output::Output;
use crate::settings::{Environment, Given};

/// What every command is given.
pub(crate) struct Context {
    /// The flags that every command takes.
    pub(crate) global: Global,
    /// What the run is called, if a flag says it.
    pub(crate) run_label: Option<String>,
    /// The process's environment.
    pub(crate) environment: Environment,
    /// The printer.
    pub(crate) output: Output,
}

impl Context {
    /// The settings as given, not checked further.
    pub(crate) fn given(&self) -> Result<Given, Failure> {
        let given = Given::read(self.global.config.as_deref(), &self.environment)?;
        Ok(given.labelled(self.run_label.as_deref()))
    }

    /// The companies that were asked for; empty for all.
    pub(crate) fn companies(&self) -> &[CompanyNo] {
        &self.global.company
    }

    /// The database, whose tables must be up to date; nothing else of the settings is needed.
    pub(crate) async fn database(&self) -> Result<PgPool, Failure> {
        let pool = database::connect(&self.given()?.database()?).await?;
        database::require_current(&pool).await?;
        Ok(pool)
    }

    /// The flags that a command line needs to mean the same settings and companies.
    pub(crate) fn flags(&self) -> String {
        self.flags_for(self.companies())
    }

    /// The same for some of the companies.
    pub(crate) fn flags_for(&self, companies: &[CompanyNo]) -> String {
        let config = self
            .global
            .config
            .iter()
            .map(|config| format!(" --config {}", quoted(&config.display().to_string())));
        let companies = companies.iter().map(|company| format!(" --company {company}"));
        config.chain(companies).collect()
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_');
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("/etc/etl104.toml"), "/etc/etl104.toml");
        assert_eq!(quoted("my file's.toml"), r"'my file'\''s.toml'");
    }
}
