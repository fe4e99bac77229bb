//! `export`: tables and marts as files.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use export::{Csv, EncodeError, Encoder, JsonLines, Name, Relation, Unresolved};
use jiff::Timestamp;
use pipeline::tally::{Failure as Counted, Tally};
use pipeline::verdict::RunState;
use resumes::{Export as Done, ExportRefusal, ExportRequest, ExportTo, Exported, Signals};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::output::Tone;
use crate::settings::nearest;
use crate::signals;
use crate::table::Table;
use crate::taiwan::{moment, span};

/// Tables and marts as files: Parquet, CSV or JSON lines
///
/// Writes each table or mart into one file, such as `mart.job_overview.csv`, in a folder or a bucket.
/// All files of one command show the same moment. Memory does not grow with the tables; rows come in
/// no order. A file has its name once it is whole: one that breaks off replaces nothing. Reads alone,
/// so `[database]` may name a standby. `mart.candidate_overview` is as of its last refresh
/// (`mart.freshness`).
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 export job_overview application_daily --format csv --bom --to ./for-excel
  etl104 export candidate_overview recruiting.education --format parquet --to s3://lake/etl104
  etl104 export recruiting.candidate --format jsonl --to /srv/export --company 01234567

NAME is schema.name, or a bare name, which is looked for in mart and recruiting. Schemas: mart,
masked, recruiting. Not raw: it holds whole documents, out of which nothing can be left; not etl: it
is the operator's ledger. Both belong into a backup.

CSV is UTF-8 with a header (RFC 4180). Null is an empty field, empty text is \"\". Lists and JSON are
JSON text. Text that a spreadsheet would take for a formula (it begins with = + - @, their full-width
forms, a tab or a line end) is preceded by '; numbers never are; --raw-text leaves text as it is.
JSON lines have an object a row, null kept. In both, dates are 2026-11-01 and moments ISO 8601 in
Taiwan's time: 2026-11-01T09:00:00+08:00. Parquet has typed columns and explains them in its
metadata (comment, comment.COLUMN); moments are UTC.

s3://… takes endpoint, certificates and patience from [storage], and the AWS_… variables. What fails
or is stopped is aborted there; after a kill -9 the bucket's own rule has to abort the upload.
Files hold personal data: they are for their owner alone (mode 0600).

Exit codes: 0 done; 1 unexpected failure; 2 settings, or it can't be exported as asked; 7 database,
folder or bucket unavailable; 130 and 143 stopped by a signal. Files that are whole stay.")]
pub(crate) struct Export {
    /// Tables and marts
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    /// What the files are
    #[arg(long, value_enum)]
    format: Format,
    /// A folder, made if it is absent, or `s3://bucket/prefix`
    #[arg(long, value_name = "DIR|s3://…")]
    to: String,
    /// Begin CSV with the mark by which Excel knows UTF-8
    #[arg(long)]
    bom: bool,
    /// Leave CSV's text as it is, formulas or not
    #[arg(long)]
    raw_text: bool,
}

/// What the files are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Typed columns, for the engine that you run: DuckDB, Spark, BigQuery.
    Parquet,
    /// For spreadsheets, and for all that reads nothing else.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl Format {
    const fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// The outcome for programs.
#[derive(Serialize)]
struct Summary<'a> {
    schema: u8,
    command: &'static str,
    state: RunState,
    exit_code: u8,
    format: &'static str,
    to: &'a str,
    read_at: Option<Timestamp>,
    files: Vec<Whole<'a>>,
    seconds: f64,
    failures: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Whole<'a> {
    name: String,
    file: &'a str,
    rows: u64,
    bytes: u64,
}

