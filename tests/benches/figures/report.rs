//! The page: goals with their verdicts, then all figures with their spread.

use std::fmt::Write;

use crate::beside::Aside;
use crate::cost::Cost;
use crate::goals::{Goal, Verdict};
use crate::history::{Path, Scale, Way};
use crate::limit::Manner;
use crate::machine::Machine;
use crate::peer::Peer;

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) is_full: bool,
    pub(crate) scales: Vec<Scale>,
    /// Scales that the disk does not hold.
    pub(crate) too_large: Vec<String>,
    pub(crate) peer: Result<Peer, String>,
    pub(crate) asides: Vec<Aside>,
    pub(crate) goals: Vec<Goal>,
}

impl Way {
    pub(crate) fn name(self) -> String {
        let sessions = |count: usize| if count == 1 { "" } else { ", two sessions" };
        match self {
            Self::Limit(Manner::Bare, n) => format!("COPY, bare{}", sessions(n)),
            Self::Limit(Manner::ThenKeys, n) => format!("COPY, bare, then keys{}", sessions(n)),
            Self::Limit(Manner::WithKeys, n) => format!("COPY with keys{}", sessions(n)),
            Self::LimitOfChanged(n) => {
                format!("COPY with keys of the rows after the change{}", sessions(n))
            }
            Self::AsideEmpty => "etl104 reprocess --aside, no rows before".into(),
            Self::AsideSame => "etl104 reprocess --aside, rows were right".into(),
            Self::AsideAged => "etl104 reprocess --aside, rows of other rules".into(),
            Self::InPlaceEmpty => "etl104 reprocess, no rows before".into(),
            Self::InPlaceSame => "etl104 reprocess, nothing changed".into(),
            Self::InPlaceChanged => "etl104 reprocess, everything changed".into(),
            Self::Marts => "refresh of the kept marts".into(),
            Self::DltReplace(setting) => format!("dlt {}, replace", setting.name()),
            Self::DltMerge(setting) => format!("dlt {}, merge, everything changed", setting.name()),
        }
    }
}

impl Way {
    /// Its place among all: the limit first, and each of ours beside what it is compared with.
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Limit(Manner::Bare, n) => n,
            Self::Limit(Manner::ThenKeys, n) => 10 + n,
            Self::AsideEmpty => 20,
            Self::AsideSame => 21,
            Self::AsideAged => 22,
            Self::Limit(Manner::WithKeys, n) => 30 + n,
            Self::InPlaceEmpty => 40,
            Self::InPlaceSame => 41,
            Self::LimitOfChanged(n) => 50 + n,
            Self::InPlaceChanged => 60,
            Self::Marts => 70,
            Self::DltReplace(_) | Self::DltMerge(_) => 80,
        }
    }

    /// Whether it looks at rows and lets them be.
    pub(crate) fn writes_nothing(self) -> bool {
        matches!(self, Self::InPlaceSame | Self::Marts)
    }

    /// Postgres alone, ours, and others'.
    pub(crate) fn colour(self) -> &'static str {
        match self {
            Self::Limit(..) | Self::LimitOfChanged(_) => "#9aa5b1",
            Self::DltReplace(_) | Self::DltMerge(_) => "#d9a441",
            _ => "#3b7dd8",
        }
    }
}

impl Report {
    /// The page in Markdown.
    pub(crate) fn page(&self) -> String {
        let mut page = String::new();
        self.head(&mut page).expect("a string grows");
        self.goals(&mut page).expect("a string grows");
        page.push_str("\n![rows a second](benchmarks.svg)\n");
        for scale in &self.scales {
            self.scale(&mut page, scale).expect("a string grows");
        }
        for why in &self.too_large {
            writeln!(page, "\nLeft out: {why}.").expect("a string grows");
        }
        self.growth(&mut page).expect("a string grows");
        self.peer(&mut page).expect("a string grows");
        self.beside(&mut page).expect("a string grows");
        page
    }

    fn head(&self, page: &mut String) -> std::fmt::Result {
        let Machine { cpu, cores, memory_gb, postgres, settings, rustc, commit, on } =
            &self.machine;
        let target = if self.is_full { "bench-full" } else { "bench" };
        writeln!(
            page,
            "# Figures

`make {target}` wrote this page on {on}; whoever changes it runs that again. {cpu}, {cores} cores, {memory_gb} GB;
{rustc}; etl104 at {commit}. {postgres} on disk with default settings:
{}.
Server, program and benchmark share the cores.

People are the simulator's, of 10 KB each: fields of neighbouring types and unknown ones in 15 of 100, `\\u0000` or lone
surrogates in one of 200, every tenth document in `\\u` escapes, one person in ten with two to five documents, a kept receipt
for each file. The limit is `COPY` (binary) of the finished rows into the same tables with the same checks; *keys* are
primary keys, indexes and foreign keys. One session does one table after the other; two share the tables.

Values are the middle of the runs, in brackets the least and the most; ratios are those of the quickest runs. *CPU* is what the program
and Postgres took, *others* what anybody else on the machine had of the cores meanwhile: where that is much, trust the CPU
time and not the clock. Marts are refreshed apart.\n",
            settings.join(", ")
        )
    }

