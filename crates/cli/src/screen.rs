//! The terminal on stderr, which progress bars, talk and logs share.

use std::io::{self, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use tracing_subscriber::fmt::MakeWriter;

/// The terminal on stderr; clones are the same one.
#[derive(Clone)]
pub(crate) struct Screen {
    bars: MultiProgress,
    has_bars: bool,
}

impl Screen {
    /// With progress bars, or without.
    pub(crate) fn new(has_bars: bool) -> Self {
        let target = if has_bars {
            ProgressDrawTarget::stderr_with_hz(5)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self { bars: MultiProgress::with_draw_target(target), has_bars }
    }

    /// Whether progress bars are drawn.
    pub(crate) fn has_bars(&self) -> bool {
        self.has_bars
    }

    /// Adds a bar below the others.
    pub(crate) fn add(&self, bar: ProgressBar) -> ProgressBar {
        self.bars.add(bar)
    }

    /// Takes the bars off the terminal.
    pub(crate) fn clear(&self) {
        // A terminal that went away can't be cleared, and need not be.
        drop(self.bars.clear());
    }

    /// Does something while the bars stand aside.
    pub(crate) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bars.suspend(work)
    }

    /// A line on stderr, above the bars.
    pub(crate) fn print(&self, line: &str) {
        // Nobody is left to tell if stderr is gone.
        drop(self.aside(|| writeln!(io::stderr().lock(), "{line}")));
    }
}

impl io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.aside(|| io::stderr().lock().write_all(bytes)).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
