//! From facts to verdicts, an assumption at a time. Pure.

use crate::contract::DATE_FORMS;
use crate::facts::{Facts, List, Look, Provocation, TokenType, Trial};
use crate::record::{Outcome, Verdict};
use crate::shape::Shape;

mod lists;
mod resumes;
#[cfg(test)]
mod tests;

/// What a judge says: outcome, evidence, and whether the product copes.
pub(crate) struct Ruling {
    outcome: Outcome,
    is_handled: bool,
    evidence: String,
}

pub(crate) fn confirmed(evidence: impl Into<String>) -> Ruling {
    Ruling { outcome: Outcome::Confirmed, is_handled: true, evidence: evidence.into() }
}

/// Refuted, and the product copes.
pub(crate) fn refuted(evidence: impl Into<String>) -> Ruling {
    Ruling { outcome: Outcome::Refuted, is_handled: true, evidence: evidence.into() }
}

/// Refuted, and something is lost or fails.
pub(crate) fn unhandled(evidence: impl Into<String>) -> Ruling {
    Ruling { outcome: Outcome::Refuted, is_handled: false, evidence: evidence.into() }
}

pub(crate) fn not_seen(evidence: impl Into<String>) -> Ruling {
    Ruling { outcome: Outcome::NotSeen, is_handled: true, evidence: evidence.into() }
}

/// Judges all assumptions; `resumes` is how many were looked at.
pub(crate) fn judge(facts: &Facts, shapes: &[Shape], resumes: u64) -> Vec<Verdict> {
    let rulings = [
        ("A-01", token_type(facts)),
        ("A-02", several_tokens(facts)),
        ("A-03", throttle(facts)),
        ("A-04", sliding_second(facts)),
        ("A-05", per_credential(facts)),
        ("A-06", token_calls(facts)),
        ("A-07", attachments(facts)),
        ("A-08", lists::half_open(facts)),
        ("A-09", lists::late_growth(facts)),
        ("A-10", lists::whole_days(facts)),
        ("A-11", lists::depth(facts)),
        ("A-12", lists::total_and_cap(facts)),
        ("A-13", resumes::names(facts)),
        ("A-14", resumes::batches(facts)),
        ("A-15", resumes::then_or_now(facts)),
        ("A-16", resumes::changes(facts)),
        ("A-17", resumes::sources(facts)),
        ("A-18", links(facts)),
        ("A-19", hosts(facts)),
        ("A-20", file_tokens(facts)),
        ("A-21", errors(facts)),
        ("A-22", address(facts)),
        ("A-23", types(shapes, resumes)),
        ("A-24", unknown_fields(shapes, resumes)),
        ("A-25", dates(shapes)),
        ("A-26", resumes::applications(facts)),
    ];
    rulings
        .into_iter()
        .map(|(number, Ruling { outcome, is_handled, evidence })| Verdict {
            assumption: number.to_owned(),
            outcome,
            is_handled,
            evidence,
        })
        .collect()
}

fn token_type(facts: &Facts) -> Ruling {
    match facts.token.token_type {
        None => not_seen("no token"),
        Some(TokenType::Bearer) => confirmed("token_type is Bearer"),
        Some(TokenType::Other) => refuted("token_type is another word"),
        Some(TokenType::Absent) => refuted("no token_type is sent"),
    }
}

fn several_tokens(facts: &Facts) -> Ruling {
    match facts.token.is_first_good_after_second {
        None => not_seen("there were no two tokens"),
        Some(true) => confirmed("the first token was good after the second"),
        Some(false) => refuted("the first token was refused once there was a second"),
    }
}

fn throttled(facts: &Facts) -> bool {
    facts.throttled_at_pace > 0 || facts.burst.iter().any(|trial| trial.throttled > 0)
}

fn throttle(facts: &Facts) -> Ruling {
    let hint = facts.burst.iter().filter_map(|trial| trial.retry_after_seconds).max();
    let failed = facts.burst.iter().flat_map(|trial| &trial.failed).next();
    match (throttled(facts), failed) {
        (true, _) => confirmed(match hint {
            Some(seconds) => format!("HTTP 429 with Retry-After of {seconds} s"),
            None => "HTTP 429 without Retry-After".to_owned(),
        }),
        (false, Some(look)) => unhandled(format!("too many calls were answered {}", look.words())),
        (false, None) if facts.burst.is_empty() => not_seen(UNPROVOKED),
        (false, None) => not_seen("no call was refused, though too many were made"),
    }
}

