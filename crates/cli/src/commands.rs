//! The commands, one file each. Every one gives an exit code, or why it failed.

pub(crate) mod init;
pub(crate) mod check;
pub(crate) mod probe;
pub(crate) mod migrate;
pub(crate) mod work;
pub(crate) mod run;
pub(crate) mod backfill;
pub(crate) mod retry;
pub(crate) mod reprocess;
pub(crate) mod as_of;
pub(crate) mod verify;
pub(crate) mod trace;
pub(crate) mod export;
pub(crate) mod changes;
pub(crate) mod status;
pub(crate) mod list;
pub(crate) mod windows;
pub(crate) mod runs;
pub(crate) mod files;
pub(crate) mod rejections;
pub(crate) mod schema;
pub(crate) mod manual;

use crate::arguments::Command;
use crate::context::Context;
use crate::summary::Summary;

/// Runs a command to its end, and gives the process's exit code.
pub(crate) async fn dispatch(context: &Context, command: Command) -> u8 {
    let summarised = summarised(&command).filter(|_| context.output.is_json());
    let ended = match command {
        Command::Init(init) => init::run(context, &init),
        Command::Check(check) => check::run(context, &check).await,
        Command::Probe(probe) => Box::pin(probe::run(context, &probe)).await,
        Command::Migrate(migrate) => migrate::run(context, &migrate).await,
        Command::Run(run) => run::run(context, &run).await,
        Command::Backfill(backfill) => backfill::run(context, &backfill).await,
        Command::Retry(retry) => retry::run(context, &retry).await,
        Command::Reprocess(reprocess) => reprocess::run(context, &reprocess).await,
        Command::AsOf(as_of) => as_of::run(context, &as_of).await,
        Command::Verify(verify) => verify::run(context, &verify).await,
        Command::Export(export) => Box::pin(export::run(context, &export)).await,
        Command::Changes(changes) => Box::pin(changes::run(context, &changes)).await,
        Command::Trace(trace) => trace::run(context, &trace).await,
        Command::Status(status) => status::run(context, &status).await,
        Command::Windows(windows) => windows::run(context, &windows).await,
        Command::Runs(runs) => runs::run(context, &runs).await,
        Command::Files(files) => files::run(context, &files).await,
        Command::Rejections(rejections) => rejections::run(context, &rejections).await,
        Command::Schema(schema) => schema::run(context, &schema).await,
        Command::Manual(manual) => manual::run(context, &manual),
    };
    ended.unwrap_or_else(|failure| {
        failure.print(&context.output);
        let exit_code = failure.exit_code();
        if let Some(name) = summarised {
            context.output.json(&Summary::refused(name, failure));
        }
        exit_code
    })
}

/// The name in the summary that ends a command for programs; `None` if its lines are data alone.
fn summarised(command: &Command) -> Option<&'static str> {
    match command {
        Command::Run(_) => Some(resumes::Command::Run.as_str()),
        Command::Retry(retry) => Some(retry.command().as_str()),
        Command::Backfill(_) => Some("backfill"),
        Command::Reprocess(_) => Some("reprocess"),
        Command::AsOf(_) => Some("as-of"),
        Command::Verify(_) => Some("verify"),
        Command::Export(_) => Some("export"),
        Command::Probe(_) => Some("probe"),
        Command::Init(_)
        | Command::Check(_)
        | Command::Migrate(_)
        | Command::Changes(_)
        | Command::Trace(_)
        | Command::Status(_)
        | Command::Windows(_)
        | Command::Runs(_)
        | Command::Files(_)
        | Command::Rejections(_)
        | Command::Schema(_)
        | Command::Manual(_) => None,
    }
}
