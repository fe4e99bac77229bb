//! The kinds of failures, what each means, and what a human can do.

use std::fmt;

/// How far a failure reaches: what its receiver must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// This window, or this file; the run goes on.
    Window,
    /// All windows and files of this company.
    Company,
    /// Everything that talks to 104.
    Run,
}

/// Why a call failed, as a closed list: match it without a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 104 refuses the id and secret, or a token that it has just issued (401).
    CredentialsRefused,
    /// 104 says that the company number is missing or not this credential's (code 900).
    CompanyRefused,
    /// A setting can't be used, leads nowhere (404), or is missing for a certificate to be trusted or
    /// for a proxy to be passed.
    Settings,
    /// 104 refuses date, hours or flag (codes 996, 897, 896).
    BadRequest,
    /// 104 refuses the request without saying which part (code 899).
    ClientError899,
    /// 104 refuses the id (code 898) where no id is to blame.
    IdRefused,
    /// 104's own system error (code 999), past the budget of retries.
    ServerError,
    /// 104 throttles (429) past the budget of retries.
    Throttled,
    /// No answer, or a failing server, past the budget of retries; or ten failures in a row.
    Unavailable,
    /// 104 refuses the address that the call came from (403 with a page, A-22).
    SourceAddressRefused,
    /// 104 sends the call elsewhere (3xx); redirects are not followed.
    Redirected,
    /// The answer is not what the contract says, or larger than allowed.
    UnreadableAnswer,
    /// The file is expired or for now unavailable (code 895, or 404).
    FileGone,
    /// The pace can't be asked for a slot, or the shelf for a token: no slot, no call.
    PaceUnavailable,
    /// The calls or minutes that the run was given are spent.
    BudgetSpent,
    /// None of these.
    Unexpected,
}

impl ErrorKind {
    /// The name that output and tables use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CredentialsRefused => "credentials_refused",
            Self::CompanyRefused => "company_refused",
            Self::Settings => "settings",
            Self::BadRequest => "bad_request",
            Self::ClientError899 => "client_error_899",
            Self::IdRefused => "id_refused",
            Self::ServerError => "server_error",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::SourceAddressRefused => "source_address_refused",
            Self::Redirected => "redirected",
            Self::UnreadableAnswer => "unreadable_answer",
            Self::FileGone => "file_gone",
            Self::PaceUnavailable => "pace_unavailable",
            Self::BudgetSpent => "budget_spent",
            Self::Unexpected => "unexpected",
        }
    }

    /// What happened, as a sentence's end.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::CredentialsRefused => "104 refuses the credentials",
            Self::CompanyRefused => "104 refuses the company number",
            Self::Settings => "a setting is wrong or missing",
            Self::BadRequest => "104 refuses date, hours or flag",
            Self::ClientError899 => "104 calls it a bad request",
            Self::IdRefused => "104 refuses the id",
            Self::ServerError => "104 reports an error of its own",
            Self::Throttled => "104 throttles",
            Self::Unavailable => "104 is unavailable",
            Self::SourceAddressRefused => {
                "104 answers with a web page: the address that this call came from may not be \
                 registered with 104"
            }
            Self::Redirected => "104 answers with a redirect, which is not followed",
            Self::UnreadableAnswer => "the answer is not what the contract says",
            Self::FileGone => "104 has no such file, or not now",
            Self::PaceUnavailable => "what all processes share can't be asked, so no call was made",
            Self::BudgetSpent => "the budget of this run is spent",
            Self::Unexpected => "104 answers what the contract does not know",
        }
    }

    /// What a human can do, naming the setting where there is one.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::CredentialsRefused => {
                "check `[[company]] client_id`, its secret (`ETL104_CLIENT_SECRET`, or what \
                 `client_secret_env` or `client_secret_file` names), and that they were issued \
                 for this `[api] environment`"
            }
            Self::CompanyRefused => {
                "check `[[company]] no`: it must be the 統編 that `client_id` was issued for"
            }
            Self::Settings => {
                "check `[api]`: `environment`, or `token_url` and `base_url`, `proxy`, `ca_file`"
            }
            Self::BadRequest => {
                "check the dates and `[[company]] sources`; if they are right, 104 does not answer \
                 for a date so old, and `etl104 windows accept` takes it for empty where 104 never \
                 listed anybody before; else this is a bug"
            }
            Self::ClientError899 | Self::IdRefused | Self::Unexpected => {
                "`etl104 retry windows` later; if it persists, send 104 the code and the hour"
            }
            Self::ServerError => "104's own trouble: `etl104 retry windows` later",
            Self::Throttled => {
                "run again later; if it recurs, lower `[api] calls_per_second`, or see whether \
                 another program uses the same client_id"
            }
            Self::Unavailable => {
                "run again later; behind a company's network check `[api] proxy` and `ca_file`"
            }
            Self::SourceAddressRefused => {
                "ask 104 to register the outgoing address of this host; if a certificate of your company's \
                 stands before the answer, it is your proxy's page: ask your network team to allow 104"
            }
            Self::Redirected => "check `[api] token_url`, `base_url` and `proxy`",
            Self::UnreadableAnswer => {
                "`etl104 retry windows` later; if it persists, 104 answers otherwise than \
                 is known: send 104 the hour"
            }
            Self::FileGone => "the next sighting of the resume brings a new link",
            Self::PaceUnavailable => "see why the database can't be reached: `[database] url`",
            Self::BudgetSpent => "run again, or give more with `--max-calls` or `--max-minutes`",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
