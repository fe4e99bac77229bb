//! `words.csv`, row by row: what each form of words becomes, through the reader of whole resumes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test reports")]

mod support;

use std::fmt::Display;

use model::resume::{MilitaryState, WageKind};
use model::{DatePrecision, Resume};
use serde_json::{Value, json};

/// One row of the table.
struct Row {
    line: usize,
    noun: String,
    words: String,
    becomes: String,
    source: String,
}

fn rows() -> Vec<Row> {
    let mut lines = include_str!("words.csv").lines().zip(1..);
    assert_eq!(lines.next(), Some(("noun,words,becomes,source", 1)));
    lines
        .map(|(text, line)| {
            let [noun, words, becomes, source] = fields(text)
                .try_into()
                .unwrap_or_else(|fields| panic!("line {line} has other fields: {fields:?}"));
            Row { line, noun, words, becomes, source }
        })
        .collect()
}

/// The fields of a line; those that hold a comma or a quote are quoted.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            char => field.push(char),
        }
    }
    fields.push(field);
    fields
}

/// The document in which only these words stand.
fn document(noun: &str, words: &str) -> Value {
    match noun {
        "wage" => json!({ "jobRequirement": { "wage": words } }),
        "start of work" => json!({ "jobRequirement": { "startDateOpt": words } }),
        "wanted places" => json!({ "jobRequirement": { "workPlace": words } }),
        "shift work" => json!({ "jobRequirement": { "shiftWork": words } }),
        "place of a job" => json!({ "experiences": [{ "workPlace": words }] }),
        "address" => json!({ "address": words }),
        "beginning" => json!({ "experiences": [{ "startDate": words }] }),
        "end" => json!({ "experiences": [{ "endDate": words }] }),
        "birthday" => json!({ "birthday": words }),
        "total experience" => json!({ "seniority": words }),
        "employment status" => json!({ "employmentStatus": words }),
        "military service" => json!({ "militaryStatus": words }),
        "degree" => json!({ "education": [{ "degreeLevel": words }] }),
        "language level" => json!({ "foreignLanguage": [{ "listenDegree": words }] }),
        "skill" => json!({ "speciality": [{ "skill": words }] }),
        other => panic!("no noun is called {other}"),
    }
}

/// The values beside the words, by their columns.
fn values(resume: &Resume) -> Vec<String> {
    fn value(column: &str, value: Option<impl Display>) -> Option<String> {
        value.map(|value| format!("{column} {value}"))
    }
    fn list(column: &str, values: &[String]) -> Option<String> {
        (!values.is_empty()).then(|| format!("{column} {}", values.join(" ")))
    }
    let Resume { person, contact, sensitive, job_preference: wish, .. } = resume;
    let mut values = vec![
        value("wage_kind", wish.wage.kind.map(WageKind::as_str)),
        value("wage_min", wish.wage.min),
        value("wage_max", wish.wage.max),
        value("wage_monthly_min", wish.wage.monthly_min),
        value("wage_monthly_max", wish.wage.monthly_max),
        value("start_on", wish.start_on),
        value("start_precision", wish.start_precision.map(DatePrecision::as_str)),
        value("start_notice_days", wish.start_notice_days),
        list("work_cities", &wish.work_cities),
        list("work_districts", &wish.work_districts),
        value("is_shift_work_accepted", wish.is_shift_work_accepted),
        value("address_city", contact.address_city.as_ref()),
        value("address_district", contact.address_district.as_ref()),
        value("birthday", sensitive.birthday),
        value("seniority_years_min", person.seniority_years_min),
        value("seniority_years_max", person.seniority_years_max),
        value("is_employed", person.is_employed),
        value("military_state", sensitive.military_state.map(MilitaryState::as_str)),
    ];
    for job in &resume.experience {
        let period = &job.period;
        values.extend([
            value("work_city", job.work_city.as_ref()),
            value("work_district", job.work_district.as_ref()),
            value("start_on", period.start_on),
            value("start_precision", period.start_precision.map(DatePrecision::as_str)),
            value("end_on", period.end_on),
            value("end_precision", period.end_precision.map(DatePrecision::as_str)),
            value("is_ongoing", period.is_ongoing.then_some(true)),
        ]);
    }
    values.extend(resume.education.iter().map(|school| value("degree_rank", school.degree_rank)));
    values
        .extend(resume.language.iter().map(|language| value("listen_rank", language.listen_rank)));
    values.extend(resume.skill_term.iter().map(|skill| value("term", Some(&skill.term))));
    values.into_iter().flatten().collect()
}

/// What the words of a row become.
fn become_of(row: &Row) -> String {
    let (resume, notes) = support::read(&document(&row.noun, &row.words).to_string()).unwrap();
    let mut values = values(&resume);
    if !notes.is_empty() {
        values.push("a note".to_owned());
    } else if values.is_empty() {
        values.push("no value".to_owned());
    }
    values.join("; ")
}

#[test]
fn every_form_becomes_what_the_table_says() {
    let wrong: Vec<String> = rows()
        .iter()
        .filter_map(|row| {
            let (Row { line, noun, words, becomes, .. }, becoming) = (row, become_of(row));
            (becoming != *becomes)
                .then(|| format!("words.csv:{line}: {noun} {words}: {becoming}, not {becomes}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_long_and_sourced_and_says_each_form_once() {
    let rows = rows();
    assert!(rows.len() >= 150, "{} rows", rows.len());
    let mut seen = std::collections::HashSet::new();
    for row in &rows {
        assert!(!row.source.is_empty(), "line {} has no source", row.line);
        assert!(seen.insert((&row.noun, &row.words)), "line {} stands twice", row.line);
    }
}

#[test]
fn words_stay_beside_their_values() {
    for row in rows() {
        let shown = support::shown(&document(&row.noun, &row.words).to_string());
        let is_kept =
            row.noun == "shift work" || shown.contains(&format!("{:?}", row.words.trim()));
        assert!(is_kept, "line {}:\n{shown}", row.line);
    }
}
