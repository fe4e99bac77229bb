//! `verify`: the warehouse against itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use pipeline::tally::Tally;
use pipeline::verdict::RunState;
use resumes::{Changes, Checkup, Examined, Signals, Verified, VerifyRequest, Weight, verify};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::context::Context;
use crate::exit::Failure;
use crate::output::Output;
use crate::settings::Secrets;
use crate::signals;
use crate::taiwan::span;

mod print;

/// How often a long look says how far it is.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// Hold the warehouse against itself, and mend it
///
/// Checks that no table, column, key or index is missing, every window adds up, every pointer points,
/// every row follows from its documents, every file lies in the storage with its size, and runs,
/// receipts and tasks agree. Makes no call to 104 and needs no secret; without --repair it changes
/// nothing. Safe beside live runs.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 verify                     after a restored backup, or in doubt
  etl104 verify --deep              also reads every file and every document through
  etl104 verify --repair; etl104 run
  etl104 verify --output json | jq '.checks[] | select(.left > 0)'

--repair writes rows anew that differ, recounts windows and reopens those whose documents are gone or
damaged, ends what dead runs hold, and reopens the tasks of files that are lost. Documents and files
can't be rebuilt: the next `run` asks 104 for them, whichever hours they are of, and 104 may give them
no more. Rows of whom a document is damaged stay as they are. Nothing that was received is deleted,
and no object. If half of the people who have rows have no documents, nothing is repaired.

Exit codes: 0 sound; 3 findings are left; 2 settings; 7 database or storage unavailable (without the
storage all else is checked); 130 and 143 stopped by a signal.")]
pub(crate) struct Verify {
    /// Read every file and every document through, and compare their hashes
    #[arg(long)]
    deep: bool,
    /// Mend what can be mended
    #[arg(long)]
    repair: bool,
    /// With --repair: the storage has lost all files, and 104 is to be asked for them again
    #[arg(long, requires = "repair")]
    storage_is_empty: bool,
    /// With --repair: schema raw has lost most people; their rows are to go, and 104 is to be asked again
    #[arg(long, requires = "repair")]
    raw_is_lost: bool,
}

/// The outcome for programs.
#[derive(Serialize)]
struct Summary<'a> {
    schema: u8,
    command: &'static str,
    run_id: Option<String>,
    state: RunState,
    exit_code: u8,
    is_sound: bool,
    is_deep: bool,
    is_repair: bool,
    checks: Vec<Line<'a>>,
    changes: &'a Changes,
    reopened: Again,
    examined: Seen,
    seconds: f64,
    failures: Vec<Failed>,
}

/// One check for programs.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    holds: &'a str,
    is_note: bool,
    found: u64,
    left: u64,
    examples: &'a [String],
    remedy: Option<&'a str>,
    skipped: Option<&'a str>,
}

/// What the repair opened again, for the next run.
#[derive(Serialize)]
struct Again {
    windows: u64,
    files: u64,
}

/// What was looked at.
#[derive(Serialize)]
struct Seen {
    people: u64,
    objects: u64,
    bytes: u64,
    documents: u64,
}

#[derive(Serialize)]
struct Failed {
    at: String,
    what: String,
    remedy: String,
}

/// Verifies, and says what was found.
pub(crate) async fn run(context: &Context, asked: &Verify) -> Result<u8, Failure> {
    let settings = context.given()?.all(context.companies(), Secrets::NotNeeded)?;
    let request = VerifyRequest {
        companies: context.companies().to_vec(),
        is_deep: asked.deep,
        is_repair: asked.repair,
        is_storage_empty: asked.storage_is_empty,
        is_raw_lost: asked.raw_is_lost,
    };
    let tally = Arc::new(Tally::default());
    let signals = Signals::new();
    let listener = signals::listen(&signals, &context.output)
        .map_err(|error| Failure::asked(format!("signals can't be heard: {error}"), "report it"))?;
    let examined = Arc::new(Examined::default());
    let progress = show(&examined, &context.output);
    let verified = verify(&settings, &request, &tally, &signals, &examined).await;
    drop((progress, listener));
    if context.output.is_json() {
        context.output.json(&summary(asked, &verified, &examined, &tally));
    } else {
        print::print(context, asked, &verified, &examined, &tally);
    }
    Ok(verified.verdict.exit_code)
}

/// Says now and then how far it is.
fn show(examined: &Arc<Examined>, output: &Output) -> JoinSet<()> {
    let mut task = JoinSet::new();
    if output.is_quiet() {
        return task;
    }
    let (examined, screen, began) = (Arc::clone(examined), output.screen().clone(), Instant::now());
    task.spawn(async move {
        loop {
            tokio::time::sleep(SIGN_OF_LIFE).await;
            let elapsed = span(began.elapsed().as_secs_f64());
            screen.print(&format!("{elapsed}: {}", Seen::of(&examined).words()));
        }
    });
    task
}

impl Seen {
    fn of(examined: &Examined) -> Self {
        Self {
            people: examined.people.load(Ordering::Relaxed),
            objects: examined.objects.load(Ordering::Relaxed),
            bytes: examined.bytes.load(Ordering::Relaxed),
            documents: examined.documents.load(Ordering::Relaxed),
        }
    }

    fn words(&self) -> String {
        let Self { people, objects, bytes, documents } = self;
        let read = match bytes {
            0 => String::new(),
            bytes => format!(" ({} kB read)", bytes.div_ceil(1000)),
        };
        let documents = match documents {
            0 => String::new(),
            documents => format!(", {documents} documents read"),
        };
        format!("{objects} objects{read}{documents}, rows of {people} people")
    }
}

fn summary<'a>(
    asked: &Verify,
    verified: &'a Verified,
    examined: &Examined,
    tally: &Tally,
) -> Summary<'a> {
    let Verified { run_id, verdict, checks, changes, reopened, elapsed } = verified;
    Summary {
        schema: 1,
        command: "verify",
        run_id: run_id.map(|id| id.to_string()),
        state: verdict.state,
        exit_code: verdict.exit_code,
        is_sound: verdict.exit_code == 0,
        is_deep: asked.deep,
        is_repair: asked.repair,
        checks: checks.iter().map(Line::of).collect(),
        changes,
        reopened: Again { windows: reopened.windows, files: reopened.files },
        examined: Seen::of(examined),
        seconds: (elapsed.as_secs_f64() * 1000.0).round() / 1000.0,
        failures: tally
            .failures()
            .into_iter()
            .map(|failed| Failed { at: failed.at, what: failed.what, remedy: failed.remedy })
            .collect(),
    }
}

impl<'a> Line<'a> {
    fn of(check: &'a Checkup) -> Self {
        let is_said = check.left > 0 || check.skipped.is_some();
        Self {
            name: check.name,
            holds: check.holds,
            is_note: check.weight == Weight::Note,
            found: check.found,
            left: check.left,
            examples: &check.examples,
            remedy: is_said.then_some(check.remedy.as_str()),
            skipped: check.skipped.as_deref(),
        }
    }
}
