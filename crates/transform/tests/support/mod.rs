//! What the tests share: reading a document, and showing everything that came of it.
#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::unwrap_used, reason = "support of tests, where a panic is the report")]

use std::fmt::{Debug, Write as _};
use std::fs;
use std::path::Path;

use model::{Note, RawResume, Rejection, Resume};

/// Reads a document as if it had been listed as 77.
pub(crate) fn read(json: &str) -> Result<(Resume, Vec<Note>), Rejection> {
    transform::interpret(&RawResume {
        resume_id: "77".parse().unwrap(),
        json: json.to_owned(),
        fetched_at: "2026-11-22T10:00:00Z".parse().unwrap(),
    })
}

/// The documents of the corpus by name.
pub(crate) fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Everything that a document became, the redacted included; what is `None` is left out.
pub(crate) fn shown(json: &str) -> String {
    let (resume, notes) = match read(json) {
        Ok(read) => read,
        Err(rejection) => return format!("{}: {}", rejection.code, rejection.reason),
    };
    let mut out = String::new();
    // No `..`: a new part of the resume must be shown too.
    let Resume {
        person,
        contact,
        sensitive,
        narrative,
        job_preference,
        education,
        experience,
        skill,
        skill_term,
        language,
        certificate,
        project,
        custom_section,
        recommender,
        application,
        answer,
        files,
        unknown_fields,
    } = resume;
    let parts: [&dyn Debug; 16] = [
        &person,
        &contact,
        &sensitive,
        &narrative,
        &job_preference,
        &education,
        &experience,
        &skill,
        &skill_term,
        &language,
        &certificate,
        &project,
        &custom_section,
        &recommender,
        &application,
        &answer,
    ];
    let files_shown: Vec<&dyn Debug> = files.iter().map(|file| file as &dyn Debug).collect();
    for part in parts.into_iter().chain(files_shown) {
        for line in format!("{part:#?}").lines().filter(|line| !line.ends_with(": None,")) {
            writeln!(out, "{line}").unwrap();
        }
    }
    for file in &files {
        if let Some(token) = &file.token {
            let role = file.role.as_str();
            writeln!(out, "{role} {} has token: {:?}", file.item_no, token.expose()).unwrap();
        }
    }
    writeln!(out, "unknown fields: {}", unknown_fields.as_deref().unwrap_or("none")).unwrap();
    for Note { table, column, item_no, code, words } in &notes {
        let item = item_no.map(|item_no| format!(" item {item_no}")).unwrap_or_default();
        let words = words.as_ref().map(|words| format!(": {}", words.expose())).unwrap_or_default();
        writeln!(out, "note: {table}.{column}{item} {}{words}", code.as_str()).unwrap();
    }
    out
}
