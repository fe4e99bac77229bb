//! The command line of `sim104`.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use jiff::civil::{Date, DateTime};
use simulator::{
    Answers, Applications, Beyond, Credential, ExpiresIn, Options, ResumeIdForm, Size,
};

use crate::values::{credential, range, share};

/// 104's resume-transfer API, imitated: generated people, real throttling, scripted faults.
///
/// It listens on 127.0.0.1 alone. Without any option it answers for company 01234567 under demo-client and
/// demo-secret, about 40 listings a day for any date, and allows 3 calls in any second. The same seed and options
/// give the same people and the same listings each time.
#[derive(Debug, Parser)]
#[command(name = "sim104", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8104)]
    port: u16,
    /// Write the port to this file once it is open.
    #[arg(long, value_name = "FILE")]
    pub(crate) port_file: Option<PathBuf>,
    /// A fault script in TOML; an example stands below.
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Imitate what `etl104 probe --out` recorded; it overrules the options below that it speaks of.
    #[arg(long, value_name = "FILE")]
    pub(crate) like: Option<PathBuf>,

    /// All people and listings follow from it.
    #[arg(long, default_value_t = 104, help_heading = "People")]
    seed: u64,
    /// How many people exist; 5000 if not said.
    #[arg(long, value_name = "N", help_heading = "People",
          value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    people: Option<u64>,
    /// How many times a day somebody turns up at one company; 40 if not said.
    #[arg(long, value_name = "N", help_heading = "People",
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    resumes_per_day: Option<u32>,
    /// How much they write: about 4 KB or about 10 KB a resume.
    #[arg(long, value_enum, default_value_t = SizeArg::Small, help_heading = "People")]
    size: SizeArg,
    /// Attachment sizes in bytes.
    #[arg(long, default_value = "2000-40000", value_parser = range, value_name = "FROM-TO", help_heading = "People")]
    attachment_bytes: RangeInclusive<u64>,
    /// Share of people with a NUL or a lone surrogate in their text; 0.005 if not said.
    #[arg(long, value_parser = share, value_name = "SHARE", help_heading = "People")]
    odd_text: Option<f64>,
    /// Share of people with fields of another JSON type, or unknown ones; 0.15 if not said.
    #[arg(long, value_parser = share, value_name = "SHARE", help_heading = "People")]
    odd_fields: Option<f64>,
    /// Share of people with fields of another JSON type alone.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE", help_heading = "People")]
    loose_types: f64,
    /// Share of people with unknown fields alone.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE", help_heading = "People")]
    unknown_fields: f64,

    /// Who may ask, for which companies; may be given several times.
    #[arg(long, value_parser = credential, value_name = "ID:SECRET:COMPANY[,COMPANY…]",
          default_value = "demo-client:demo-secret:01234567", help_heading = "Access")]
    credential: Vec<Credential>,
    /// Seconds that an access token lives.
    #[arg(long, default_value_t = 3_600, value_name = "SECONDS", help_heading = "Access")]
    token_lifetime: u64,
    /// A new access token revokes the ones before it.
    #[arg(long, help_heading = "Access")]
    new_token_revokes_old: bool,
    /// How a token answer tells its lifetime.
    #[arg(long, value_enum, default_value_t = ExpiresArg::Number, help_heading = "Access")]
    expires_in: ExpiresArg,

    /// Calls that may start in any second, per credential; 0 lifts the limit.
    #[arg(long, default_value_t = 3, value_name = "N", help_heading = "Pace")]
    calls_per_second: u32,
    /// Retry-After of throttled answers, sent as it is.
    #[arg(long, value_name = "VALUE", help_heading = "Pace")]
    retry_after: Option<String>,
    /// Each answer takes this long: milliseconds, or a range of them.
    #[arg(long, default_value = "0", value_parser = range, value_name = "MS[-MS]", help_heading = "Pace")]
    latency_ms: RangeInclusive<u64>,
    /// Each call arrives up to this much later, before it is counted.
    #[arg(long, default_value_t = 0, value_name = "MS", help_heading = "Pace")]
    jitter_ms: u64,

    /// All that is assumed of 104 holds, save what other options say: few people, nothing odd, noon of a past day.
    #[arg(long, help_heading = "Assumptions")]
    as_assumed: bool,
    /// Stop the clock at this time in Taiwan, such as 2025-08-22T12:00:00.
    #[arg(long, value_name = "TIME", help_heading = "Assumptions")]
    now: Option<DateTime>,
    /// Let that clock go on, so many times as fast as the machine's.
    #[arg(
        long,
        requires = "now",
        default_value_t = 0,
        value_name = "N",
        help_heading = "Assumptions"
    )]
    clock_speed: u32,
    /// The header Date of answers tells that time.
    #[arg(long, requires = "now", help_heading = "Assumptions")]
    tell_time: bool,
    /// Dates before this one list nobody.
    #[arg(long, value_name = "DATE", help_heading = "Assumptions")]
    oldest_day: Option<Date>,
    /// They answer error 897 instead.
    #[arg(long, help_heading = "Assumptions")]
    refuse_older: bool,
    /// Old windows answer people as they were then, or as they are now.
    #[arg(long, value_enum, default_value_t = AnswersArg::Then, help_heading = "Assumptions")]
    answers: AnswersArg,
    /// A list holds at most so many ids; its total stays true.
    #[arg(long, value_name = "N", help_heading = "Assumptions")]
    list_cap: Option<usize>,
    /// Share of listings that appear only half an hour after they happened.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE", help_heading = "Assumptions")]
    late_share: f64,
    /// What a resume carries as resumeId: the listed id, the member's number (if not said), or none.
    #[arg(long, value_enum, help_heading = "Assumptions")]
    resume_id: Option<ResumeIdArg>,
    /// Resumes carry no idno.
    #[arg(long, help_heading = "Assumptions")]
    without_idno: bool,
    /// Matched people show their contact fields too.
    #[arg(long, help_heading = "Assumptions")]
    matched_with_contact: bool,
    /// They don't, as is usual without --as-assumed.
    #[arg(long, conflicts_with = "matched_with_contact", help_heading = "Assumptions")]
    matched_without_contact: bool,
    /// applyJob holds the newest application only.
    #[arg(long, help_heading = "Assumptions")]
    newest_application_only: bool,
    /// Seconds that a file token lives; 0 is for ever.
    #[arg(long, default_value_t = 600, value_name = "SECONDS", help_heading = "Assumptions")]
    file_token_lifetime: u64,
    /// File tokens stay the same in each answer, and never expire.
    #[arg(long, help_heading = "Assumptions")]
    same_file_tokens: bool,
    /// Each file token is good for one answer.
    #[arg(long, conflicts_with = "same_file_tokens", help_heading = "Assumptions")]
    file_tokens_once: bool,
    /// Scheme and host of file links, if not this server's.
    #[arg(long, value_name = "URL", help_heading = "Assumptions")]
    link_host: Option<String>,
    /// Errors come under HTTP 200.
    #[arg(long, help_heading = "Assumptions")]
    errors_under_200: bool,
    /// All errors come under this HTTP status.
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..=599),
          conflicts_with = "errors_under_200", help_heading = "Assumptions")]
    error_status: Option<u16>,
}

