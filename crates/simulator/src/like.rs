//! Options out of what a probe recorded of the real service: its behaviour and the shape of its resumes.
//!
//! Read by hand from the documented JSON (`docs/probe.md`); no type is shared with whoever wrote it.

use std::time::Duration;

use jiff::civil::Date;
use serde_json::Value;

use crate::journal::Endpoint;
use crate::options::{
    Answers, Applications, Beyond, ExpiresIn, FieldKind, FieldShape, Options, ResumeIdForm,
};
use crate::script::{Action, Rule};

/// The generator leaves out one field in ten by itself.
const GENERATED_SHARE: f64 = 0.9;

/// The text is no record of a probe.
#[derive(Debug, thiserror::Error)]
pub enum LikeError {
    /// It is no JSON.
    #[error("the record is no JSON")]
    Json(#[from] serde_json::Error),
    /// It has another shape.
    #[error("this is no record of a probe, or one of another schema than 1")]
    Schema,
}

/// `options`, changed to what a record shows, and rules for what no option says.
pub fn like(record: &str, options: Options) -> Result<(Options, Vec<Rule>), LikeError> {
    let record: Value = serde_json::from_str(record)?;
    if record["schema"] != 1 || !record["verdicts"].is_array() {
        return Err(LikeError::Schema);
    }
    let (options, facts) = (tokens(&record, options), &record["facts"]);
    let options = dates(&record, lists(&record, options));
    let options = files(&record, people(&record, options));
    let is_reversed = facts["batch"]["ordered"][0].as_u64() > facts["batch"]["ordered"][1].as_u64();
    let reverse = Rule::on(Endpoint::QueryBatch).then(Action::Reverse);
    Ok((errors(&record, options), Some(reverse).filter(|_| is_reversed).into_iter().collect()))
}

/// Whether an assumption was refuted.
fn is_refuted(record: &Value, number: &str) -> bool {
    let verdicts = record["verdicts"].as_array().into_iter().flatten();
    let mut of_number = verdicts.filter(|verdict| verdict["assumption"] == number);
    of_number.any(|verdict| verdict["outcome"] == "refuted")
}

fn tokens(record: &Value, options: Options) -> Options {
    let token = &record["facts"]["token"];
    Options {
        token_type: match token["token_type"].as_str() {
            Some("absent") => None,
            Some("other") => Some("token".into()),
            Some(_) | None => options.token_type,
        },
        expires_in: match token["expires_in"].as_str() {
            Some("text") => ExpiresIn::Text,
            Some("absent") => ExpiresIn::Absent,
            Some(_) | None => ExpiresIn::Number,
        },
        token_lifetime: token["expires_in_seconds"]
            .as_u64()
            .map_or(options.token_lifetime, Duration::from_secs),
        new_token_revokes_old: is_refuted(record, "A-02"),
        ..options
    }
}

fn lists(record: &Value, options: Options) -> Options {
    let facts = &record["facts"];
    let days = facts["days"]["asked"].as_array().into_iter().flatten();
    let longest = days.filter_map(|day| day["list"]["ids"].as_u64()).max();
    let list_cap = longest.and_then(|longest| usize::try_from(longest).ok());
    Options {
        list_cap: list_cap.filter(|_| is_refuted(record, "A-12")).or(options.list_cap),
        late_share: if is_refuted(record, "A-09") { 0.5 } else { options.late_share },
        ..options
    }
}

fn dates(record: &Value, options: Options) -> Options {
    let days = record["facts"]["days"]["asked"].as_array().into_iter().flatten();
    let dated: Vec<(Date, u64)> = days
        .filter_map(|day| {
            let date = day["date"].as_str()?.parse().ok()?;
            Some((date, day["list"]["ids"].as_u64().unwrap_or(0)))
        })
        .collect();
    let oldest = dated.iter().filter(|(_, ids)| *ids > 0).map(|(date, _)| *date).min();
    let is_bounded = oldest.is_some_and(|oldest| dated.iter().any(|(date, _)| *date < oldest));
    Options {
        oldest_day: oldest.filter(|_| is_bounded).or(options.oldest_day),
        beyond_oldest: if is_refuted(record, "A-11") { Beyond::Refused } else { Beyond::Empty },
        answers: if is_refuted(record, "A-15") { Answers::AsNow } else { Answers::AsThen },
        ..options
    }
}

fn people(record: &Value, options: Options) -> Options {
    let names = &record["facts"]["names"];
    let most = |name: &Value| {
        let of = |kind: &str| name[kind].as_u64().unwrap_or(0);
        let (same, other, absent) = (of("same"), of("other"), of("absent"));
        if same >= other.max(absent) {
            ResumeIdForm::Listed
        } else if other >= absent {
            ResumeIdForm::Member
        } else {
            ResumeIdForm::Absent
        }
    };
    let has_loose_types = is_refuted(record, "A-23");
    Options {
        with_idno: most(&names["idno"]) != ResumeIdForm::Absent,
        resume_id: most(&names["resume_id"]),
        matched_without_contact: is_refuted(record, "A-17"),
        applications: if is_refuted(record, "A-26") {
            Applications::Newest
        } else {
            Applications::All
        },
        odd_fields: 0.0,
        loose_types: if has_loose_types { 0.3 } else { 0.0 },
        shape: shape(record),
        ..options
    }
}

fn files(record: &Value, options: Options) -> Options {
    let facts = &record["facts"];
    let differ = facts["links"]["tokens_differ"][0].as_u64().unwrap_or(1) > 0;
    let again = &facts["files"]["again"]["look"];
    let is_once = again["is_answered"] == false;
    let later = &facts["files"]["later"];
    let expired = later[1]["look"]["is_answered"] == false;
    let age = later[0].as_u64().unwrap_or(60);
    Options {
        file_tokens_differ: differ,
        file_tokens_once: is_once,
        file_token_lifetime: if expired {
            Some(Duration::from_secs(age / 2))
        } else {
            options.file_token_lifetime
        },
        link_host: if is_refuted(record, "A-19") {
            Some("https://files.example".into())
        } else {
            options.link_host
        },
        ..options
    }
}

fn errors(record: &Value, options: Options) -> Options {
    let slips: Vec<&Value> = record["facts"]["slips"].as_array().into_iter().flatten().collect();
    let statuses: Vec<u64> =
        slips.iter().filter_map(|slip| slip["got"]["status"].as_u64()).collect();
    let first = statuses.first().copied();
    let all_alike = first.filter(|first| statuses.iter().all(|status| status == first));
    Options {
        errors_under_200: all_alike == Some(200),
        error_status: all_alike.filter(|status| *status != 200).and_then(|it| it.try_into().ok()),
        ..options
    }
}

/// How many have each field, and of which type it is; lists and objects stay what they are.
fn shape(record: &Value) -> Vec<FieldShape> {
    let mut shapes = Vec::new();
    for field in record["shapes"].as_array().into_iter().flatten() {
        let Some(path) = field["path"].as_str().filter(|path| !path.ends_with("[]")) else {
            continue;
        };
        let count = |name: &str| field[name].as_u64().unwrap_or(0);
        let (of, present) = (count("of"), count("present"));
        // The names that tie a resume to its id are options of their own.
        if of == 0 || path == "idno" || path == "resumeId" || path.contains('(') {
            continue;
        }
        let is_new = field["is_known"] == false;
        let generated = if is_new { 1.0 } else { GENERATED_SHARE };
        let types = field["types"].as_object().into_iter().flatten();
        let commonest =
            types.max_by_key(|(_, times)| times.as_u64()).map(|(kind, _)| kind.as_str());
        let kind = match commonest {
            Some("string") => Some(FieldKind::Text),
            Some("number") => Some(FieldKind::Number),
            Some("boolean") => Some(FieldKind::Boolean),
            Some(_) | None => None,
        };
        let share = (as_float(present) / as_float(of) / generated).min(1.0);
        shapes.push(FieldShape { path: path.to_owned(), share, kind, is_new });
    }
    shapes
}

fn as_float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
