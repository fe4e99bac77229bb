//! The one policy table: from what came back to what to do about it.

use model::RejectionCode;
use reqwest::StatusCode;

use crate::call::CallKind;
use crate::code::{ApiCode, Statement};
use crate::error::{Ending, ErrorKind};

/// What came back, told by HTTP status, the body's code, and whether the body could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// An answer as the contract describes it.
    Answered,
    /// A code of the contract, under whatever HTTP status (A-21).
    Code(ApiCode),
    /// HTTP 200 with a code that the contract does not have and no data.
    UnknownCode,
    /// HTTP 401; for token calls 400 as well, as OAuth has it.
    Unauthorized,
    /// HTTP 429 (A-03).
    TooManyCalls,
    /// HTTP 403 with a page instead of JSON (A-22).
    AddressRefused,
    /// HTTP 3xx.
    Redirect,
    /// HTTP 404 or 410 without a code.
    NotFound,
    /// HTTP 5xx without a code.
    ServerFailure,
    /// Any other HTTP status.
    OtherStatus,
    /// HTTP 200 with a body that is cut, no JSON, or of another shape.
    Unreadable,
    /// An answer that broke off after its head.
    Cut,
    /// No answer at all: refused, reset, timed out.
    NoAnswer,
    /// The connection's certificate is not trusted, or a proxy wants another password: settings mend it.
    Untrusted,
    /// The certificate is out of date, by this host's clock.
    OutOfDate,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Take the answer.
    Accept,
    /// Back off and ask again; when that does not help, the ending.
    Retry(Patience, Ending),
    /// Get another token and ask again: once, and more often only while others replace it.
    RenewToken,
    /// Have everyone wait, then ask again.
    Throttled,
    /// No retry.
    End(Ending),
}

/// How often to try before the ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The whole budget.
    Full,
    /// Three attempts: another way of asking is left.
    Short,
}

/// The table. A token call that fails for good is no window's failure: without a token nothing of
/// the company can be asked, and an answer without one is a 104 that is away.
pub(crate) fn policy(call: CallKind, condition: Condition) -> (Verdict, ErrorKind) {
    use Ending::{FailWindow, StopCompany};

    let (verdict, kind) = of_any_call(call, condition);
    if call != CallKind::Token {
        return (verdict, kind);
    }
    let verdict = match verdict {
        Verdict::Retry(patience, FailWindow) => Verdict::Retry(patience, StopCompany),
        Verdict::End(FailWindow) => Verdict::End(StopCompany),
        other => other,
    };
    let kind = match kind {
        ErrorKind::ServerError | ErrorKind::UnreadableAnswer => ErrorKind::Unavailable,
        other => other,
    };
    (verdict, kind)
}

fn of_any_call(call: CallKind, condition: Condition) -> (Verdict, ErrorKind) {
    use CallKind as C;
    use Ending::{FailWindow, Reject, Split, StopCompany, StopRun};
    use Verdict::{Accept, End, RenewToken, Retry, Throttled};

    match condition {
        Condition::Answered => (Accept, ErrorKind::Unexpected),
        Condition::Code(ApiCode::SystemError) => {
            let verdict = match call {
                C::Batch => Retry(Patience::Short, Split),
                C::Resume => Retry(Patience::Short, Reject(RejectionCode::ServerErrorForId)),
                C::Token | C::List | C::File => Retry(Patience::Full, FailWindow),
            };
            (verdict, ErrorKind::ServerError)
        }
        Condition::Code(ApiCode::BadDate | ApiCode::BadTime | ApiCode::BadFlag) => {
            (End(FailWindow), ErrorKind::BadRequest)
        }
        Condition::Code(ApiCode::CompanyRefused) => (End(StopCompany), ErrorKind::CompanyRefused),
        Condition::Code(ApiCode::BadRequest) => (End(FailWindow), ErrorKind::ClientError899),
        Condition::Code(ApiCode::IdRefused) => {
            let ending = match call {
                C::Batch => Split,
                C::Resume => Reject(RejectionCode::IdRefused),
                C::Token | C::List | C::File => FailWindow,
            };
            (End(ending), ErrorKind::IdRefused)
        }
        Condition::Code(ApiCode::FileGone) => {
            let kind = match call {
                C::File => ErrorKind::FileGone,
                C::Token | C::List | C::Batch | C::Resume => ErrorKind::Unexpected,
            };
            (End(FailWindow), kind)
        }
        Condition::UnknownCode => (End(FailWindow), ErrorKind::Unexpected),
        Condition::Unauthorized => {
            let verdict = match call {
                C::Token => End(StopCompany),
                C::List | C::Batch | C::Resume | C::File => RenewToken,
            };
            (verdict, ErrorKind::CredentialsRefused)
        }
        Condition::TooManyCalls => (Throttled, ErrorKind::Throttled),
        Condition::AddressRefused => (End(StopRun), ErrorKind::SourceAddressRefused),
        Condition::Redirect => (End(StopRun), ErrorKind::Redirected),
        Condition::Untrusted => (End(StopRun), ErrorKind::Settings),
        Condition::OutOfDate => (End(StopRun), ErrorKind::Unavailable),
        Condition::NotFound => match call {
            C::File => (End(FailWindow), ErrorKind::FileGone),
            C::Token | C::List | C::Batch | C::Resume => (End(StopCompany), ErrorKind::Settings),
        },
        // A server that fails may fail at one resume of the batch.
        Condition::ServerFailure => {
            let verdict = match call {
                C::Batch => Retry(Patience::Short, Split),
                C::Resume => Retry(Patience::Short, Reject(RejectionCode::ServerErrorForId)),
                C::Token | C::List | C::File => Retry(Patience::Full, FailWindow),
            };
            (verdict, ErrorKind::Unavailable)
        }
        Condition::Cut => {
            let verdict = match call {
                C::Batch => Retry(Patience::Short, Split),
                C::Resume => Retry(Patience::Short, Reject(RejectionCode::UnreadableAnswer)),
                C::Token | C::List | C::File => Retry(Patience::Full, FailWindow),
            };
            (verdict, ErrorKind::Unavailable)
        }
        // Nobody is there, most likely; only if 104 answers others is the batch to blame.
        Condition::NoAnswer => {
            let ending = match call {
                C::Batch => Split,
                C::Resume => Reject(RejectionCode::ServerErrorForId),
                C::Token | C::List | C::File => FailWindow,
            };
            (Retry(Patience::Full, ending), ErrorKind::Unavailable)
        }
        Condition::OtherStatus => {
            let ending = match call {
                C::Token => StopCompany,
                C::List | C::Batch | C::Resume | C::File => FailWindow,
            };
            (End(ending), ErrorKind::Unexpected)
        }
        Condition::Unreadable => {
            let verdict = match call {
                C::Batch => Retry(Patience::Short, Split),
                C::Resume => Retry(Patience::Short, Reject(RejectionCode::UnreadableAnswer)),
                C::Token | C::List | C::File => Retry(Patience::Full, FailWindow),
            };
            (verdict, ErrorKind::UnreadableAnswer)
        }
    }
}

