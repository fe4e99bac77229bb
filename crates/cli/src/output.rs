//! The only printer: data on stdout, talk on stderr.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;
use serde::Serialize;

use crate::screen::Screen;
use crate::settings::Environment;

/// How data is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned tables and sentences, Taiwan time.
    Human,
    /// One JSON object a line, times in UTC.
    #[value(alias = "jsonl")]
    Json,
}

/// A colour that says how something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It is well.
    Good,
    /// It wants attention.
    Warning,
    /// It failed.
    Bad,
    /// A heading.
    Heading,
}

/// Where everything that is printed goes through.
pub(crate) struct Output {
    format: Format,
    is_quiet: bool,
    has_colour_out: bool,
    has_colour_err: bool,
    screen: Screen,
    is_closed: AtomicBool,
}

impl Output {
    /// Colours only where a terminal reads, and never under `NO_COLOR`.
    pub(crate) fn new(format: Format, is_quiet: bool, environment: &Environment) -> Self {
        let may_colour =
            environment.get("NO_COLOR").is_none() && environment.get("TERM") != Some("dumb");
        Self {
            format,
            is_quiet,
            has_colour_out: may_colour && format == Format::Human && io::stdout().is_terminal(),
            has_colour_err: may_colour && io::stderr().is_terminal(),
            screen: Screen::new(may_colour && !is_quiet && io::stderr().is_terminal()),
            is_closed: AtomicBool::new(false),
        }
    }

    /// Whether data is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether only data and failures are printed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Whether stderr may be coloured.
    pub(crate) fn has_colour_err(&self) -> bool {
        self.has_colour_err
    }

    /// Where progress bars and talk share the terminal.
    pub(crate) fn screen(&self) -> &Screen {
        &self.screen
    }

    /// One line of data for people.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        self.bytes(format!("{}\n", text.as_ref()).as_bytes());
    }

    /// One line of data for programs.
    pub(crate) fn json(&self, value: &impl Serialize) {
        if let Ok(mut line) = serde_json::to_vec(value) {
            line.push(b'\n');
            self.bytes(&line);
        }
    }

    /// Data as it is. Who reads may stop reading (`| head`): the rest is dropped then.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        if self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        let written = self.screen.aside(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes).and_then(|()| stdout.flush())
        });
        self.is_closed.store(written.is_err(), Ordering::Relaxed);
    }

    /// Whether nobody reads the data any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// A sentence beside the data; silent under `--quiet`.
    pub(crate) fn talk(&self, text: impl AsRef<str>) {
        if !self.is_quiet {
            self.complain(text);
        }
    }

    /// Something that must be heard, even under `--quiet`.
    pub(crate) fn complain(&self, text: impl AsRef<str>) {
        self.screen.print(text.as_ref());
    }

    /// Text for stdout in a colour, if colours are wanted there.
    pub(crate) fn paint(&self, tone: Tone, text: &str) -> String {
        paint(self.has_colour_out, tone, text)
    }

    /// Text for stderr in a colour, if colours are wanted there.
    pub(crate) fn paint_err(&self, tone: Tone, text: &str) -> String {
        paint(self.has_colour_err, tone, text)
    }
}

fn paint(is_wanted: bool, tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Good => "32",
        Tone::Warning => "33",
        Tone::Bad => "31",
        Tone::Heading => "1",
    };
    if is_wanted { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}
