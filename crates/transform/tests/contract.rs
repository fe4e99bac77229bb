//! Every field of the contract arrives, whatever its type.

mod support;

use serde_json::{Value, json};
use support::{read, shown};

/// Every field of the contract: `name`, `object.name` or `list[].name`.
const FIELDS: &str = "
    resumeId fullName englishName gender email cellPhone subCellPhone tel contactInfo address
    birthday regSource employmentStatus militaryStatus militaryRetireDate introduction motto
    characteristic personalPage drivingLicenses transports specialIdentities nationality
    disabledTypes disabilityCard assistiveDevices headshotUrl seniority

    jobRequirement.jobCharacteristic jobRequirement.workInterval jobRequirement.otherWorkInterval
    jobRequirement.shiftWork jobRequirement.startDateOpt jobRequirement.wage
    jobRequirement.workPlace jobRequirement.remoteWork jobRequirement.jobName
    jobRequirement.jobCategory jobRequirement.industryCategory jobRequirement.workDesc
    biography.bio biography.engBio
    commonCertificates.certificates commonCertificates.otherCertificates

    education[].schoolName education[].degreeLevel education[].major education[].majorCategory
    education[].degreeStatus education[].schoolCountry education[].startDate education[].endDate
    experiences[].firmName experiences[].industryCategory experiences[].companySize
    experiences[].workPlace experiences[].jobName experiences[].jobRole experiences[].jobCategory
    experiences[].startDate experiences[].endDate experiences[].jobDesc experiences[].skills
    experiences[].management experiences[].wageTypeDesc experiences[].wage experiences[].wageYear
    speciality[].skill speciality[].desc speciality[].tag
    foreignLanguage[].langType foreignLanguage[].listenDegree foreignLanguage[].speakDegree
    foreignLanguage[].readDegree foreignLanguage[].writeDegree foreignLanguage[].certificates
    localLanguage[].langType localLanguage[].degree
    attachFiles[].type attachFiles[].title attachFiles[].fileName attachFiles[].resourceLink
    attachFiles[].website
    projectDatas[].title projectDatas[].startDate projectDatas[].endDate
    projectDatas[].description projectDatas[].type projectDatas[].resourceLink
    projectDatas[].website
    customContentDatas[].title customContentDatas[].content
    recommenders[].name recommenders[].corp recommenders[].jobTitle recommenders[].email
    recommenders[].tel
    applyJob[].applyDate applyJob[].name applyJob[].jobNo applyJob[].applySource
    applyQuestion[].type applyQuestion[].question applyQuestion[].answer
";

/// A document in which only this field says something.
fn only(path: &str, value: &Value) -> Value {
    match (path.split_once("[]."), path.split_once('.')) {
        (Some((list, field)), _) => json!({ list: [{ field: value }] }),
        (None, Some((object, field))) => json!({ object: { field: value } }),
        (None, None) => json!({ path: value }),
    }
}

#[test]
fn every_field_arrives_under_a_name_of_ours() {
    for path in FIELDS.split_whitespace() {
        let (value, marker) = match path {
            "experiences[].wage" | "experiences[].wageYear" => (json!(987_654), "987654"),
            "disabilityCard" => (json!(1), "has_disability_card: Some(\n        true"),
            "jobRequirement.shiftWork" => {
                (json!(true), "is_shift_work_accepted: Some(\n        true")
            }
            "headshotUrl" | "attachFiles[].resourceLink" | "projectDatas[].resourceLink" => {
                (json!("https://files.example.com/f?fileId=MARKER"), "token: \"MARKER\"")
            }
            "attachFiles[].type" => (json!("1"), "Attachment"),
            _ => (json!("MARKER"), "\"MARKER\""),
        };
        let shown = shown(&only(path, &value).to_string());
        assert!(shown.contains(marker), "{path} is lost:\n{shown}");
        assert!(shown.contains("unknown fields: none"), "{path} is unknown:\n{shown}");
        assert!(!shown.contains("unexpected_type"), "{path}:\n{shown}");
    }
}

#[test]
fn the_complete_document_uses_every_field() {
    let (_, complete) = support::corpus().into_iter().find(|(name, _)| name == "complete").unwrap();
    let complete: Value = serde_json::from_str(&complete).unwrap();
    for path in FIELDS.split_whitespace() {
        let is_said = |item: &Value, field: &str| {
            item.get(field).is_some_and(|value| !value.is_null() && *value != json!(""))
        };
        let is_used = match (path.split_once("[]."), path.split_once('.')) {
            (Some((list, field)), _) => {
                let items = complete[list].as_array().unwrap();
                items.iter().any(|item| is_said(item, field))
            }
            (None, Some((object, field))) => is_said(&complete[object], field),
            (None, None) => is_said(&complete, path),
        };
        assert!(is_used, "{path}");
    }
    let (resume, notes) = read(&complete.to_string()).unwrap();
    assert_eq!(notes, []);
    assert_eq!(resume.unknown_fields, None);
}

#[test]
fn nothing_is_lost_whatever_type_stands_there() {
    let odd = [
        json!("M1"),
        json!(["M1", "M2"]),
        json!([["M1"], "M2"]),
        json!({ "k": "M1", "l": { "m": ["M2"] } }),
        json!([{ "k": "M1" }, { "l": "M2" }]),
        json!([{ "k": "M1" }, "M2", 5, true]),
        json!(["M1", 5, null, "", "M2"]),
        json!([true, "M1"]),
        json!({ "": "M1" }),
    ];
    let lists = [
        "jobRequirement",
        "biography",
        "commonCertificates",
        "education",
        "experiences",
        "speciality",
        "foreignLanguage",
        "localLanguage",
        "attachFiles",
        "projectDatas",
        "customContentDatas",
        "recommenders",
        "applyJob",
        "applyQuestion",
        "nickname",
    ];
    for path in FIELDS.split_whitespace().chain(lists) {
        for value in &odd {
            let json = only(path, value).to_string();
            let shown = shown(&json);
            for marker in ["M1", "M2"].into_iter().filter(|marker| json.contains(marker)) {
                assert!(shown.contains(marker), "{marker} of {json} is lost:\n{shown}");
            }
        }
    }
}

#[test]
fn what_says_nothing_becomes_nothing() {
    for path in FIELDS.split_whitespace() {
        for value in
            [json!(null), json!(""), json!(" \u{3000}\n"), json!([]), json!({}), json!([null, ""])]
        {
            let (resume, notes) = read(&only(path, &value).to_string()).unwrap();
            assert!(resume == model::Resume::default() && notes.is_empty(), "{path} {value}");
        }
    }
}

#[test]
fn texts_are_never_cut() {
    let long = "字".repeat(20_000);
    for path in ["fullName", "biography.bio", "education[].schoolName", "applyQuestion[].answer"] {
        assert!(shown(&only(path, &json!(long)).to_string()).contains(&long), "{path}");
    }
}