/// Judges an answer by its status and by what its body states: the body's code first, save that
/// 429 always means a throttle. Whether a body of HTTP 200 has the right shape is seen when it is
/// read.
pub(crate) fn condition(call: CallKind, status: StatusCode, statement: &Statement) -> Condition {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Condition::TooManyCalls;
    }
    if let Some(code) = statement.code.and_then(ApiCode::from_number) {
        return Condition::Code(code);
    }
    match status.as_u16() {
        200 => match statement.code {
            None | Some(0 | 200) => Condition::Answered,
            Some(_) if statement.has_data || call == CallKind::File => Condition::Answered,
            Some(_) => Condition::UnknownCode,
        },
        300..=399 => Condition::Redirect,
        400 if call == CallKind::Token => Condition::Unauthorized,
        401 => Condition::Unauthorized,
        403 if !statement.is_object => Condition::AddressRefused,
        404 | 410 => Condition::NotFound,
        500..=599 => Condition::ServerFailure,
        _ => Condition::OtherStatus,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Ending::{FailWindow, Reject, Split, StopCompany, StopRun};
    use Verdict::{Accept, End, RenewToken, Retry, Throttled};

    const FULL: Verdict = Retry(Patience::Full, FailWindow);
    /// The same of a token call.
    const STOP: Verdict = Retry(Patience::Full, StopCompany);
    const KINDS: [CallKind; 5] =
        [CallKind::Token, CallKind::List, CallKind::Batch, CallKind::Resume, CallKind::File];

    fn judged(call: CallKind, status: u16, body: &str) -> (Verdict, ErrorKind) {
        let status = StatusCode::from_u16(status).unwrap();
        policy(call, condition(call, status, &Statement::of(body.as_bytes())))
    }

    /// One row: status, body, and the verdicts for token, list, batch, resume, file.
    #[track_caller]
    fn row(status: u16, body: &str, verdicts: [Verdict; 5]) {
        for (call, verdict) in KINDS.into_iter().zip(verdicts) {
            assert_eq!(judged(call, status, body).0, verdict, "{call:?} {status} {body}");
        }
    }

    #[test]
    fn codes_rule_under_any_status() {
        let server_error = Retry(Patience::Short, Reject(RejectionCode::ServerErrorForId));
        let short_split = Retry(Patience::Short, Split);
        for status in [200, 400, 401, 403, 404, 500, 503] {
            row(status, r#"{"code":999}"#, [STOP, FULL, short_split, server_error, FULL]);
            for code in [996, 899, 897, 896, 895] {
                let failed = End(FailWindow);
                let verdicts = [End(StopCompany), failed, failed, failed, failed];
                row(status, &format!(r#"{{"code":{code}}}"#), verdicts);
            }
            row(status, r#"{"code":"900","message":"x"}"#, [End(StopCompany); 5]);
            let rejected = End(Reject(RejectionCode::IdRefused));
            let failed = End(FailWindow);
            row(
                status,
                r#"{"code":898}"#,
                [End(StopCompany), failed, End(Split), rejected, failed],
            );
        }
    }

    #[test]
    fn statuses_rule_where_no_code_is_known() {
        let page = "<html>";
        row(200, r#"{"data":{}}"#, [Accept; 5]);
        row(200, r#"{"code":0}"#, [Accept; 5]);
        row(200, r#"{"code":7,"data":{}}"#, [Accept; 5]);
        let unknown = End(FailWindow);
        row(200, r#"{"code":7}"#, [End(StopCompany), unknown, unknown, unknown, Accept]);
        row(302, page, [End(StopRun); 5]);
        let renewed = RenewToken;
        row(401, page, [End(StopCompany), renewed, renewed, renewed, renewed]);
        row(400, page, [End(StopCompany), unknown, unknown, unknown, unknown]);
        row(403, page, [End(StopRun); 5]);
        row(403, "{}", [End(StopCompany), unknown, unknown, unknown, unknown]);
        let settings = End(StopCompany);
        row(404, page, [settings, settings, settings, settings, unknown]);
        row(429, r#"{"code":999}"#, [Throttled; 5]);
        let alone = Retry(Patience::Short, Reject(RejectionCode::ServerErrorForId));
        for (status, body) in [(500, page), (503, r#"{"code":7}"#)] {
            row(status, body, [STOP, FULL, Retry(Patience::Short, Split), alone, FULL]);
        }
    }

    #[test]
    fn kinds_name_the_cause() {
        let cases = [
            (CallKind::Token, 400, r#"{"error":"invalid_client"}"#, ErrorKind::CredentialsRefused),
            (CallKind::List, 200, r#"{"code":900}"#, ErrorKind::CompanyRefused),
            (CallKind::List, 200, r#"{"code":996}"#, ErrorKind::BadRequest),
            (CallKind::List, 200, r#"{"code":897}"#, ErrorKind::BadRequest),
            (CallKind::List, 200, r#"{"code":896}"#, ErrorKind::BadRequest),
            (CallKind::List, 200, r#"{"code":899}"#, ErrorKind::ClientError899),
            (CallKind::List, 500, r#"{"code":999}"#, ErrorKind::ServerError),
            (CallKind::List, 404, "", ErrorKind::Settings),
            (CallKind::List, 429, "", ErrorKind::Throttled),
            (CallKind::List, 502, "", ErrorKind::Unavailable),
            (CallKind::Token, 200, r#"{"code":999}"#, ErrorKind::Unavailable),
            (CallKind::List, 403, "<html>", ErrorKind::SourceAddressRefused),
            (CallKind::List, 301, "", ErrorKind::Redirected),
            (CallKind::File, 200, r#"{"code":895}"#, ErrorKind::FileGone),
            (CallKind::File, 410, "", ErrorKind::FileGone),
            (CallKind::List, 418, "", ErrorKind::Unexpected),
        ];
        for (call, status, body, kind) in cases {
            assert_eq!(judged(call, status, body).1, kind, "{call:?} {status} {body}");
        }
    }

    #[test]
    fn unreadable_and_missing_answers_are_asked_again() {
        for (call, ending) in [
            (CallKind::List, FailWindow),
            (CallKind::Batch, Split),
            (CallKind::Resume, Reject(RejectionCode::UnreadableAnswer)),
        ] {
            let patience = if call == CallKind::List { Patience::Full } else { Patience::Short };
            let (verdict, kind) = policy(call, Condition::Unreadable);
            assert_eq!((verdict, kind), (Retry(patience, ending), ErrorKind::UnreadableAnswer));
            let cut = (Retry(patience, ending), ErrorKind::Unavailable);
            assert_eq!(policy(call, Condition::Cut), cut);
            let (verdict, kind) = policy(call, Condition::NoAnswer);
            assert!(matches!(verdict, Retry(Patience::Full, _)), "{call:?}");
            assert_eq!(kind, ErrorKind::Unavailable);
            let untrusted = policy(call, Condition::Untrusted);
            assert_eq!(untrusted, (End(StopRun), ErrorKind::Settings));
            let out_of_date = policy(call, Condition::OutOfDate);
            assert_eq!(out_of_date, (End(StopRun), ErrorKind::Unavailable));
        }
    }

    #[test]
    fn an_answer_without_a_token_is_a_104_that_is_away() {
        for condition in [Condition::Unreadable, Condition::Cut, Condition::NoAnswer] {
            assert_eq!(policy(CallKind::Token, condition), (STOP, ErrorKind::Unavailable));
        }
    }

    #[test]
    fn every_documented_code_has_a_number() {
        let numbers = [999, 996, 900, 899, 898, 897, 896, 895];
        let codes = numbers.map(|number| ApiCode::from_number(number).unwrap());
        assert_eq!(codes, ApiCode::ALL);
    }
}
