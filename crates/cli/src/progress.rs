//! How far a run is: bars on a terminal, plain lines elsewhere.

mod end;

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use pipeline::tally::Tally;
use tokio::task::JoinSet;

use crate::output::Output;
use crate::screen::Screen;
use crate::taiwan::span;

/// How often bars are drawn anew.
const FRAME: Duration = Duration::from_millis(200);
/// How often a line is printed where no bars are.
const LINE: Duration = Duration::from_secs(30);

/// What is shown beside the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Nothing.
    Counts,
    /// When it is expected to end.
    End {
        /// Whether files are fetched too.
        with_files: bool,
    },
}

impl Shown {
    /// `; ends about 14:20`, once that can be said.
    fn end(self, counts: &Counts, elapsed: Duration) -> String {
        match self {
            Self::Counts => String::new(),
            Self::End { with_files } => end::expected(counts, with_files, elapsed)
                .map_or_else(String::new, |left| format!("; ends about {}", end::shown(left))),
        }
    }
}

/// Shows progress until it is dropped.
pub(crate) struct Progress {
    screen: Screen,
    /// Held so that the showing task ends with it.
    _task: JoinSet<()>,
}

/// What is shown of the counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    windows: (u64, u64),
    lists: (u64, u64),
    resumes: (u64, u64),
    files: (u64, u64),
    /// Resumes that this run's own lists showed.
    found: u64,
    /// Files that its own resumes have.
    wanted: u64,
    calls: u64,
    waits: bool,
}

/// Said of a backfill that makes no call for now.
const WAITS: &str = "waits for a scheduled run";

impl Counts {
    /// Done and known so far. What an earlier run left is known beforehand to a backfill alone, so
    /// done may exceed what was known.
    fn of(tally: &Tally) -> Self {
        let pair = |done: u64, known: u64| (done, known.max(done));
        let windows = tally.windows_closed.get() + tally.windows_failed.get();
        let windows = pair(windows, tally.windows_due.get());
        // A window that failed before its list was had needs none from this run.
        let (listed, lists_due) = (tally.lists.get(), tally.lists_due.get());
        let lists_left = lists_due.saturating_sub(listed).min(windows.1 - windows.0);
        let (found, wanted) = (tally.listed.get(), tally.files_wanted.get());
        let resumes = tally.stored.get() + tally.absent.get() + tally.rejected.get();
        let files =
            tally.files_stored.get() + tally.files_unavailable.get() + tally.files_failed.get();
        Self {
            windows,
            lists: (listed, listed + lists_left),
            resumes: pair(resumes, found + tally.items_due.get()),
            files: pair(files, wanted + tally.files_due.get()),
            found,
            wanted,
            calls: tally.calls.get(),
            waits: tally.waits_for_schedule.get(),
        }
    }

    fn line(&self, elapsed: Duration) -> String {
        let Self { windows, resumes, files, calls, waits, .. } = self;
        format!(
            "{}: windows {} of {}, resumes {} of {} listed, files {} of {}, calls {} ({:.1} a second){}",
            span(elapsed.as_secs_f64()),
            windows.0,
            windows.1,
            resumes.0,
            resumes.1,
            files.0,
            files.1,
            calls,
            a_second(*calls, elapsed),
            if *waits { format!("; {WAITS}") } else { String::new() }
        )
    }
}

impl Progress {
    /// Shows the tally's counts from now on.
    pub(crate) fn show(tally: &Arc<Tally>, output: &Output, shown: Shown) -> Self {
        let screen = output.screen().clone();
        let tally = Arc::clone(tally);
        let mut task = JoinSet::new();
        if screen.has_bars() {
            task.spawn(draw(tally, Bars::new(&screen), shown));
        } else if !output.is_quiet() {
            task.spawn(print(tally, screen.clone(), shown));
        }
        Self { screen, _task: task }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.screen.clear();
    }
}

async fn draw(tally: Arc<Tally>, bars: Bars, shown: Shown) {
    loop {
        bars.set(Counts::of(&tally), shown);
        tokio::time::sleep(FRAME).await;
    }
}

async fn print(tally: Arc<Tally>, screen: Screen, shown: Shown) {
    let began = Instant::now();
    loop {
        tokio::time::sleep(LINE).await;
        let (counts, elapsed) = (Counts::of(&tally), began.elapsed());
        screen.print(&format!("{}{}", counts.line(elapsed), shown.end(&counts, elapsed)));
    }
}

fn a_second(count: u64, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / elapsed.as_secs_f64().max(0.001)
}

/// Calls, windows, resumes and files, a bar each.
struct Bars {
    calls: ProgressBar,
    windows: ProgressBar,
    resumes: ProgressBar,
    files: ProgressBar,
}

impl Bars {
    fn new(screen: &Screen) -> Self {
        let bar = |name: &'static str| {
            let style = ProgressStyle::with_template(
                "{prefix:>8} [{bar:30}] {human_pos} of {human_len}  {msg}  {elapsed}",
            )
            .unwrap_or_else(|_broken_template| ProgressStyle::default_bar())
            .progress_chars("=> ");
            screen.add(ProgressBar::new(0)).with_style(style).with_prefix(name)
        };
        Self {
            calls: bar("calls"),
            windows: bar("windows"),
            resumes: bar("resumes"),
            files: bar("files"),
        }
    }

    fn set(&self, counts: Counts, shown: Shown) {
        for (bar, (done, known)) in [
            (&self.calls, (counts.calls, counts.calls)),
            (&self.windows, counts.windows),
            (&self.resumes, counts.resumes),
            (&self.files, counts.files),
        ] {
            let per_second = a_second(done, bar.elapsed());
            bar.set_length(known);
            bar.set_position(done);
            bar.set_message(format!("{per_second:.1} a second"));
        }
        if counts.waits {
            self.calls.set_message(WAITS);
        } else {
            let elapsed = self.calls.elapsed();
            let (per_second, end) = (a_second(counts.calls, elapsed), shown.end(&counts, elapsed));
            self.calls.set_message(format!("{per_second:.1} a second{end}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_earlier_runs_left_does_not_exceed_the_bar() {
        let tally = Tally::default();
        tally.windows_due.add(3);
        tally.windows_closed.add(1);
        tally.stored.add(7);
        let counts = Counts::of(&tally);
        assert_eq!((counts.windows, counts.resumes), ((1, 3), (7, 7)));
        let line = counts.line(Duration::from_secs(30));
        assert_eq!(
            line,
            "30 s: windows 1 of 3, resumes 7 of 7 listed, files 0 of 0, calls 0 (0.0 a second)"
        );
        // A backfill knows them beforehand.
        for (due, count) in [(&tally.items_due, 40), (&tally.files_due, 342), (&tally.lists_due, 2)]
        {
            due.add(count);
        }
        tally.lists.add(1);
        tally.listed.add(3);
        let counts = Counts::of(&tally);
        assert_eq!((counts.lists, counts.resumes, counts.files), ((1, 2), (7, 43), (0, 342)));
        // Lists of windows that failed will not come.
        tally.windows_failed.add(2);
        assert_eq!(Counts::of(&tally).lists, (1, 1));
        tally.waits_for_schedule.set(true);
        let line = Counts::of(&tally).line(Duration::from_mins(1));
        assert!(line.ends_with("(0.0 a second); waits for a scheduled run"), "{line}");
    }
}
