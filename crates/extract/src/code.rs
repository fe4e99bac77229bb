//! The codes that 104 documents, and how an answer's body states one.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A code of 104's error table (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ApiCode {
    /// 999: 104's own system error.
    SystemError,
    /// 996: the date is not `yyyy-MM-dd`.
    BadDate,
    /// 900: no company number in the header, or one that is not the token's.
    CompanyRefused,
    /// 899: bad client request.
    BadRequest,
    /// 898: `idno` or `idnos` wrong.
    IdRefused,
    /// 897: date or hours wrong.
    BadTime,
    /// 896: `flag` wrong.
    BadFlag,
    /// 895: the file is expired or for now unavailable.
    FileGone,
}

impl ApiCode {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::SystemError,
        Self::BadDate,
        Self::CompanyRefused,
        Self::BadRequest,
        Self::IdRefused,
        Self::BadTime,
        Self::BadFlag,
        Self::FileGone,
    ];

    /// The code of that number, if the contract has it.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        match number {
            999 => Some(Self::SystemError),
            996 => Some(Self::BadDate),
            900 => Some(Self::CompanyRefused),
            899 => Some(Self::BadRequest),
            898 => Some(Self::IdRefused),
            897 => Some(Self::BadTime),
            896 => Some(Self::BadFlag),
            895 => Some(Self::FileGone),
            _ => None,
        }
    }
}

/// What an answer's body says about itself: `code` and `message` at the top level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The number, given as a number or as text.
    pub(crate) code: Option<i64>,
    /// 104's words, if they may be shown.
    pub(crate) message: Option<String>,
    /// The body holds something under `data` too.
    pub(crate) has_data: bool,
    /// The body is a JSON object at all.
    pub(crate) is_object: bool,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    code: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl Statement {
    /// Reads it from a body; a body that is no JSON object states nothing.
    pub(crate) fn of(body: &[u8]) -> Self {
        let Ok(wire) = serde_json::from_slice::<Wire<'_>>(without_mark(body)) else {
            return Self::default();
        };
        let code = wire.code.and_then(|raw| raw.get().trim_matches('"').trim().parse().ok());
        let message = wire.message.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        Self {
            code,
            message: message.filter(|_| may_be_shown(code)).map(|words| shortened(&words)),
            has_data: wire.data.is_some(),
            is_object: true,
        }
    }
}

/// The body without a byte-order mark.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// Of the codes in the table all but 999, whose text may carry data; unknown codes neither.
fn may_be_shown(code: Option<i64>) -> bool {
    match code.and_then(ApiCode::from_number) {
        Some(ApiCode::SystemError) | None => false,
        Some(
            ApiCode::BadDate
            | ApiCode::CompanyRefused
            | ApiCode::BadRequest
            | ApiCode::IdRefused
            | ApiCode::BadTime
            | ApiCode::BadFlag
            | ApiCode::FileGone,
        ) => true,
    }
}

fn shortened(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, code: Option<i64>, message: Option<&str>) {
        let statement = Statement::of(body.as_bytes());
        assert_eq!((statement.code, statement.message.as_deref()), (code, message), "{body}");
    }

    #[test]
    fn a_code_may_be_a_number_or_text() {
        check(r#"{"code":900,"message":"no"}"#, Some(900), Some("no"));
        check(r#"{"code":"898","message":"id\nwrong"}"#, Some(898), Some("id wrong"));
        check("\u{feff}{\"code\":895}", Some(895), None);
    }

    #[test]
    fn words_that_may_carry_data_are_not_kept() {
        check(r#"{"code":999,"message":"NPE at 王小明"}"#, Some(999), None);
        check(r#"{"code":123,"message":"who knows"}"#, Some(123), None);
    }

    #[test]
    fn other_bodies_state_nothing() {
        for body in ["", "<html>", "[]", "null", r#"{"data":{}}"#, r#"{"code":{}}"#] {
            check(body, None, None);
        }
        assert!(Statement::of(br#"{"data":{}}"#).has_data);
        assert!(!Statement::of(br#"{"data":null}"#).has_data);
    }
}
