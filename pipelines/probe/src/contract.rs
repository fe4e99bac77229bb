//! The fields of a resume as the contract has them: path, type, longest length, and how much of a
//! value may be kept.

/// The JSON type that the contract states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Whole,
    Flag,
    List,
    Object,
}

/// What may be kept of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Its length.
    Length,
    /// Its pattern as well: digits, letters and signs, none of which says who it is.
    Pattern,
    /// The pattern of a date; words only if they mean "until now".
    Date,
    /// The word itself, if it is one of these.
    Words(&'static [&'static str]),
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    /// Characters at most, as documented; 0 if it is not.
    pub(crate) most: usize,
    pub(crate) keep: Keep,
}

impl Field {
    pub(crate) fn of(path: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.path == path)
    }
}

/// Words for "until now".
pub(crate) const ONGOING: &[&str] = &["迄今", "至今", "仍在職", "現在", "目前"];

const LEVELS: &[&str] = &["母語", "精通", "流利", "中等", "普通", "略懂", "不懂", "不會"];
const DEGREES: &[&str] = &[
    "博士",
    "碩士",
    "大學",
    "四技",
    "二技",
    "專科",
    "五專",
    "三專",
    "二專",
    "高中",
    "高職",
    "高中職",
    "國中",
    "國小",
];
const ROLES: &[&str] = &["全職", "兼職"];
const WAGES: &[&str] = &["面議", "月薪", "年薪", "日薪", "時薪", "論件計酬"];
const GENDERS: &[&str] = &["男", "女"];
const MILITARY: &[&str] = &["役畢", "未役", "待役", "免役", "服役中", "不適用"];
const EMPLOYMENT: &[&str] = &["在職中", "仍在職", "在職", "待業中", "待業", "在學中", "就學中"];
const STATUSES: &[&str] = &["畢業", "肄業", "就學中"];

const fn text(path: &'static str, most: usize) -> Field {
    Field { path, kind: Kind::Text, most, keep: Keep::Length }
}

const fn pattern(path: &'static str, most: usize) -> Field {
    Field { path, kind: Kind::Text, most, keep: Keep::Pattern }
}

const fn date(path: &'static str) -> Field {
    Field { path, kind: Kind::Text, most: 0, keep: Keep::Date }
}

