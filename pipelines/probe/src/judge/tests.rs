use jiff::civil::date;
use model::ASSUMPTIONS;

use super::*;
use crate::facts::{
    Batch, Day, ExpiresIn, File, Hour, Lists, Name, Slip, Sources, ThenOrNow, Token,
};

fn look(status: u16, code: Option<i64>) -> Look {
    let is_answered = status == 200 && code.is_none();
    Look { status, code, content_type: None, is_answered, is_object: true }
}

fn file(status: u16, code: Option<i64>) -> File {
    let look = Look { is_object: code.is_some(), ..look(status, code) };
    File { look, states_length: true, bytes: 9 }
}

fn list(total: u64, ids: u64) -> List {
    List { look: look(200, None), total: Some(total), ids: Some(ids), repeated: 0 }
}

fn refused_list(status: u16, code: i64) -> List {
    List { look: look(status, Some(code)), total: None, ids: None, repeated: 0 }
}

fn lists(whole: List) -> Lists {
    Lists {
        date: date(2025, 8, 21),
        whole,
        without_hours: None,
        by_source: [].into(),
        over_sources: None,
        parts: Vec::new(),
        over_parts: Some(40),
        shared_by_neighbours: Some((1, 9)),
        empty_hour: Some(refused_list(400, 897)),
    }
}

fn hour(came: Option<u64>) -> Hour {
    Hour { date: date(2025, 8, 22), start: 11, first: 3, came, went: 0, seconds_between: 60 }
}

fn trial(what: Provocation, throttled: u64) -> Trial {
    Trial { what, calls: 4, throttled, failed: Vec::new(), retry_after_seconds: None }
}

/// What one assumption's verdict is on these facts: `+` confirmed, `-` refuted and handled, `!`
/// refuted and not handled, `?` not seen.
#[track_caller]
fn check(number: &str, expected: char, change: impl FnOnce(&mut Facts)) {
    let mut facts = Facts::default();
    change(&mut facts);
    let verdicts = judge(&facts, &[], 0);
    let verdict = verdicts.iter().find(|verdict| verdict.assumption == number).unwrap();
    let seen = match (verdict.outcome, verdict.is_handled) {
        (Outcome::Confirmed, _) => '+',
        (Outcome::Refuted, true) => '-',
        (Outcome::Refuted, false) => '!',
        (Outcome::NotSeen, _) => '?',
    };
    assert_eq!(seen, expected, "{number}: {}", verdict.evidence);
    assert!(!verdict.evidence.is_empty());
}

#[test]
fn of_nothing_seen_nothing_is_said() {
    let verdicts = judge(&Facts::default(), &[], 0);
    let numbers = verdicts.iter().map(|verdict| verdict.assumption.as_str());
    assert!(numbers.eq(ASSUMPTIONS.iter().map(|known| known.number)));
    let outcomes: Vec<_> = verdicts.iter().filter(|it| it.outcome != Outcome::NotSeen).collect();
    assert_eq!(outcomes, [&verdicts[0]; 0]);
}

#[test]
fn tokens() {
    check("A-01", '+', |facts| facts.token.token_type = Some(TokenType::Bearer));
    check("A-01", '-', |facts| facts.token.token_type = Some(TokenType::Absent));
    check("A-02", '+', |facts| facts.token.is_first_good_after_second = Some(true));
    check("A-02", '-', |facts| {
        facts.token = Token {
            is_first_good_after_second: Some(false),
            expires_in: Some(ExpiresIn::Text),
            ..Token::default()
        };
    });
}

