//! How many people are done: a bar on a terminal, plain lines elsewhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pipeline::tally::Tally;
use tokio::task::JoinSet;

use crate::output::Output;
use crate::screen::Screen;
use crate::taiwan::span;

/// How often the bar is drawn anew.
const FRAME: Duration = Duration::from_millis(200);
/// How often a line is printed where no bar is.
const LINE: Duration = Duration::from_secs(30);

/// Shows progress until it is dropped.
pub(super) struct Progress {
    screen: Screen,
    /// Held so that the showing task ends with it.
    _task: JoinSet<()>,
}

impl Progress {
    pub(super) fn show(tally: &Arc<Tally>, output: &Output) -> Self {
        let screen = output.screen().clone();
        let tally = Arc::clone(tally);
        let mut task = JoinSet::new();
        if screen.has_bars() {
            task.spawn(draw(tally, screen.add(bar())));
        } else if !output.is_quiet() {
            task.spawn(print(tally, screen.clone()));
        }
        Self { screen, _task: task }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.screen.clear();
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{prefix:>8} [{bar:30}] {human_pos} of {human_len}  {per_sec}  {elapsed}, {eta} left",
    )
    .unwrap_or_else(|_broken_template| ProgressStyle::default_bar())
    .progress_chars("=> ");
    ProgressBar::new(0).with_style(style).with_prefix("people")
}

async fn draw(tally: Arc<Tally>, bar: ProgressBar) {
    loop {
        bar.set_length(tally.people_due.get());
        bar.set_position(tally.people_done.get());
        tokio::time::sleep(FRAME).await;
    }
}

async fn print(tally: Arc<Tally>, screen: Screen) {
    let began = Instant::now();
    loop {
        tokio::time::sleep(LINE).await;
        screen.print(&line(tally.people_done.get(), tally.people_due.get(), began.elapsed()));
    }
}

/// `30 s: 3000 of 9000 people, 100 a second, 1 min 00 s left`
fn line(done: u64, due: u64, elapsed: Duration) -> String {
    let float = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let seconds = elapsed.as_secs_f64();
    let a_second = float(done) / seconds.max(0.001);
    let so_far = format!("{}: {done} of {due} people, {a_second:.0} a second", span(seconds));
    if done == 0 {
        return so_far;
    }
    format!("{so_far}, {} left", span(float(due.saturating_sub(done)) / a_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_and_how_long() {
        let thirty = Duration::from_secs(30);
        let said = "30 s: 3000 of 9000 people, 100 a second, 1 min 00 s left";
        assert_eq!(line(3000, 9000, thirty), said);
        assert_eq!(line(0, 9000, thirty), "30 s: 0 of 9000 people, 0 a second");
    }
}