const EXAMPLES: &str = "Examples:
  sim104 --latency-ms 200-1000 --jitter-ms 50
  sim104 --resumes-per-day 20000 --people 1000000 --size full
  sim104 --now 2025-08-22T12:05:00 --oldest-day 2025-08-01 --list-cap 100
  sim104 --like probe.json
  sim104 --as-assumed --list-cap 20
  sim104 --script faults.toml, where faults.toml holds
      [[rule]]
      endpoint = \"queryBatch\"   # token queryList query queryBatch headshot attachment
      every = 5                 # or nth, first, after; id, company, date, hour, flag, client_id
      then = { do = \"throttle\", retry_after = \"2\" }";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SizeArg {
    Small,
    Full,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ExpiresArg {
    Number,
    Text,
    Absent,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AnswersArg {
    Then,
    Now,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ResumeIdArg {
    Listed,
    Member,
    Absent,
}

impl Args {
    /// The options that were chosen.
    pub(crate) fn options(self) -> Result<Options, String> {
        let (fastest, slowest) = (*self.latency_ms.start(), *self.latency_ms.end());
        let link_host = self.link_host.map(|host| host.trim_end_matches('/').to_owned());
        if link_host.as_ref().is_some_and(|host| !host.starts_with("http")) {
            return Err("--link-host must begin with http:// or https://".into());
        }
        let usual = if self.as_assumed { Options::as_assumed() } else { Options::default() };
        let hides_contact = usual.matched_without_contact || self.matched_without_contact;
        Ok(Options {
            port: self.port,
            seed: self.seed,
            people: self.people.unwrap_or(usual.people),
            resumes_per_day: self.resumes_per_day.unwrap_or(usual.resumes_per_day),
            size: match self.size {
                SizeArg::Small => Size::Small,
                SizeArg::Full => Size::Full,
            },
            odd_text: self.odd_text.unwrap_or(usual.odd_text),
            odd_fields: self.odd_fields.unwrap_or(usual.odd_fields),
            loose_types: self.loose_types,
            unknown_fields: self.unknown_fields,
            attachment_bytes: self.attachment_bytes,
            credentials: self.credential,
            token_lifetime: Duration::from_secs(self.token_lifetime),
            new_token_revokes_old: self.new_token_revokes_old,
            expires_in: match self.expires_in {
                ExpiresArg::Number => ExpiresIn::Number,
                ExpiresArg::Text => ExpiresIn::Text,
                ExpiresArg::Absent => ExpiresIn::Absent,
            },
            calls_per_second: Some(self.calls_per_second).filter(|calls| *calls > 0),
            retry_after: self.retry_after,
            jitter: Duration::from_millis(self.jitter_ms),
            latency: Duration::from_millis(fastest)..=Duration::from_millis(slowest),
            now: self.now.or(usual.now),
            clock_speed: self.clock_speed,
            tells_time: self.tell_time || usual.tells_time,
            oldest_day: self.oldest_day.or(usual.oldest_day),
            beyond_oldest: if self.refuse_older { Beyond::Refused } else { Beyond::Empty },
            answers: match self.answers {
                AnswersArg::Then => Answers::AsThen,
                AnswersArg::Now => Answers::AsNow,
            },
            list_cap: self.list_cap,
            late_share: self.late_share,
            with_idno: !self.without_idno,
            resume_id: match self.resume_id {
                Some(ResumeIdArg::Listed) => ResumeIdForm::Listed,
                Some(ResumeIdArg::Member) => ResumeIdForm::Member,
                Some(ResumeIdArg::Absent) => ResumeIdForm::Absent,
                None => usual.resume_id,
            },
            matched_without_contact: hides_contact && !self.matched_with_contact,
            applications: if self.newest_application_only {
                Applications::Newest
            } else {
                Applications::All
            },
            file_token_lifetime: Some(Duration::from_secs(self.file_token_lifetime))
                .filter(|time| !time.is_zero()),
            file_tokens_differ: !self.same_file_tokens,
            file_tokens_once: self.file_tokens_once,
            link_host,
            errors_under_200: self.errors_under_200,
            error_status: self.error_status,
            ..Options::default()
        })
    }
}
