//! How 104 answers old windows: what was learnt, since when, and what follows from it.

use pipeline::report::Moment;
use resumes::OldWindowsKnown;
use resumes::settings::OldWindows;
use serde::Serialize;
use sqlx::PgPool;

use crate::exit::Failure;
use crate::output::{Output, Tone};
use crate::settings::Scope;
use crate::taiwan::moment;

/// What is known for one company.
#[derive(Serialize)]
pub(super) struct OldWindowsRow {
    company_no: String,
    /// `then`, `now` or `unknown`.
    reading: &'static str,
    is_set: bool,
    learnt_at: Option<Moment>,
    findings: Vec<FindingRow>,
    /// The reading under which all tables stand.
    tables_stand_as: Option<String>,
    tables_stand_since: Option<Moment>,
    is_pending: bool,
}

#[derive(Serialize)]
struct FindingRow {
    finding: String,
    first_seen_at: Moment,
    last_seen_at: Moment,
    times_seen: i64,
}

/// Asks the ledger for each company.
pub(super) async fn read(
    pool: &PgPool,
    scopes: &[Scope],
    setting: OldWindows,
) -> Result<Vec<OldWindowsRow>, Failure> {
    let mut rows = Vec::new();
    for Scope { no, .. } in scopes {
        let known = resumes::old_windows_known(pool, no, setting).await?;
        rows.push(row(no.to_string(), known));
    }
    Ok(rows)
}

fn row(company_no: String, known: OldWindowsKnown) -> OldWindowsRow {
    let learnt_at = known.learnt_at();
    let OldWindowsKnown { reading, is_set, findings, standing, is_pending } = known;
    let findings = findings
        .into_iter()
        .map(|one| FindingRow {
            finding: one.finding,
            first_seen_at: one.first_seen_at,
            last_seen_at: one.last_seen_at,
            times_seen: one.times_seen,
        })
        .collect();
    let (tables_stand_as, tables_stand_since) =
        standing.map(|standing| (standing.reading, standing.stands_since)).unzip();
    OldWindowsRow {
        company_no,
        reading,
        is_set,
        learnt_at,
        findings,
        tables_stand_as,
        tables_stand_since,
        is_pending,
    }
}

/// Says it, where there is anything to say.
pub(super) fn print(output: &Output, rows: &[OldWindowsRow]) {
    let told: Vec<Vec<String>> = rows.iter().map(lines).filter(|lines| !lines.is_empty()).collect();
    if told.is_empty() {
        return;
    }
    output.line("");
    output.line(
        output.paint(Tone::Heading, "Old windows (asked more than 36 hours after their end)"),
    );
    told.iter().flatten().for_each(|line| output.line(line));
}

/// What was learnt, what follows from it, and what is still to be done.
fn lines(row: &OldWindowsRow) -> Vec<String> {
    let Some(follows) = follows(row.reading) else { return Vec::new() };
    let company = &row.company_no;
    let since = match (row.is_set, row.findings.first()) {
        (true, _) => "set by [run] old_windows".to_owned(),
        (false, Some(first)) => format!(
            "learnt on {}, seen {} times: {}",
            moment(first.first_seen_at.0),
            first.times_seen,
            first.finding
        ),
        (false, None) => return Vec::new(),
    };
    let mut lines = vec![
        format!("{company}: 104 answers them as the resume {} ({since})", row.reading_in_words()),
        format!("  {follows}"),
    ];
    if row.is_pending {
        lines.push("  the tables do not follow it yet: `etl104 run` sees to it".to_owned());
    } else if let Some(since) = row.tables_stand_since {
        lines.push(format!("  the tables follow it since {}", moment(since.0)));
    }
    if let Some(contrary) = row.contrary() {
        lines.push(format!(
            "  later evidence contradicts it ({} times, last on {}): {}; ask 104, and set [run] \
             old_windows to \"then\" or \"now\"",
            contrary.times_seen,
            moment(contrary.last_seen_at.0),
            contrary.finding
        ));
    }
    lines
}

impl OldWindowsRow {
    fn reading_in_words(&self) -> &'static str {
        if self.reading == "now" { "is now" } else { "was then" }
    }

    /// Another finding than the one that stands.
    fn contrary(&self) -> Option<&FindingRow> {
        self.findings.get(1).filter(|_| !self.is_set)
    }
}

/// What follows from a reading.
fn follows(reading: &str) -> Option<&'static str> {
    match reading {
        "now" => Some(
            "so what was fetched late proves that a resume was listed, and makes no version of its own",
        ),
        "then" => Some(
            "so what was fetched late counts like all else; versions that rest on it alone have is_late",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(reading: &'static str, is_set: bool, findings: &[&str]) -> OldWindowsRow {
        let at = Moment("2026-04-02T02:05:00Z".parse().unwrap());
        let finding = |finding: &&str| FindingRow {
            finding: (*finding).to_owned(),
            first_seen_at: at,
            last_seen_at: at,
            times_seen: 3,
        };
        OldWindowsRow {
            company_no: "01234567".to_owned(),
            reading,
            is_set,
            learnt_at: Some(at),
            findings: findings.iter().map(finding).collect(),
            tables_stand_as: Some(reading.to_owned()),
            tables_stand_since: Some(at),
            is_pending: false,
        }
    }

    #[test]
    fn what_is_learnt_is_told_with_what_follows_from_it() {
        let told = lines(&row("now", false, &["other content"])).join("\n");
        for words in ["as the resume is now", "learnt on 2026-04-02 10:05", "no version of its own"]
        {
            assert!(told.contains(words), "{told}");
        }
        let told = lines(&OldWindowsRow { is_pending: true, ..row("then", true, &[]) }).join("\n");
        assert!(
            told.contains("set by [run] old_windows") && told.contains("`etl104 run`"),
            "{told}"
        );
        let told = lines(&row("now", false, &["other content", "the same content"])).join("\n");
        assert!(told.contains("contradicts"), "{told}");
        assert!(lines(&row("unknown", false, &[])).is_empty());
    }
}
