//! Tokens, headers, slips, and what the limiter did.

use serde::{Deserialize, Serialize};

use super::Look;

/// Tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Token {
    /// Id and secret in the form.
    pub by_form: Option<Look>,
    /// Id and secret as HTTP Basic.
    pub by_basic: Option<Look>,
    /// What `token_type` says.
    pub token_type: Option<TokenType>,
    /// The JSON type of `expires_in`.
    pub expires_in: Option<ExpiresIn>,
    /// What it says, in seconds.
    pub expires_in_seconds: Option<u64>,
    /// The first token was good for a call after the second was given.
    pub is_first_good_after_second: Option<bool>,
    /// How far this host's clock is ahead of 104's, in seconds.
    pub clock_ahead_seconds: Option<i64>,
}

/// What `token_type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// `Bearer`, in any case.
    Bearer,
    /// Something else.
    Other,
    /// It is not sent.
    Absent,
}

/// The JSON type of `expires_in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiresIn {
    /// A number.
    Number,
    /// Text.
    Text,
    /// Something else.
    Other,
    /// It is not sent.
    Absent,
}

/// The header that names the company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// A list with it.
    pub with: Option<Look>,
    /// The same list without it.
    pub without: Option<Look>,
}

/// A question that was wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// What was wrong.
    pub what: String,
    /// The documented code.
    pub expected_code: i64,
    /// The answer.
    pub got: Look,
}

/// One try to provoke the limiter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// What it was about.
    pub what: Provocation,
    /// Calls made within half a second.
    pub calls: u64,
    /// Of these, calls answered as a throttle.
    pub throttled: u64,
    /// Other answers that were none.
    pub failed: Vec<Look>,
    /// Whether a throttle said when to come back, in seconds.
    pub retry_after_seconds: Option<u64>,
}

/// What a provocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provocation {
    /// Lists under one token.
    OneToken,
    /// Lists under two tokens, on connections of their own.
    TwoTokens,
    /// Two lists and two tokens.
    TokenCalls,
}