const fn words(path: &'static str, most: usize, words: &'static [&'static str]) -> Field {
    Field { path, kind: Kind::Text, most, keep: Keep::Words(words) }
}

const fn other(path: &'static str, kind: Kind) -> Field {
    Field { path, kind, most: 0, keep: Keep::Length }
}

/// All of them. `idno` is no field of the contract's table, but its text expects it.
pub(crate) const FIELDS: &[Field] = &[
    pattern("idno", 0),
    pattern("resumeId", 40),
    text("fullName", 60),
    text("englishName", 40),
    words("gender", 4, GENDERS),
    text("email", 400),
    pattern("cellPhone", 15),
    pattern("subCellPhone", 15),
    pattern("tel", 20),
    text("contactInfo", 50),
    text("address", 110),
    pattern("birthday", 0),
    text("regSource", 10),
    words("employmentStatus", 10, EMPLOYMENT),
    words("militaryStatus", 5, MILITARY),
    pattern("militaryRetireDate", 0),
    text("introduction", 1000),
    text("motto", 100),
    text("characteristic", 120),
    other("personalPage", Kind::List),
    text("drivingLicenses", 40),
    text("transports", 40),
    text("specialIdentities", 30),
    text("nationality", 20),
    text("disabledTypes", 30),
    other("disabilityCard", Kind::Whole),
    text("assistiveDevices", 20),
    text("headshotUrl", 200),
    text("seniority", 0),
    other("jobRequirement", Kind::Object),
    text("jobRequirement.jobCharacteristic", 30),
    text("jobRequirement.workInterval", 30),
    text("jobRequirement.otherWorkInterval", 60),
    other("jobRequirement.shiftWork", Kind::Flag),
    text("jobRequirement.startDateOpt", 40),
    text("jobRequirement.wage", 20),
    text("jobRequirement.workPlace", 20),
    text("jobRequirement.remoteWork", 10),
    text("jobRequirement.jobName", 120),
    text("jobRequirement.jobCategory", 120),
    text("jobRequirement.industryCategory", 120),
    text("jobRequirement.workDesc", 2000),
    other("biography", Kind::Object),
    text("biography.bio", 4000),
    text("biography.engBio", 8000),
    other("commonCertificates", Kind::Object),
    text("commonCertificates.certificates", 2000),
    text("commonCertificates.otherCertificates", 500),
    other("education", Kind::List),
    text("education[].schoolName", 40),
    words("education[].degreeLevel", 0, DEGREES),
    text("education[].major", 100),
    text("education[].majorCategory", 50),
    words("education[].degreeStatus", 0, STATUSES),
    text("education[].schoolCountry", 20),
    date("education[].startDate"),
    date("education[].endDate"),
    other("experiences", Kind::List),
    text("experiences[].firmName", 120),
    text("experiences[].industryCategory", 20),
    text("experiences[].companySize", 10),
    text("experiences[].workPlace", 10),
    text("experiences[].jobName", 120),
    words("experiences[].jobRole", 0, ROLES),
    text("experiences[].jobCategory", 50),
    date("experiences[].startDate"),
    date("experiences[].endDate"),
    text("experiences[].jobDesc", 2000),
    text("experiences[].skills", 50),
    text("experiences[].management", 20),
    words("experiences[].wageTypeDesc", 10, WAGES),
    other("experiences[].wage", Kind::Whole),
    other("experiences[].wageYear", Kind::Whole),
    other("speciality", Kind::List),
    text("speciality[].skill", 120),
    text("speciality[].desc", 1000),
    text("speciality[].tag", 200),
    other("foreignLanguage", Kind::List),
    text("foreignLanguage[].langType", 0),
    words("foreignLanguage[].listenDegree", 0, LEVELS),
    words("foreignLanguage[].speakDegree", 0, LEVELS),
    words("foreignLanguage[].readDegree", 0, LEVELS),
    words("foreignLanguage[].writeDegree", 0, LEVELS),
    text("foreignLanguage[].certificates", 0),
    other("localLanguage", Kind::List),
    text("localLanguage[].langType", 0),
    words("localLanguage[].degree", 0, LEVELS),
    other("attachFiles", Kind::List),
    other("attachFiles[].type", Kind::Whole),
    text("attachFiles[].title", 120),
    text("attachFiles[].fileName", 120),
    text("attachFiles[].resourceLink", 300),
    text("attachFiles[].website", 200),
    other("projectDatas", Kind::List),
    text("projectDatas[].title", 120),
    date("projectDatas[].startDate"),
    date("projectDatas[].endDate"),
    text("projectDatas[].description", 2000),
    other("projectDatas[].type", Kind::Whole),
    text("projectDatas[].resourceLink", 300),
    text("projectDatas[].website", 200),
    other("customContentDatas", Kind::List),
    text("customContentDatas[].title", 120),
    other("customContentDatas[].content", Kind::List),
    other("recommenders", Kind::List),
    text("recommenders[].name", 30),
    text("recommenders[].corp", 35),
    text("recommenders[].jobTitle", 20),
    text("recommenders[].email", 0),
    pattern("recommenders[].tel", 0),
    other("applyJob", Kind::List),
    pattern("applyJob[].applyDate", 10),
    text("applyJob[].name", 120),
    pattern("applyJob[].jobNo", 40),
    text("applyJob[].applySource", 10),
    other("applyQuestion", Kind::List),
    other("applyQuestion[].type", Kind::Whole),
    text("applyQuestion[].question", 100),
    text("applyQuestion[].answer", 250),
];

/// The fields that say how somebody is reached.
pub(crate) const CONTACT: [&str; 6] =
    ["email", "cellPhone", "subCellPhone", "tel", "contactInfo", "address"];

/// The forms of dates that are read, as patterns.
pub(crate) const DATE_FORMS: [&str; 9] = [
    "9999-99",
    "9999-99-99",
    "9999/99",
    "9999/99/99",
    "9999-99-99 99:99:99",
    "9999/99/99 99:99:99",
    "9999-99-99A99:99:99",
    "9999-99-99A99:99:99A",
    "9999-99-99A99:99:99.999A",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    /// A resume with every field of the table.
    fn complete() -> Value {
        let mut resume = Map::new();
        for field in FIELDS {
            let value = match field.kind {
                Kind::Text if field.keep == Keep::Date => json!("2020-01"),
                Kind::Text if field.path.ends_with("Url") || field.path.ends_with("Link") => {
                    json!("https://host.example/f?fileId=abc")
                }
                Kind::Text => json!("x"),
                Kind::Whole => json!(1),
                Kind::Flag => json!(true),
                Kind::List => json!([{}]),
                Kind::Object => json!({}),
            };
            let (parent, name) = field.path.rsplit_once('.').unwrap_or(("", field.path));
            if parent.is_empty() {
                resume.insert(name.into(), value);
            } else if let Some(list) = parent.strip_suffix("[]") {
                resume[list][0][name] = value;
            } else {
                resume[parent][name] = value;
            }
        }
        resume["personalPage"] = json!(["x"]);
        resume["customContentDatas"][0]["content"] = json!(["x"]);
        Value::Object(resume)
    }

    #[test]
    fn the_table_and_the_transform_know_the_same_fields() {
        let raw = model::RawResume {
            resume_id: "x".parse().unwrap(),
            json: complete().to_string(),
            fetched_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let (resume, _notes) = transform::interpret(&raw).unwrap();
        assert_eq!(resume.unknown_fields, None);
    }
}
