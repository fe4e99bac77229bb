//! The etl104 command: arguments, settings, output, exit codes.
//!
//! What is absent: everything else. The pipeline is called, not done here. In reading order:
//! [`arguments`] is what can be typed, [`settings`] what is configured, [`commands`] one file a
//! command, [`summary`] what a run prints at its end, [`exit`] what a scheduler sees.

mod arguments;
mod settings;
mod context;
mod commands;
mod summary;
mod progress;
mod signals;
mod output;
mod screen;
mod table;
mod taiwan;
mod logs;
mod exit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

use arguments::Arguments;
use context::Context;
use output::Output;
use settings::Environment;

/// How it is set stands in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let Arguments { global, command } = Arguments::parse();
    let environment = Environment::of_process();
    let output = Output::new(global.output, global.quiet, &environment);
    exit::report_panics(output.screen().clone());
    logs::start(global.log_format, global.verbose, &output);
    // Every part that speaks TLS takes the process's one provider; a second installation is refused.
    drop(rustls::crypto::ring::default_provider().install_default());
    let run_label = command.run_label().map(str::to_owned);
    let context = Context { global, run_label, environment, output };
    let worked = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        match runtime {
            Ok(runtime) => {
                let code = runtime.block_on(commands::dispatch(&context, command));
                runtime.shutdown_timeout(Duration::from_secs(1));
                code
            }
            Err(error) => {
                context.output.complain(format!("error: the program could not start: {error}"));
                1
            }
        }
    }));
    // A panic was reported by the hook.
    ExitCode::from(worked.unwrap_or(1))
}
