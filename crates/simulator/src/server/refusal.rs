//! Answers that refuse: 104's codes, OAuth's errors, throttling.

use serde_json::json;

use super::answer::Reply;
use crate::options::Options;

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// One of 104's codes; the text says which rule was broken.
    Code(i32, String),
    /// The bearer token is missing, unknown, expired or revoked.
    Unauthorised,
    /// An error of the token endpoint (RFC 6749, section 5.2).
    OAuth(u16, &'static str, &'static str),
    /// Too many starts in a second.
    Throttled(Option<String>),
}

/// A refusal with one of 104's codes.
pub(super) fn code(code: i32, message: impl Into<String>) -> Refusal {
    Refusal::Code(code, message.into())
}

/// A plausible message of each code.
pub(super) fn message(code: i32) -> &'static str {
    match code {
        999 => "System error, please try again later.",
        996 => "日期格式錯誤",
        900 => "公司統編錯誤",
        899 => "請求參數錯誤",
        898 => "履歷代碼錯誤",
        897 => "日期或時間區間錯誤",
        896 => "flag 錯誤",
        895 => "檔案已過期或暫時無法取得",
        _ => "錯誤",
    }
}

impl Refusal {
    pub(super) fn reply(&self, options: &Options) -> Reply {
        match self {
            Self::Code(code, text) => {
                let status = match (options.errors_under_200, options.error_status) {
                    (true, _) => 200,
                    (false, Some(status)) => status,
                    (false, None) => usual_status(*code),
                };
                Reply {
                    code: Some(*code),
                    ..Reply::json(status, &json!({"code": code, "message": text}))
                }
            }
            Self::Unauthorised => {
                let body = json!({"error": "invalid_token", "error_description": "The access token is invalid or has expired"});
                Reply::json(401, &body).with("WWW-Authenticate", "Bearer error=\"invalid_token\"")
            }
            Self::OAuth(status, error, description) => {
                let reply = Reply::json(
                    *status,
                    &json!({"error": error, "error_description": description}),
                );
                if *status == 401 {
                    reply.with("WWW-Authenticate", "Basic realm=\"104\"")
                } else {
                    reply
                }
            }
            Self::Throttled(retry_after) => {
                let reply = Reply::json(429, &json!({"message": "API rate limit exceeded"}));
                match retry_after {
                    Some(value) => reply.with("Retry-After", value),
                    None => reply,
                }
            }
        }
    }
}

fn usual_status(code: i32) -> u16 {
    match code {
        999 => 500,
        900 => 403,
        895 => 404,
        _ => 400,
    }
}
