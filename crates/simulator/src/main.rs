//! `sim104`: the simulator as a program.

mod args;
mod snippet;
mod values;

use std::process::ExitCode;

use clap::Parser;
use simulator::{Handle, Simulator};

use args::Args;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the one place that tells errors")]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(source) = cause {
                eprintln!("  because: {source}");
                cause = source.source();
            }
            ExitCode::FAILURE
        }
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;

async fn run(args: Args) -> Result<(), Error> {
    let script =
        match &args.script {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                Some(text.map_err(|error| {
                    format!("cannot read the script {}: {error}", path.display())
                })?)
            }
            None => None,
        };
    let record = match &args.like {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read the record {}: {error}", path.display()))?,
        ),
        None => None,
    };
    let port_file = args.port_file.clone();
    let (options, rules) = match record {
        Some(record) => simulator::like(&record, args.options()?)?,
        None => (args.options()?, Vec::new()),
    };
    let credentials = options.credentials.clone();
    let mut stopped = std::pin::pin!(stopped()?);
    let sim = Simulator::start(options).await?;
    for rule in rules {
        sim.script(rule);
    }
    if let Some(script) = script {
        sim.script_toml(&script)?;
    }
    if let Some(path) = port_file {
        // Written aside and renamed, so that a reader never sees half a number.
        let draft = path.with_extension("part");
        std::fs::write(&draft, format!("{}\n", sim.port()))
            .and_then(|()| std::fs::rename(&draft, &path))
            .map_err(|error| format!("cannot write the port file {}: {error}", path.display()))?;
    }
    // A day that is over, so that a first run has something to fetch.
    let start_on = sim.today().yesterday()?;
    greet(&sim, &snippet::snippet(&sim, &credentials, start_on));
    stopped.as_mut().await;
    sim.stop().await;
    Ok(())
}

/// Resolves at Ctrl-C or SIGTERM.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        drop(tokio::signal::ctrl_c().await);
    })
}

#[expect(clippy::print_stdout, reason = "the greeting is what the program is started for")]
fn greet(sim: &Handle, snippet: &str) {
    let (token, base) = (sim.token_url(), sim.base_url());
    let root = base.trim_end_matches("/ehrweb_resume/1.0");
    println!("sim104 listens; stop it with Ctrl-C.\n");
    println!("  token URL  {token}\n  base URL   {base}");
    println!(
        "  journal    {root}/_sim/journal\n  counts     {root}/_sim/stats\n  script     POST {root}/_sim/script\n"
    );
    println!("Settings for a client:\n\n{snippet}");
}
