//! The people: every field of the contract, every form of a value, gaps everywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use simulator::{Options, Size};

use crate::client::{DAY, caller, quick};

/// Every field of the contract; those of lists and objects with a dot.
const FIELDS: &str = "resumeId fullName englishName gender email cellPhone subCellPhone tel contactInfo address birthday
    regSource employmentStatus militaryStatus militaryRetireDate introduction motto characteristic personalPage
    drivingLicenses transports specialIdentities nationality disabledTypes disabilityCard assistiveDevices headshotUrl
    seniority jobRequirement.jobCharacteristic jobRequirement.workInterval jobRequirement.otherWorkInterval
    jobRequirement.shiftWork jobRequirement.startDateOpt jobRequirement.wage jobRequirement.workPlace
    jobRequirement.remoteWork jobRequirement.jobName jobRequirement.jobCategory jobRequirement.industryCategory
    jobRequirement.workDesc biography.bio biography.engBio commonCertificates.certificates
    commonCertificates.otherCertificates education.schoolName education.degreeLevel education.major
    education.majorCategory education.degreeStatus education.schoolCountry education.startDate education.endDate
    experiences.firmName experiences.industryCategory experiences.companySize experiences.workPlace experiences.jobName
    experiences.jobRole experiences.jobCategory experiences.startDate experiences.endDate experiences.jobDesc
    experiences.skills experiences.management experiences.wageTypeDesc experiences.wage experiences.wageYear
    speciality.skill speciality.desc speciality.tag foreignLanguage.langType foreignLanguage.listenDegree
    foreignLanguage.speakDegree foreignLanguage.readDegree foreignLanguage.writeDegree foreignLanguage.certificates
    localLanguage.langType localLanguage.degree attachFiles.type attachFiles.title attachFiles.fileName
    attachFiles.resourceLink attachFiles.website projectDatas.title projectDatas.startDate projectDatas.endDate
    projectDatas.description projectDatas.type projectDatas.resourceLink projectDatas.website customContentDatas.title
    customContentDatas.content recommenders.name recommenders.corp recommenders.jobTitle recommenders.email
    recommenders.tel applyJob.applyDate applyJob.name applyJob.jobNo applyJob.applySource applyQuestion.type
    applyQuestion.question applyQuestion.answer";

/// Values of each field, by path.
type Values = BTreeMap<String, Vec<Value>>;

fn collect(prefix: &str, value: &Value, values: &mut Values) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path =
                    if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                values.entry(path.clone()).or_default().push(value.clone());
                collect(&path, value, values);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(prefix, item, values)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn population(options: Options) -> (Values, Vec<String>) {
    let caller = caller(options).await;
    let (mut values, mut texts) = (Values::new(), Vec::new());
    for ids in caller.ids(DAY).await.chunks(10) {
        let path = format!("resumes/queryBatch?{DAY}&idnos={}", ids.join(","));
        let text = caller.send(&path).await.text().await.unwrap();
        if let Ok(body) = serde_json::from_str::<Value>(&text) {
            body["data"]["list"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|resume| collect("", resume, &mut values));
        }
        texts.push(text);
    }
    (values, texts)
}

#[tokio::test]
async fn every_field_is_used_and_left_out() {
    let (values, _) =
        population(Options { resumes_per_day: 1_000, people: 100_000, ..quick() }).await;
    let people = values["fullName"].len();
    assert!(people > 700);
    for field in FIELDS.split_whitespace() {
        let told = values
            .get(field)
            .map_or(0, |all| all.iter().filter(|it| !it.is_null() && **it != "").count());
        assert!(told > 0, "{field}");
    }
    let gaps = |field: &str| values[field].iter().filter(|it| it.is_null() || **it == "").count();
    assert!(gaps("motto") > 0 && values["motto"].len() < people);
    let distinct =
        |field: &str| -> BTreeSet<String> { values[field].iter().map(Value::to_string).collect() };
    for (field, wanted) in [
        ("attachFiles.type", "1 2 \"1\""),
        ("projectDatas.type", "0 1 2 3"),
        ("applyQuestion.type", "1 2 3 \"2\""),
        ("disabilityCard", "0 1 \"0\""),
        ("education.degreeLevel", "\"博士\" \"碩士\" \"大學\" \"專科\" \"高中\""),
        ("education.degreeStatus", "\"畢業\" \"肄業\""),
        ("experiences.endDate", "\"迄今\" \"至今\" \"仍在職\" \"\" null"),
        ("localLanguage.langType", "\"台語\" \"客語\""),
        ("foreignLanguage.langType", "\"英文\" \"日文\""),
    ] {
        let distinct = distinct(field);
        for value in wanted.split(' ') {
            assert!(distinct.contains(value), "{field} {value}");
        }
    }
    assert!(
        values["education"].iter().any(Value::is_object),
        "a single value where a list is expected"
    );
    assert!(values["resumeId"].iter().any(Value::is_number));
    assert!(values.contains_key("aiScore") || values.contains_key("badges"), "unknown fields");
    let shape = |text: &str| {
        text.chars().map(|it| if it.is_ascii_digit() { '9' } else { it }).collect::<String>()
    };
    let dates: BTreeSet<String> =
        values["experiences.startDate"].iter().filter_map(Value::as_str).map(shape).collect();
    for form in ["9999-99", "9999-99-99", "9999/99", "9999/99/99", "9999-99-99 99:99:99"] {
        assert!(dates.contains(form), "{form}");
    }
}

#[tokio::test]
async fn odd_text_is_rare_and_can_be_had_always_or_never() {
    for (odd_text, is_odd) in [(1.0, true), (0.0, false)] {
        let (_, texts) = population(Options { odd_text, ..quick() }).await;
        let all = texts.concat();
        assert_eq!((all.contains("\\u0000"), all.contains("\\ud83d")), (is_odd, is_odd));
    }
}

#[tokio::test]
async fn resumes_have_the_chosen_size() {
    for (size, low, high) in [(Size::Small, 2_500, 5_500), (Size::Full, 9_000, 14_000)] {
        let (values, texts) = population(Options { size, resumes_per_day: 100, ..quick() }).await;
        let mean = texts.iter().map(String::len).sum::<usize>() / values["fullName"].len().max(1);
        assert!((low..high).contains(&mean), "{size:?} {mean}");
    }
}
