//! What lists say for and against.

use super::{Ruling, confirmed, not_seen, refuted, stated, unhandled};
use crate::facts::{Facts, List};

/// Counts at which lists like to be capped.
const ROUND: [u64; 4] = [100, 200, 500, 1000];

pub(super) fn half_open(facts: &Facts) -> Ruling {
    let Some(lists) = &facts.lists else { return not_seen("no day with resumes") };
    let Some(empty) = &lists.empty_hour else { return not_seen("not asked") };
    if empty.look.is_answered && stated(empty) > 0 {
        return refuted(format!("an hour from its start to its start lists {}", stated(empty)));
    }
    let how = if empty.look.is_answered {
        "lists nobody".to_owned()
    } else {
        format!("is answered {}", empty.look.words())
    };
    match lists.shared_by_neighbours {
        // As many as half would be, if an hour held the next one too.
        Some((shared, smaller)) if smaller >= 4 && shared * 2 >= smaller => {
            refuted(format!("two hours that follow each other share {shared} of {smaller}"))
        }
        Some((shared, smaller)) => confirmed(format!(
            "an hour from its start to its start {how}; two hours share {shared} of {smaller}"
        )),
        None => confirmed(format!("an hour from its start to its start {how}")),
    }
}

pub(super) fn late_growth(facts: &Facts) -> Ruling {
    let Some(hour) = &facts.hour else { return not_seen("no hour was listed") };
    let place = format!("{} {:02}-{:02}", hour.date, hour.start, hour.start + 1);
    match hour.came {
        None => not_seen(format!("{place} was listed once")),
        Some(0) if hour.first == 0 => not_seen(format!("{place} listed nobody")),
        Some(0) => {
            confirmed(format!("{place}: the same {} after {} s", hour.first, hour.seconds_between))
        }
        Some(came) => refuted(format!("{place}: {came} more after {} s", hour.seconds_between)),
    }
}

pub(super) fn whole_days(facts: &Facts) -> Ruling {
    let Some(lists) = &facts.lists else {
        return match facts.days.asked.iter().find(|day| !day.list.look.is_answered) {
            Some(day) => {
                unhandled(format!("a day from 0 to 24 is answered {}", day.list.look.words()))
            }
            None => not_seen("no day with resumes"),
        };
    };
    let Some(over_parts) = lists.over_parts else {
        return not_seen("the parts were not all asked");
    };
    let whole = stated(&lists.whole);
    if over_parts > whole && !ROUND.contains(&whole) {
        return unhandled(format!("0 to 24 lists {whole}, its parts {over_parts}"));
    }
    confirmed(format!("{}: 0 to 24 counts {whole}, its parts list {over_parts}", lists.date))
}

pub(super) fn depth(facts: &Facts) -> Ruling {
    let days = &facts.days.asked;
    // 999 is trouble of 104's own, whatever the date.
    let is_refusal = |list: &List| !list.look.is_answered && list.look.code != Some(999);
    if let Some(day) = days.iter().find(|day| is_refusal(&day.list)) {
        return refuted(format!("{} is answered {}", day.date, day.list.look.words()));
    }
    let oldest = days.iter().filter(|day| day.list.has_any()).map(|day| day.date).min();
    let beyond = oldest
        .and_then(|oldest| days.iter().map(|day| day.date).filter(|date| *date < oldest).max());
    match (oldest, beyond) {
        (Some(oldest), Some(beyond)) => confirmed(format!(
            "the oldest day found is {oldest}; {beyond} lists nobody, without an error"
        )),
        (Some(oldest), None) => {
            not_seen(format!("the oldest day that was asked lists somebody: {oldest}"))
        }
        (None, _) => not_seen("no day with resumes"),
    }
}

pub(super) fn total_and_cap(facts: &Facts) -> Ruling {
    let of_days = facts.days.asked.iter().map(|day| &day.list);
    let of_busy = facts.lists.iter().flat_map(|lists| {
        let parts = lists.parts.iter().map(|(_, _, list)| list);
        lists.by_source.values().chain(parts).chain(&lists.without_hours)
    });
    let all: Vec<&List> = of_days.chain(of_busy).filter(|list| list.look.is_answered).collect();
    let with_ids = all.iter().filter(|list| list.has_any()).count();
    if let Some(list) = all.iter().find(|list| list.ids.is_none()) {
        return unhandled(format!("a list without idList, total {:?}", list.total));
    }
    let differ = |list: &&&List| list.total.is_some() && list.total != list.ids;
    if let Some(list) = all.iter().filter(differ).max_by_key(|list| list.total) {
        let (total, ids) = (list.total.unwrap_or(0), list.ids.unwrap_or(0));
        return refuted(format!("a list counts {total} and holds {ids}"));
    }
    if let Some(list) = all.iter().find(|list| list.repeated > 0) {
        return refuted(format!("a list repeats {} of its ids", list.repeated));
    }
    if all.iter().any(|list| list.total.is_none() && list.has_any()) {
        return refuted("a list states no total");
    }
    let capped = facts.lists.as_ref().and_then(|lists| {
        let whole = stated(&lists.whole);
        lists
            .over_parts
            .filter(|over| *over > whole && ROUND.contains(&whole))
            .map(|over| (whole, over))
    });
    if let Some((whole, over)) = capped {
        return refuted(format!("a list ends at {whole}, and its parts hold {over}"));
    }
    let longest = all.iter().filter_map(|list| list.ids).max().unwrap_or(0);
    match with_ids {
        0 => not_seen("no list with anybody"),
        lists => confirmed(format!("{lists} lists with total equal to the ids, {longest} at most")),
    }
}
