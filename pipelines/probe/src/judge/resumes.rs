//! What resumes say for and against.

use super::{Ruling, confirmed, not_seen, refuted};
use crate::facts::{Facts, Name};

/// So many matched people without a contact are more than chance.
const ENOUGH: u64 = 5;
/// So many may well have applied to this company once.
const FEW_APPLICANTS: u64 = 30;

pub(super) fn names(facts: &Facts) -> Ruling {
    let (idno, member) = (&facts.names.idno, &facts.names.resume_id);
    let all = idno.same + idno.other + idno.absent;
    let is_same = |name: &Name| name.same == all;
    if all == 0 {
        return not_seen("no resume");
    }
    let words = |name: &Name, field: &str| match name {
        name if name.absent == all => format!("there is no {field}"),
        name if name.other == all => format!("{field} is another number"),
        name => format!("{field} is the asked id in {} of {all}", name.same),
    };
    let seen = format!("{}, {}", words(idno, "idno"), words(member, "resumeId"));
    if is_same(idno) && is_same(member) { confirmed(seen) } else { refuted(seen) }
}

pub(super) fn batches(facts: &Facts) -> Ruling {
    let Some(batch) = &facts.batch else { return not_seen("no batch") };
    let odd = |what: &str, got: &Option<(crate::facts::Look, u64)>| match got {
        Some((look, resumes)) if look.is_answered => format!("; {what} brings {resumes}"),
        Some((look, _)) => format!("; {what} is answered {}", look.words()),
        None => String::new(),
    };
    let more = format!(
        "{}{}{}",
        odd("an unknown id among nine", &batch.with_unknown),
        odd("a batch of eleven", &batch.of_eleven),
        odd("an id under other hours", &batch.outside_hours)
    );
    let (told, kept) = batch.ordered;
    if batch.asked == 0 {
        return not_seen("no batch");
    }
    if batch.answered != batch.asked {
        return refuted(format!("{} of {} ids were answered{more}", batch.answered, batch.asked));
    }
    if kept < told {
        return refuted(format!("{} of {told} batches came in another order{more}", told - kept));
    }
    if told == 0 && batch.is_single_in_place == Some(false) {
        return refuted(format!("somebody asked alone is not the one in that place{more}"));
    }
    if told == 0 && batch.is_single_in_place.is_none() {
        return not_seen(format!("all of {} ids; their order can't be told{more}", batch.asked));
    }
    confirmed(format!("all of {} ids in their order{more}", batch.asked))
}

pub(super) fn then_or_now(facts: &Facts) -> Ruling {
    let Some(seen) = &facts.then_or_now else { return not_seen("nobody was listed on two days") };
    let days = format!("{} and {}", seen.earlier, seen.later);
    if seen.of_later > 0 {
        return refuted(format!(
            "{} of {} show a later application under {}",
            seen.of_later, seen.compared, seen.earlier
        ));
    }
    match seen.differing {
        // Either nothing of theirs changed, or old days are answered as now: only a trace of later tells.
        0 => not_seen(format!("{} people, all alike under {days}", seen.compared)),
        differing => {
            confirmed(format!("{differing} of {} people differ under {days}", seen.compared))
        }
    }
}

pub(super) fn changes(facts: &Facts) -> Ruling {
    match &facts.then_or_now {
        Some(seen) if seen.differing > 0 => confirmed(format!(
            "{} resumes changed between {} and {}, and each was listed again",
            seen.differing, seen.earlier, seen.later
        )),
        Some(_) | None => not_seen("no resume was seen to change"),
    }
}

pub(super) fn sources(facts: &Facts) -> Ruling {
    let seen = &facts.sources;
    if seen.compared > seen.alike {
        let fields: Vec<&str> = seen.differing_fields.keys().take(6).map(String::as_str).collect();
        return refuted(format!(
            "{} of {} people listed under two flags differ: {}",
            seen.compared - seen.alike,
            seen.compared,
            if fields.is_empty() {
                "fields that are unknown".to_owned()
            } else {
                fields.join(", ")
            }
        ));
    }
    let (of_matched, with_matched) = seen.with_contact.get("matched").copied().unwrap_or_default();
    let others = seen.with_contact.iter().filter(|(source, _)| *source != "matched");
    let (of_others, with_others) = others.fold((0, 0), |sum, (_, it)| (sum.0 + it.0, sum.1 + it.1));
    if of_matched >= ENOUGH && with_matched == 0 && with_others * 2 >= of_others && of_others > 0 {
        return refuted(format!("no contact data in {of_matched} matched resumes"));
    }
    match seen.compared {
        0 => not_seen("nobody was listed under two flags"),
        compared => {
            confirmed(format!("{compared} people listed under two flags have the same fields"))
        }
    }
}

pub(super) fn applications(facts: &Facts) -> Ruling {
    let seen = &facts.applications;
    match (seen.with_any, seen.with_several) {
        (0..FEW_APPLICANTS, 0) => {
            not_seen(format!("{} resumes with one application", seen.with_any))
        }
        (with_any, 0) => refuted(format!("{with_any} resumes, and none has several applications")),
        (with_any, several) => {
            confirmed(format!("{several} of {with_any} resumes have several applications"))
        }
    }
}