#[test]
fn the_limiter() {
    use Provocation::{OneToken, TokenCalls, TwoTokens};
    let burst = |trials: &'static [(Provocation, u64)]| {
        move |facts: &mut Facts| {
            facts.burst = trials.iter().map(|(what, throttled)| trial(*what, *throttled)).collect();
        }
    };
    check("A-03", '+', |facts| facts.throttled_at_pace = 1);
    check("A-03", '+', burst(&[(OneToken, 1)]));
    check("A-03", '?', burst(&[(OneToken, 0)]));
    check("A-03", '!', |facts| {
        let failed = vec![look(503, None)];
        facts.burst = vec![Trial { failed, ..trial(OneToken, 0) }];
    });
    check("A-04", '+', burst(&[(OneToken, 1), (OneToken, 2)]));
    check("A-04", '-', burst(&[(OneToken, 1), (OneToken, 0)]));
    check("A-04", '-', burst(&[(OneToken, 0), (OneToken, 0)]));
    check("A-05", '+', burst(&[(OneToken, 1), (TwoTokens, 1)]));
    check("A-05", '-', burst(&[(OneToken, 1), (TwoTokens, 0)]));
    check("A-05", '?', burst(&[(OneToken, 0), (TwoTokens, 0)]));
    check("A-06", '+', burst(&[(OneToken, 1), (TokenCalls, 1)]));
    check("A-06", '-', burst(&[(OneToken, 1), (TokenCalls, 0)]));
}

#[test]
fn lists_and_days() {
    let with = |lists: Lists| move |facts: &mut Facts| facts.lists = Some(lists);
    check("A-08", '+', with(lists(list(40, 40))));
    check("A-08", '-', with(Lists { empty_hour: Some(list(7, 7)), ..lists(list(40, 40)) }));
    check("A-08", '-', with(Lists { shared_by_neighbours: Some((5, 9)), ..lists(list(40, 40)) }));
    check("A-09", '+', |facts| facts.hour = Some(hour(Some(0))));
    check("A-09", '-', |facts| facts.hour = Some(hour(Some(2))));
    check("A-09", '?', |facts| facts.hour = Some(hour(None)));
    check("A-10", '+', with(lists(list(40, 40))));
    check("A-10", '+', with(lists(list(40, 8))));
    check("A-10", '!', with(lists(list(30, 30))));
    let day = |date, list| Day { date, list };
    let (old, new) = (date(2024, 1, 1), date(2025, 8, 21));
    check("A-11", '+', |facts| {
        facts.days.asked = vec![day(new, list(4, 4)), day(old, list(0, 0))];
    });
    check("A-11", '?', |facts| facts.days.asked = vec![day(new, list(4, 4))]);
    check("A-11", '-', |facts| {
        facts.days.asked = vec![day(new, list(4, 4)), day(old, refused_list(400, 897))];
    });
    for (listed, expected) in [(list(4, 4), '+'), (list(9, 4), '-'), (list(3, 4), '-')] {
        check("A-12", expected, |facts| facts.days.asked = vec![day(new, listed)]);
    }
    check("A-12", '-', |facts| {
        facts.days.asked = vec![day(new, List { repeated: 1, ..list(4, 4) })];
    });
    check("A-12", '!', |facts| {
        facts.days.asked = vec![day(new, List { ids: None, ..list(4, 0) })];
    });
    check("A-12", '-', |facts| {
        facts.days.asked = vec![day(new, list(100, 100))];
        facts.lists = Some(Lists { over_parts: Some(130), ..lists(list(100, 100)) });
    });
}

