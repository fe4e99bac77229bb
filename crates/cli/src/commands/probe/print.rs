//! What a probe saw, for people.

use model::Assumption;
use probe::{Change, Outcome, Record};

use crate::output::{Output, Tone};
use crate::table::Table;
use crate::taiwan::span;

/// Verdicts, what is done about the refuted ones, the mail, and how it was asked.
pub(super) fn record(output: &Output, record: &Record) {
    let mut table = Table::new(&["", "about", "outcome", "seen"]);
    for verdict in &record.verdicts {
        let subject = Assumption::of(&verdict.assumption).map_or("", |known| known.subject);
        table.row([
            verdict.assumption.clone(),
            subject.to_owned(),
            verdict.outcome.as_str().to_owned(),
            verdict.evidence.clone(),
        ]);
    }
    for (line, outcome) in
        table.lines().iter().zip(std::iter::once(None).chain(record.verdicts.iter().map(Some)))
    {
        match outcome.map(|verdict| (verdict.outcome, verdict.is_handled)) {
            Some((Outcome::Refuted, false)) => output.line(output.paint(Tone::Bad, line)),
            Some((Outcome::Refuted, true)) => output.line(output.paint(Tone::Warning, line)),
            Some((Outcome::Confirmed | Outcome::NotSeen, _)) => output.line(line),
            None => output.line(output.paint(Tone::Heading, line)),
        }
    }
    if record.refuted().next().is_some() {
        output.line("");
        output.line(output.paint(Tone::Heading, "Refuted, and what etl104 does about it"));
        for verdict in record.refuted() {
            let Some(known) = Assumption::of(&verdict.assumption) else { continue };
            output.line(format!("{}  assumed: {}", known.number, known.claim));
            let then = if verdict.is_handled { "" } else { " (not enough: report it)" };
            output.line(format!("      {}{then}", known.otherwise));
        }
    }
    if let Some(mail) = probe::mail(record) {
        output.line("");
        output.line(output.paint(Tone::Heading, "Questions to 104, ready to send"));
        output.line(mail);
    }
    let of = |outcome| record.verdicts.iter().filter(|it| it.outcome == outcome).count();
    output.line("");
    output.line(format!(
        "{} confirmed, {} refuted, {} not seen; {} resumes, {} calls, {}",
        of(Outcome::Confirmed),
        of(Outcome::Refuted),
        of(Outcome::NotSeen),
        record.resumes,
        record.calls,
        span(f64::from(u32::try_from(record.seconds).unwrap_or(u32::MAX))),
    ));
    if !record.left_out.is_empty() {
        output.line(format!("left out for the budget: {}", record.left_out.join("; ")));
    }
}

/// What changed, a line each; nothing if nothing did.
pub(super) fn changes(output: &Output, changes: &[Change]) {
    for change in changes {
        let tone = if change.is_worse { Tone::Warning } else { Tone::Good };
        output.line(output.paint(tone, &change.what));
    }
    if changes.is_empty() {
        output.talk("nothing changed");
    }
}