    fn goals(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "## Goals\n\n| # | goal | measured | |\n| --- | --- | --- | --- |")?;
        for Goal { number, what, measured, verdict } in &self.goals {
            let (measured, verdict) = match verdict {
                Verdict::Met => (measured.as_str(), "met"),
                Verdict::NotMet => (measured.as_str(), "**NOT MET**"),
                Verdict::NotMeasured(why) => (why.as_str(), "not measured"),
            };
            writeln!(page, "| {number} | {what} | {measured} | {verdict} |")?;
        }
        Ok(())
    }

    fn scale(&self, page: &mut String, scale: &Scale) -> std::fmt::Result {
        let landed = scale.landed;
        writeln!(
            page,
            "\n## {} people\n
{} documents of {:.0} MB, {:.1} rows a person, {:.0} MB in raw and {:.0} MB in recruiting with their indexes.\n",
            spaced(scale.people),
            spaced(landed.documents),
            count(landed.bytes) / 1e6,
            scale.paths.first().map_or(f64::NAN, |path| path.rows / path.people),
            scale.sizes.raw * count(scale.people) / 1e6,
            scale.sizes.rows * count(scale.people) / 1e6,
        )?;
        self.paths(page, scale.paths.iter())?;
        for what in &scale.left_out {
            writeln!(page, "\nLeft out: {what}.")?;
        }
        Ok(())
    }

    /// One row a way.
    fn paths<'a>(
        &self,
        page: &mut String,
        paths: impl Iterator<Item = &'a Path>,
    ) -> std::fmt::Result {
        writeln!(
            page,
            "| way | seconds | resumes/s | rows/s | CPU s, program + Postgres | others | WAL MB | peak MiB |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        )?;
        let cores = count(self.machine.cores as u64);
        for path in paths {
            let (least, most) = path.spread(|run| run.wall);
            let wall = path.median(|run| run.wall);
            let others = path.median(|run| run.others_cpu / (run.wall * cores));
            let peak = path.median(|run| run.peak_kib.map_or(f64::NAN, count)) / 1024.0;
            let rows = if path.rows.is_nan() { String::new() } else { figure(path.rows / wall) };
            writeln!(
                page,
                "| {} | {wall:.2}{} | {} | {rows} | {:.2} + {:.2} | {:.0} % | {:.1} | {} |",
                path.way.name(),
                if path.runs.len() > 1 {
                    format!(" ({least:.2} to {most:.2})")
                } else {
                    String::new()
                },
                figure(path.people / wall),
                path.median(|run| run.client_cpu),
                path.median(|run| run.server_cpu),
                others * 100.0,
                path.median(|run| run.wal_bytes) / 1e6,
                if peak.is_nan() { String::new() } else { format!("{peak:.1}") },
            )?;
        }
        Ok(())
    }

    /// What grows with what: CPU for a thousand people at each scale.
    fn growth(&self, page: &mut String) -> std::fmt::Result {
        if self.scales.len() < 2 {
            return Ok(());
        }
        let heads: Vec<String> = self.scales.iter().map(|scale| spaced(scale.people)).collect();
        writeln!(
            page,
            "\n## Growth\n\nCPU milliseconds of both sides for one person, and the most memory of etl104.\n\n| way | {} |\n| --- |{}",
            heads.join(" | "),
            " ---: |".repeat(heads.len())
        )?;
        let Some(first) = self.scales.first() else { return Ok(()) };
        for path in &first.paths {
            let cell = |scale: &Scale| {
                let Some(path) = scale.path(path.way) else { return String::new() };
                let cpu = path.median(Cost::cpu) * 1e3 / path.people;
                let peak = path.median(|run| run.peak_kib.map_or(f64::NAN, count)) / 1024.0;
                if peak.is_nan() { format!("{cpu:.2}") } else { format!("{cpu:.2}, {peak:.1} MiB") }
            };
            let cells: Vec<String> = self.scales.iter().map(cell).collect();
            writeln!(page, "| {} | {} |", path.way.name(), cells.join(" | "))?;
        }
        Ok(())
    }

    fn peer(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "\n## dlt\n")?;
        match &self.peer {
            Err(why) => writeln!(page, "Skipped: {why}."),
            Ok(peer) => {
                writeln!(
                    page,
                    "dlt {} from PyPI (`scripts/bench-dlt.py`), once as it comes, as its introduction shows it, and set as its pages on
performance advise: parsed by its own parser, pages of 500, two processes that normalise, CSV and COPY, 20 threads that load,
nothing compressed. No text is taken for a date, at which it fails. It makes {} tables of a resume, keeps no history and has
no foreign keys. It was spared {} documents at which it stops: `\\u0000` and lone surrogates. Its seconds are its own count,
without the start of Python; its CPU has that in it.\n",
                    peer.version, peer.tables, peer.spared
                )?;
                self.paths(page, peer.paths())
            }
        }
    }

    fn beside(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "\n## Beside\n\n| what | |\n| --- | --- |")?;
        for Aside { what, measured } in &self.asides {
            writeln!(page, "| {what} | {measured} |")?;
        }
        Ok(())
    }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "a figure of a few digits is made of it")]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}

/// `1 234 567`
pub(crate) fn spaced(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A rate to three digits.
pub(crate) fn figure(rate: f64) -> String {
    if !rate.is_finite() || rate < 10.0 {
        return format!("{rate:.2}");
    }
    let step = 10_f64.powf((rate.log10().floor() - 2.0).max(0.0));
    let rounded = (rate / step).round() * step;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive rate")]
    spaced(rounded as u64)
}
