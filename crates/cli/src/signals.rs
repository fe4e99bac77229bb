//! SIGINT and SIGTERM: the first one drains, the second one exits at once.

use std::io;
use std::process;

use pipeline::verdict::Stop;
use resumes::Signals;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::output::Output;
use crate::screen::Screen;

/// Listens until it is dropped.
pub(crate) struct Listener {
    /// Held so that the listening task ends with it.
    _task: JoinSet<()>,
}

/// Stops the run at the first signal, and ends the process at the second.
pub(crate) fn listen(signals: &Signals, output: &Output) -> io::Result<Listener> {
    let interrupted = signal(SignalKind::interrupt())?;
    let terminated = signal(SignalKind::terminate())?;
    let mut task = JoinSet::new();
    task.spawn(heed(interrupted, terminated, signals.clone(), output.screen().clone()));
    Ok(Listener { _task: task })
}

async fn heed(mut interrupted: Signal, mut terminated: Signal, signals: Signals, screen: Screen) {
    let stop = next(&mut interrupted, &mut terminated).await;
    signals.stop(stop);
    screen
        .print("stopping: what is under way is finished or given back (once more to exit at once)");
    let stop = next(&mut interrupted, &mut terminated).await;
    screen.clear();
    process::exit(code(stop));
}

async fn next(interrupted: &mut Signal, terminated: &mut Signal) -> Stop {
    tokio::select! {
        _ = interrupted.recv() => Stop::Interrupted,
        _ = terminated.recv() => Stop::Terminated,
    }
}

fn code(stop: Stop) -> i32 {
    match stop {
        Stop::Interrupted => 130,
        Stop::Terminated => 143,
        Stop::BudgetSpent => 0,
    }
}