/// Said of what only a provocation shows.
const UNPROVOKED: &str = "the limiter was not provoked; --burst does";

fn trials(facts: &Facts, what: Provocation) -> Vec<&Trial> {
    facts.burst.iter().filter(|trial| trial.what == what).collect()
}

fn sliding_second(facts: &Facts) -> Ruling {
    let one = trials(facts, Provocation::OneToken);
    let hits = one.iter().filter(|trial| trial.throttled > 0).count();
    match (one.len(), hits) {
        (0, _) => not_seen(UNPROVOKED),
        (2.., hits) if hits == one.len() => {
            confirmed("four calls within 0.6 s were throttled at both phases of the second")
        }
        (2.., 0) => refuted("four calls within 0.6 s were never throttled"),
        (2.., _) => {
            refuted("four calls within 0.6 s were throttled at one phase of the second alone")
        }
        (_, _) => not_seen("one provocation was not enough"),
    }
}

fn per_credential(facts: &Facts) -> Ruling {
    let is_limited = trials(facts, Provocation::OneToken).iter().any(|trial| trial.throttled > 0);
    match trials(facts, Provocation::TwoTokens).first() {
        None => not_seen(UNPROVOKED),
        Some(trial) if trial.throttled > 0 => {
            confirmed("calls under two tokens on several connections were throttled together")
        }
        Some(_) if is_limited => refuted("calls under two tokens were counted apart"),
        Some(_) => not_seen("nothing was throttled"),
    }
}

fn token_calls(facts: &Facts) -> Ruling {
    let is_limited = trials(facts, Provocation::OneToken).iter().any(|trial| trial.throttled > 0);
    match trials(facts, Provocation::TokenCalls).first() {
        None => not_seen(UNPROVOKED),
        Some(trial) if trial.throttled > 0 => {
            confirmed("two calls for tokens and two for lists were throttled together")
        }
        Some(_) if is_limited => {
            refuted("two calls for tokens beside two for lists were not throttled")
        }
        Some(_) => not_seen("nothing was throttled"),
    }
}

fn attachments(facts: &Facts) -> Ruling {
    match &facts.files.attachment {
        None => not_seen("no resume linked to a file"),
        Some(file) if file.came() => confirmed(format!(
            "{} bytes as {}, {} a length",
            file.bytes,
            file.look.content_type.as_deref().unwrap_or("no media type"),
            if file.states_length { "with" } else { "without" },
        )),
        Some(file) => unhandled(format!("a fresh fileId was answered {}", file.look.words())),
    }
}

fn links(facts: &Facts) -> Ruling {
    let links = &facts.links;
    match (links.files, links.files_without_token) {
        (0, 0) => not_seen("no resume linked to a file"),
        (with, 0) => confirmed(format!("{with} of {with} links have a fileId")),
        (with, without) => {
            unhandled(format!("{without} of {} links have no fileId", with + without))
        }
    }
}

fn hosts(facts: &Facts) -> Ruling {
    let links = &facts.links;
    let elsewhere = links.on_host_of_104 + links.on_other_host;
    let all = elsewhere + links.on_api_host;
    match (all, elsewhere) {
        (0, _) => not_seen("no link"),
        (all, 0) => confirmed(format!("{all} of {all} links name the API's host")),
        (all, elsewhere) if links.on_other_host == 0 => {
            refuted(format!("{elsewhere} of {all} links name another host of 104"))
        }
        (all, elsewhere) => refuted(format!("{elsewhere} of {all} links name another host")),
    }
}

fn file_tokens(facts: &Facts) -> Ruling {
    let files = &facts.files;
    let Some(again) = &files.again else { return not_seen("no photo came") };
    if !again.came() {
        return refuted(format!("the same fileId was answered {} at once", again.look.words()));
    }
    let (differ, of) = facts.links.tokens_differ;
    let tokens = match (differ, of) {
        (_, 0) => String::new(),
        (0, _) => "; each answer gives the same ones".to_owned(),
        (differ, of) => format!("; {differ} of {of} differ in a second answer"),
    };
    match &files.later {
        Some((seconds, later)) if later.came() => {
            confirmed(format!("good twice, and after {seconds} s{tokens}"))
        }
        Some((seconds, later)) => refuted(format!(
            "good twice, and answered {} after {seconds} s{tokens}",
            later.look.words()
        )),
        None => not_seen(format!("good twice; not looked at later{tokens}")),
    }
}

