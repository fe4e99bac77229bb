//! The same request, read strictly: every parameter by the contract.

use jiff::civil::Date;

use super::call::Call;
use super::refusal::{Refusal, code};
use crate::journal::Endpoint;
use crate::window::{Flag, Window};

/// Parameters that a window may have.
const WINDOW: [&str; 5] = ["date", "startTime", "endTime", "flag", "jobNo"];

/// Method and names of the parameters: known ones, each once.
pub(super) fn shape(call: &Call) -> Result<(), Refusal> {
    if call.method != "GET" {
        return Err(code(899, format!("method {} not allowed", call.method)));
    }
    let extra: &[&str] = match call.endpoint {
        Endpoint::Query => &["idno"],
        Endpoint::QueryBatch => &["idnos"],
        Endpoint::Headshot | Endpoint::Attachment => &["fileId"],
        Endpoint::QueryList | Endpoint::Token | Endpoint::Other => &[],
    };
    let is_file = matches!(call.endpoint, Endpoint::Headshot | Endpoint::Attachment);
    for (at, (name, _)) in call.query.iter().enumerate() {
        let is_known =
            extra.contains(&name.as_str()) || (!is_file && WINDOW.contains(&name.as_str()));
        if !is_known {
            return Err(code(899, format!("unknown parameter {name}")));
        }
        if call.query[..at].iter().any(|(before, _)| before == name) {
            return Err(code(899, format!("parameter {name} given twice")));
        }
    }
    Ok(())
}

/// The window of a list or resume call.
pub(super) fn window(call: &Call) -> Result<Window, Refusal> {
    let date = date(call.param("date").unwrap_or_default())?;
    let (start, end) = (hour(call, "startTime")?, hour(call, "endTime")?);
    if start >= end {
        return Err(code(897, "startTime must be before endTime"));
    }
    let flag = match call.param("flag") {
        None => None,
        Some(text) => {
            Some(Flag::from_code(text).ok_or_else(|| code(896, "flag must be 0, 1 or 2"))?)
        }
    };
    let job_no = call.param("jobNo").map(ToOwned::to_owned);
    Ok(Window { date, start, end, flag, job_no })
}

/// 996 for another form than `yyyy-MM-dd`, 897 for a date that does not exist.
fn date(text: &str) -> Result<Date, Refusal> {
    let is_formed = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| {
            if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() }
        });
    if !is_formed {
        return Err(code(996, "日期格式錯誤，應為 yyyy-MM-dd"));
    }
    text.parse().or(Err(code(897, "no such date")))
}

fn hour(call: &Call, name: &str) -> Result<u8, Refusal> {
    let text = call.param(name).unwrap_or_default();
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|hour| is_number && *hour <= 24)
        .ok_or_else(|| code(897, format!("{name} must be 0 to 24")))
}

/// The ids of a query or a batch.
pub(super) fn ids(call: &Call) -> Result<Vec<String>, Refusal> {
    if call.endpoint == Endpoint::Query {
        let id = call
            .param("idno")
            .filter(|id| !id.is_empty())
            .ok_or_else(|| code(898, "idno is missing"))?;
        return Ok(vec![id.to_owned()]);
    }
    let text = call.param("idnos").ok_or_else(|| code(898, "idnos is missing"))?;
    let ids: Vec<String> = text.split(',').map(ToOwned::to_owned).collect();
    if ids.iter().any(String::is_empty) {
        return Err(code(898, "idnos holds an empty id"));
    }
    if ids.len() > 10 {
        return Err(code(898, "idnos holds more than 10 ids"));
    }
    Ok(ids)
}