#[test]
fn resumes() {
    let name = |same, other, absent| Name { same, other, absent };
    for (idno, member, expected) in [
        (name(9, 0, 0), name(9, 0, 0), '+'),
        (name(9, 0, 0), name(0, 9, 0), '-'),
        (name(0, 0, 9), name(0, 0, 9), '-'),
    ] {
        check("A-13", expected, |facts| {
            (facts.names.idno, facts.names.resume_id) = (idno, member);
        });
    }
    let batch = Batch { asked: 20, answered: 20, ordered: (2, 2), ..Batch::default() };
    for (batch, expected) in [
        (batch.clone(), '+'),
        (Batch { ordered: (2, 1), ..batch.clone() }, '-'),
        (Batch { answered: 19, ..batch.clone() }, '-'),
        (Batch { ordered: (0, 0), is_single_in_place: Some(true), ..batch.clone() }, '+'),
        (Batch { ordered: (0, 0), is_single_in_place: Some(false), ..batch.clone() }, '-'),
        (Batch { ordered: (0, 0), ..batch }, '?'),
    ] {
        check("A-14", expected, |facts| facts.batch = Some(batch));
    }
    for (compared, differing, of_later, then, listed) in
        [(8, 3, 0, '+', '+'), (8, 0, 0, '?', '?'), (4, 0, 0, '?', '?'), (4, 1, 1, '-', '+')]
    {
        let (earlier, later) = (date(2025, 7, 23), date(2025, 8, 21));
        let seen = ThenOrNow { earlier, later, compared, differing, of_later };
        check("A-15", then, |facts| facts.then_or_now = Some(seen));
        check("A-16", listed, |facts| facts.then_or_now = Some(seen));
    }
    let contact = |matched, applied| {
        [("matched".to_owned(), matched), ("applied".to_owned(), applied)].into()
    };
    check("A-17", '+', |facts| {
        facts.sources = Sources { compared: 2, alike: 2, ..Sources::default() };
    });
    check("A-17", '-', |facts| facts.sources = Sources { compared: 2, ..Sources::default() });
    check("A-17", '-', |facts| facts.sources.with_contact = contact((9, 0), (9, 8)));
    check("A-17", '?', |facts| facts.sources.with_contact = contact((9, 2), (9, 8)));
    check("A-26", '+', |facts| facts.applications.with_several = 1);
    check("A-26", '-', |facts| facts.applications.with_any = 30);
    check("A-26", '?', |facts| facts.applications.with_any = 29);
}

#[test]
fn files_and_errors() {
    check("A-07", '+', |facts| facts.files.attachment = Some(file(200, None)));
    check("A-07", '!', |facts| facts.files.attachment = Some(file(404, Some(895))));
    check("A-18", '+', |facts| facts.links.files = 3);
    check("A-18", '!', |facts| facts.links.files_without_token = 1);
    check("A-19", '+', |facts| facts.links.on_api_host = 3);
    check("A-19", '-', |facts| facts.links.on_host_of_104 = 1);
    let twice = |later: Option<File>| {
        move |facts: &mut Facts| {
            facts.files.again = Some(file(200, None));
            facts.files.later = later.map(|later| (60, later));
        }
    };
    check("A-20", '+', twice(Some(file(200, None))));
    check("A-20", '-', twice(Some(file(404, Some(895)))));
    check("A-20", '?', twice(None));
    check("A-20", '-', |facts| facts.files.again = Some(file(404, Some(895))));
    for (got, expected) in [
        (look(400, Some(897)), '+'),
        (look(200, Some(897)), '-'),
        (look(400, Some(899)), '-'),
        (look(400, None), '!'),
        (look(200, None), '?'),
    ] {
        check("A-21", expected, |facts| {
            facts.slips = vec![Slip { what: "hours".into(), expected_code: 897, got }];
        });
    }
    check("A-22", '+', |facts| facts.header.with = Some(look(200, None)));
}

#[test]
fn shapes_speak_of_types_fields_and_dates() {
    let shape = |path: &str| Shape { path: path.into(), is_known: true, ..Shape::default() };
    let outcomes = |shapes: &[Shape]| {
        let verdicts = judge(&Facts::default(), shapes, 9);
        ["A-23", "A-24", "A-25"].map(|number| {
            verdicts.iter().find(|verdict| verdict.assumption == number).unwrap().outcome
        })
    };
    let (yes, no, unseen) = (Outcome::Confirmed, Outcome::Refuted, Outcome::NotSeen);
    let dated = |form: &str| {
        let patterns = [(form.to_owned(), 2)].into();
        Shape { patterns, ..shape("education[].startDate") }
    };
    assert_eq!(outcomes(&[shape("motto")]), [yes, yes, unseen]);
    assert_eq!(outcomes(&[Shape { unexpected: 1, ..shape("motto") }]), [no, yes, unseen]);
    assert_eq!(outcomes(&[Shape { is_known: false, ..shape("x") }]), [yes, no, unseen]);
    assert_eq!(outcomes(&[dated("9999-99")]), [yes, yes, yes]);
    assert_eq!(outcomes(&[dated("99.99.9999")]), [yes, yes, no]);
}
