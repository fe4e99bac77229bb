//! A real company's network: its proxy, its certificate authority, and what it blocks. Everything stays on the
//! loopback; names under `.example` lead nowhere but through a proxy that knows them.

mod messages;
mod servers;
mod through;

use acceptance::{Company, Etl104, FIRST_DAY, Settings};
use serde_json::Value;

/// The host of a 104 that is met through a proxy alone.
const HOST: &str = "apis.104.example";

/// Settings for a 104 at this origin, without a database and with a folder for files.
fn settings(origin: &str) -> Settings {
    Settings::default()
        .text("database", "url", "postgres://127.0.0.1:1/none")
        .text("storage", "url", "file:./objects")
        .text("api", "token_url", &format!("{origin}/oauth2/token"))
        .text("api", "base_url", &format!("{origin}/ehrweb_resume/1.0"))
        .company(Company::demo(FIRST_DAY))
}

/// What `check` says of the first thing that fails.
#[derive(Clone, Debug)]
struct Said {
    problem: String,
    remedy: String,
}

/// `check` of one part, which ends with that exit code; nothing secret is said.
async fn check(etl104: &Etl104, part: &str, code: i32) -> Option<Said> {
    let checked = etl104.run(&["check", part, "--output", "json"]).await.exits(code);
    assert!(!format!("{}{}", checked.stdout, checked.stderr).contains("hush"), "{checked:?}");
    let mut lines = checked.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let failed = lines.find(|line| line["is_ok"] == false)?;
    let text = |key: &str| failed[key].as_str().unwrap().to_owned();
    Some(Said { problem: text("problem"), remedy: text("remedy") })
}

/// All of it stands in what was said.
#[track_caller]
fn assert_says(said: &Said, problem: &[&str], remedy: &[&str]) {
    for (text, words) in [(&said.problem, problem), (&said.remedy, remedy)] {
        for word in words {
            assert!(text.contains(word), "{word:?} was expected of\n{said:#?}");
        }
    }
}

/// Each says something that no other says.
fn assert_all_differ(said: &[Said]) {
    for (position, one) in said.iter().enumerate() {
        let is_said_before = said[..position].iter().any(|other| other.problem == one.problem);
        assert!(!is_said_before, "twice: {}", one.problem);
    }
}
