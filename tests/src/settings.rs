//! The settings file of one test.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::{ObjectServer, TestDatabase};

/// What a test's `etl104.toml` and environment say. Each method adds one thing; later ones win.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    sections: BTreeMap<String, BTreeMap<String, String>>,
    companies: Vec<Company>,
    environment: BTreeMap<String, String>,
}

/// One `[[company]]`. The secret goes through the environment.
#[derive(Clone, Debug)]
pub struct Company {
    /// The unified business number (統編).
    pub no: String,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// The first date that `run` covers.
    pub start_on: Date,
    /// Further keys, each with its value as TOML writes it, such as `("sources", r#"["applied"]"#)`.
    pub more: Vec<(String, String)>,
}

impl Company {
    /// The company that the simulator knows from the start.
    pub fn demo(start_on: Date) -> Self {
        Self {
            no: "01234567".into(),
            client_id: "demo-client".into(),
            client_secret: "demo-secret".into(),
            start_on,
            more: Vec::new(),
        }
    }
}

impl Settings {
    /// Settings for this database, with objects in the folder `objects` beside the file, and no company yet. Fewer
    /// files are fetched side by side than by default: a new connection, which has yet to read the catalogue, costs
    /// Postgres more than all that most tests do on it. The kept marts may be a day old, for the same reason: see
    /// [`Settings::fresh_marts`].
    pub fn new(database: &TestDatabase) -> Self {
        Self::default()
            .text("database", "url", database.url())
            .text("storage", "url", "file:./objects")
            .set("files", "at_once", "2")
            .environment("ETL104_RUN__REFRESH_MARTS_EVERY", "1d")
    }

    /// 104 is this simulator.
    #[must_use]
    pub fn simulator(self, simulator: &simulator::Handle) -> Self {
        self.text("api", "token_url", &simulator.token_url()).text(
            "api",
            "base_url",
            &simulator.base_url(),
        )
    }

    /// 104 is the real one, at its real pace. A test sees to it that no call gets through.
    #[must_use]
    pub fn production(mut self) -> Self {
        self.sections.remove("api");
        self.text("api", "environment", "production")
    }

    /// How many calls may start in any second; tests at another than the real pace raise it.
    #[must_use]
    pub fn calls_per_second(self, calls: u32) -> Self {
        self.set("api", "calls_per_second", &calls.to_string())
    }

    /// Each run that wrote somebody refreshes the kept marts, as is the default.
    #[must_use]
    pub fn fresh_marts(self) -> Self {
        self.environment("ETL104_RUN__REFRESH_MARTS_EVERY", "0s")
    }

    /// Objects go to this server. A run is not patient with it, so that no test waits for nothing.
    #[must_use]
    pub fn object_server(self, server: &ObjectServer) -> Self {
        server.environment().into_iter().fold(
            self.text("storage", "url", &server.url())
                .text("storage", "endpoint", &server.endpoint())
                .text("storage", "patience", "1s"),
            |settings, (name, value)| settings.environment(name, value),
        )
    }

    /// One more company.
    #[must_use]
    pub fn company(mut self, company: Company) -> Self {
        self.companies.push(company);
        self
    }

    /// No company, before others are added.
    #[must_use]
    pub fn without_companies(mut self) -> Self {
        self.companies.clear();
        self
    }

    /// A key of a section, with its value as TOML writes it: `.set("files", "kinds", r#"["headshot"]"#)`.
    #[must_use]
    pub fn set(mut self, section: &str, key: &str, toml: &str) -> Self {
        self.sections.entry(section.into()).or_default().insert(key.into(), toml.into());
        self
    }

    /// A key of a section, with a text as its value.
    #[must_use]
    pub fn text(self, section: &str, key: &str, text: &str) -> Self {
        self.set(section, key, &quoted(text))
    }

    /// One more variable in the command's environment, which is otherwise empty.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// The file's text.
    pub fn to_toml(&self) -> String {
        let mut toml = String::new();
        for (section, keys) in &self.sections {
            writeln!(toml, "[{section}]").expect("a string grows");
            for (key, value) in keys {
                writeln!(toml, "{key} = {value}").expect("a string grows");
            }
        }
        for (position, company) in self.companies.iter().enumerate() {
            writeln!(
                toml,
                "[[company]]\nno = {}\nclient_id = {}\nclient_secret_env = {}\nstart_on = {}",
                quoted(&company.no),
                quoted(&company.client_id),
                quoted(&secret_variable(position)),
                company.start_on,
            )
            .expect("a string grows");
            for (key, value) in &company.more {
                writeln!(toml, "{key} = {value}").expect("a string grows");
            }
        }
        toml
    }

    /// The command's environment.
    pub fn to_environment(&self) -> BTreeMap<String, String> {
        let secrets = self.companies.iter().enumerate();
        let secrets = secrets
            .map(|(position, company)| (secret_variable(position), company.client_secret.clone()));
        self.environment.clone().into_iter().chain(secrets).collect()
    }
}

fn secret_variable(position: usize) -> String {
    format!("TEST_CLIENT_SECRET_{position}")
}

/// JSON's strings are TOML's basic strings.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
