//! The faults that a soak mixes: those after which nothing may differ from a clean run.

use fastrand::Rng;
use simulator::{Action, Endpoint, Rule};

/// One fault of 104, at random; it ends after a few calls.
pub(crate) fn of_104(rng: &mut Rng) -> Rule {
    let resource = [
        Endpoint::QueryList,
        Endpoint::QueryBatch,
        Endpoint::Query,
        Endpoint::Headshot,
        Endpoint::Attachment,
    ];
    let mut endpoint = resource[rng.usize(..resource.len())];
    let action = match rng.u8(..14) {
        0 => status(rng.u16(500..=504), "down"),
        1 => Action::HangUp,
        2 => Action::Cut { after: rng.usize(..2_000) },
        3 => Action::EmptyBody,
        4 => Action::HtmlPage { status: 200 },
        5 => Action::Code { code: 999, message: None, status: None },
        6 => return Rule::on(endpoint).nth(rng.u64(1..=6)).then(Action::RevokeTokens),
        7 => Action::Delay { ms: rng.u64(..3_000) },
        8 => Action::Throttle { retry_after: retry_after(rng) },
        9 => {
            endpoint = Endpoint::Token;
            status(503, "down")
        }
        10 => {
            endpoint = Endpoint::QueryList;
            Action::MissingList
        }
        11 => {
            endpoint = Endpoint::QueryBatch;
            Action::Reverse
        }
        12 => {
            endpoint = Endpoint::QueryBatch;
            Action::AddStranger
        }
        // Once: whoever is left out twice is absent.
        _ => {
            let batch = Rule::on(Endpoint::QueryBatch);
            return batch.nth(rng.u64(1..=6)).then(Action::Omit { id: None });
        }
    };
    // A page instead of a photo is data to whoever stores it.
    let is_file = matches!(endpoint, Endpoint::Headshot | Endpoint::Attachment);
    let action = match action {
        Action::HtmlPage { .. } | Action::EmptyBody if is_file => Action::HangUp,
        other => other,
    };
    Rule { every: Some(rng.u64(1..=3)), ..Rule::on(endpoint).first(rng.u64(1..=6)) }.then(action)
}

fn status(status: u16, body: &str) -> Action {
    Action::Status { status, body: body.into(), content_type: None, headers: [].into() }
}

fn retry_after(rng: &mut Rng) -> Option<String> {
    [None, Some("0"), Some("1"), Some("2"), Some("soon"), Some("Sun, 22 Nov 2026 08:00:10 GMT")]
        [rng.usize(..6)]
    .map(str::to_owned)
}