fn errors(facts: &Facts) -> Ruling {
    let slips = &facts.slips;
    if slips.is_empty() {
        return not_seen("nothing was asked wrongly");
    }
    let said = |look: &Look| look.words();
    let accepted = slips.iter().filter(|slip| slip.got.is_answered).count();
    if let Some(slip) = slips.iter().find(|slip| slip.got.code.is_none() && !slip.got.is_answered) {
        return unhandled(format!("{}: {} and no code", slip.what, said(&slip.got)));
    }
    if let Some(slip) = slips.iter().find(|slip| slip.got.status < 400 && slip.got.code.is_some()) {
        return refuted(format!("{}: {}", slip.what, said(&slip.got)));
    }
    let other = slips.iter().filter(|slip| slip.got.code != Some(slip.expected_code));
    let other: Vec<String> =
        other.map(|slip| format!("{}: {}", slip.what, said(&slip.got))).collect();
    if accepted == slips.len() {
        return not_seen("104 answered all that was asked wrongly");
    }
    let all = slips.len();
    if other.is_empty() {
        let looks =
            slips.iter().map(|slip| format!("{} under {}", slip.expected_code, slip.got.status));
        return confirmed(looks.collect::<Vec<_>>().join(", "));
    }
    refuted(format!("{} of {all} otherwise: {}", other.len(), other.join("; ")))
}

/// Whoever reads this was answered.
fn address(facts: &Facts) -> Ruling {
    match &facts.header.with {
        Some(_) => confirmed("calls from this address are answered, and no page came"),
        None => not_seen("only a token was asked for"),
    }
}

fn types(shapes: &[Shape], resumes: u64) -> Ruling {
    let odd: Vec<&Shape> = shapes.iter().filter(|shape| shape.unexpected > 0).collect();
    if resumes == 0 {
        return not_seen("no resume");
    }
    if odd.is_empty() {
        return confirmed(format!("{resumes} resumes, all types as documented"));
    }
    let shown =
        |shape: &&&Shape| format!("{} ({} of {})", shape.path, shape.unexpected, shape.said());
    let named: Vec<String> = odd.iter().take(3).map(|shape| shown(&shape)).collect();
    refuted(format!("{} fields of other types: {}{}", odd.len(), named.join(", "), more(odd.len())))
}

fn unknown_fields(shapes: &[Shape], resumes: u64) -> Ruling {
    let is_top_of_unknown = |shape: &&Shape| {
        let parent = shape.path.rsplit_once('.').map(|(parent, _)| parent.trim_end_matches("[]"));
        let is_parent_known =
            parent.is_none_or(|parent| shapes.iter().any(|it| it.path == parent && it.is_known));
        !shape.is_known && is_parent_known && !shape.path.ends_with("[]")
    };
    let unknown: Vec<&Shape> = shapes.iter().filter(is_top_of_unknown).collect();
    if resumes == 0 {
        return not_seen("no resume");
    }
    if unknown.is_empty() {
        return confirmed(format!("{resumes} resumes, no other field"));
    }
    let named: Vec<&str> = unknown.iter().take(5).map(|shape| shape.path.as_str()).collect();
    let and_more = if unknown.len() > named.len() { ", …" } else { "" };
    refuted(format!("{} unknown: {}{and_more}", unknown.len(), named.join(", ")))
}

fn dates(shapes: &[Shape]) -> Ruling {
    let is_date =
        |shape: &&Shape| shape.path.ends_with("].startDate") || shape.path.ends_with("].endDate");
    let of_lists: Vec<&Shape> = shapes.iter().filter(is_date).collect();
    let forms = || of_lists.iter().flat_map(|shape| &shape.patterns);
    let mut known: Vec<&str> =
        forms().map(|(form, _)| form.as_str()).filter(|form| DATE_FORMS.contains(form)).collect();
    known.sort_unstable();
    known.dedup();
    let unknown: u64 = forms()
        .filter(|(form, _)| !DATE_FORMS.contains(&form.as_str()))
        .map(|(_, times)| times)
        .sum();
    let all: u64 = forms().map(|(_, times)| times).sum();
    match (all, unknown) {
        (0, _) => not_seen("no date in a list"),
        (all, 0) => confirmed(format!("{all} dates: {}", known.join(", "))),
        (all, unknown) => refuted(format!("{unknown} of {all} dates have another form")),
    }
}

fn more(count: usize) -> &'static str {
    if count > 3 { ", …" } else { "" }
}

/// How many a list says there are, by its longer count.
pub(crate) fn stated(list: &List) -> u64 {
    list.total.unwrap_or(0).max(list.ids.unwrap_or(0))
}