impl<'a> Whole<'a> {
    fn of(done: &'a Exported) -> Self {
        let Exported { name, file, rows, bytes } = done;
        Self { name: name.to_string(), file, rows: *rows, bytes: *bytes }
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    what: &'a str,
    remedy: &'a str,
}

impl<'a> Failed<'a> {
    fn of(failure: &'a Counted) -> Self {
        Self { what: &failure.what, remedy: &failure.remedy }
    }
}

/// Exports and says what is there.
pub(crate) async fn run(context: &Context, export: &Export) -> Result<u8, Failure> {
    check(export)?;
    let given = context.given()?;
    if !context.companies().is_empty() {
        // One that nobody knows would export nothing.
        given.scopes(context.companies())?;
    }
    let settings = given.database()?;
    let request = ExportRequest {
        names: export.names.clone(),
        companies: context.companies().to_vec(),
        to: match export.to.split_once("://") {
            None => ExportTo::Folder(PathBuf::from(&export.to)),
            Some(_) => ExportTo::Bucket(Box::new(given.bucket(&export.to)?)),
        },
        extension: export.format.extension(),
    };
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let began = Instant::now();
    let encoding = |relation: &Relation| encoder(export, relation);
    let ended = resumes::export(&settings, &request, &encoding, &tally, &signals).await;
    drop(listener);
    let done = ended.map_err(|refusal| refused(&refusal))?;
    print(context, export, &done, &tally, began.elapsed().as_secs_f64());
    Ok(done.verdict.exit_code)
}

/// What can be refused before anything is opened.
fn check(export: &Export) -> Result<(), Failure> {
    if export.format == Format::Parquet && !cfg!(feature = "parquet") {
        return Err(Failure::asked(
            "this etl104 was built without Parquet",
            "take a release, or build it: cargo build --release -p cli --features parquet; or export \
             csv or jsonl",
        ));
    }
    if export.format != Format::Csv && (export.bom || export.raw_text) {
        return Err(Failure::asked(
            "--bom and --raw-text are for CSV",
            "take them out, or write --format csv",
        ));
    }
    if export.to.contains("://") && !export.to.starts_with("s3://") {
        return Err(Failure::asked(
            format!("--to {}: it is neither a folder nor s3://…", export.to),
            "write --to ./folder or --to s3://bucket/prefix",
        ));
    }
    Ok(())
}

fn encoder(export: &Export, relation: &Relation) -> Result<Box<dyn Encoder>, EncodeError> {
    Ok(match export.format {
        Format::Csv => Box::new(Csv::new(relation).bom(export.bom).raw_text(export.raw_text)),
        Format::Jsonl => Box::new(JsonLines::new(relation)),
        Format::Parquet => return parquet(relation),
    })
}

#[cfg(feature = "parquet")]
fn parquet(relation: &Relation) -> Result<Box<dyn Encoder>, EncodeError> {
    Ok(Box::new(export_parquet::Parquet::new(relation)?))
}

/// It was refused before.
#[cfg(not(feature = "parquet"))]
fn parquet(_relation: &Relation) -> Result<Box<dyn Encoder>, EncodeError> {
    Err(EncodeError::Misfit)
}

/// What can't be exported, and what can.
fn refused(refusal: &ExportRefusal) -> Failure {
    let remedy = match refusal {
        ExportRefusal::Name { why: Unresolved::Ambiguous(names), .. } => {
            format!("write one of {}", list(names))
        }
        ExportRefusal::Name { why: Unresolved::Schema, .. } => {
            "name a table of mart, masked or recruiting; raw holds whole documents and etl the \
             ledger: a backup takes them"
                .to_owned()
        }
        ExportRefusal::Name { asked, known, why: Unresolved::Unknown } => {
            let full: Vec<String> = known.iter().map(Name::to_string).collect();
            let bare = known.iter().map(Name::relation);
            match nearest(asked, full.iter().map(String::as_str).chain(bare)) {
                Some(name) => format!("did you mean {name}?"),
                None => format!("write one of {}", list(known)),
            }
        }
        ExportRefusal::NoCompanies(_) => "export it without --company".to_owned(),
    };
    Failure::asked(refusal.to_string(), remedy)
}

fn list(names: &[Name]) -> String {
    names.iter().map(Name::to_string).collect::<Vec<_>>().join(", ")
}

fn print(context: &Context, export: &Export, done: &Done, tally: &Tally, seconds: f64) {
    let output = &context.output;
    let failures = tally.failures();
    for Counted { what, remedy, .. } in &failures {
        let failed = output.paint_err(Tone::Bad, "failed:");
        output.complain(format!("{failed} {what}\n  remedy: {remedy}"));
    }
    if output.is_json() {
        output.json(&Summary {
            schema: 1,
            command: "export",
            state: done.verdict.state,
            exit_code: done.verdict.exit_code,
            format: export.format.extension(),
            to: &export.to,
            read_at: done.read_at,
            files: done.files.iter().map(Whole::of).collect(),
            seconds: (seconds * 1000.0).round() / 1000.0,
            failures: failures.iter().map(Failed::of).collect(),
        });
        return;
    }
    if output.is_quiet() {
        return;
    }
    let mut table = Table::new(&["file", ">rows", ">bytes"]);
    for Exported { file, rows, bytes, .. } in &done.files {
        table.row([file.clone(), rows.to_string(), bytes.to_string()]);
    }
    if !table.is_empty() {
        table.lines().iter().for_each(|line| output.line(line));
    }
    let files = done.files.len();
    let at = done.read_at.map_or_else(|| "-".to_owned(), moment);
    output.talk(format!(
        "{files} files in {}, in {}, as of {at} (Taiwan time)",
        export.to,
        span(seconds)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(asked: &str) -> String {
        let known = [("mart", "job_overview"), ("mart", "pool"), ("recruiting", "candidate")]
            .map(|(schema, name)| Name::new(schema, name))
            .to_vec();
        let why = Unresolved::Unknown;
        let Failure::Asked { remedy, .. } =
            refused(&ExportRefusal::Name { asked: asked.to_owned(), why, known })
        else {
            panic!("it was asked for")
        };
        remedy
    }

    #[test]
    fn a_mistyped_name_leads_to_the_nearest_one() {
        assert_eq!(unknown("job_overveiw"), "did you mean job_overview?");
        assert_eq!(unknown("recruiting.candidates"), "did you mean recruiting.candidate?");
        assert_eq!(
            unknown("xyzzy_plugh_xyzzy"),
            "write one of mart.job_overview, mart.pool, recruiting.candidate"
        );
    }
}
