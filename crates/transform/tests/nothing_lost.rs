//! No field is lost, whatever JSON a resume is: what it says stands in a column, among the unknown fields or in a note.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod support;

use std::fmt::Write as _;

use proptest::prelude::*;
use support::{read, shown};

/// Every name of the contract, wherever it stands there.
const NAMES: &str = "resumeId fullName englishName gender email cellPhone subCellPhone tel contactInfo address birthday
    regSource employmentStatus militaryStatus militaryRetireDate introduction motto characteristic personalPage
    drivingLicenses transports specialIdentities nationality disabledTypes disabilityCard assistiveDevices headshotUrl
    seniority jobRequirement biography commonCertificates education experiences speciality foreignLanguage localLanguage
    attachFiles projectDatas customContentDatas recommenders applyJob applyQuestion jobCharacteristic workInterval
    otherWorkInterval shiftWork startDateOpt wage workPlace remoteWork jobName jobCategory industryCategory workDesc bio
    engBio certificates otherCertificates schoolName degreeLevel major majorCategory degreeStatus schoolCountry startDate
    endDate firmName companySize jobRole jobDesc skills management wageTypeDesc wageYear skill desc tag langType
    listenDegree speakDegree readDegree writeDegree degree type title fileName resourceLink website description content
    name corp jobTitle applyDate jobNo applySource question answer idno";

/// JSON as it may be written: names may stand twice, numbers may be of any size.
#[derive(Clone, Debug)]
enum Tree {
    /// A text that holds a word of its own, between these.
    Text(&'static str, &'static str),
    /// A number of its own, with this tail.
    Number(&'static str),
    /// Nothing that could be told from others.
    Bare(&'static str),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let around = proptest::sample::select(vec![
        "",
        "",
        " ",
        "2020-13 ",
        "月薪 ",
        " 迄今",
        "<p>",
        "<b ",
        "&amp;",
        r"\u0000",
        r"\ud800",
        r"\udc00\ud83d\ude00",
        r"\n",
        r"\\",
        r#"\""#,
        "、",
        ",",
        "https://files.example/x?fileId=",
        "?fileId=",
        "https://elsewhere.example/",
        "　",
        "�",
        "104",
        r"\u202e",
    ]);
    let leaf = prop_oneof![
        6 => (around.clone(), around).prop_map(|(before, after)| Tree::Text(before, after)),
        2 => proptest::sample::select(vec!["", ".0", "e0", "E400", "e-999", "00000000000000000000000000"])
            .prop_map(Tree::Number),
        1 => proptest::sample::select(vec!["null", "true", "false", "\"\"", "[]", "{}", "1", "-0"])
            .prop_map(Tree::Bare),
    ];
    let names: Vec<String> = NAMES.split_whitespace().map(str::to_owned).collect();
    let name = prop_oneof![8 => proptest::sample::select(names), 1 => "[a-z]{0,3}", 1 => Just("\\ud800".to_owned())];
    leaf.prop_recursive(4, 80, 8, move |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::List),
            2 => prop::collection::vec((name.clone(), inner), 0..10).prop_map(Tree::Object),
        ]
    })
}

/// Writes the tree; each leaf gets a word or a number that stands nowhere else.
fn write(tree: &Tree, marks: &mut Vec<String>, out: &mut String) {
    let separated =
        |out: &mut String, number: usize| out.push_str(if number > 0 { "," } else { "" });
    match tree {
        Tree::Text(before, after) => {
            marks.push(format!("Zq{}xZ", marks.len()));
            write!(out, "\"{before}{}{after}\"", marks.last().unwrap()).unwrap();
        }
        Tree::Number(tail) => {
            marks.push(format!("7{:06}1", marks.len()));
            write!(out, "{}{tail}", marks.last().unwrap()).unwrap();
        }
        Tree::Bare(json) => out.push_str(json),
        Tree::List(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                separated(out, number);
                write(item, marks, out);
            }
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            for (number, (name, member)) in members.iter().enumerate() {
                separated(out, number);
                write!(out, "\"{name}\":").unwrap();
                write(member, marks, out);
            }
            out.push('}');
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_found_again(members in prop::collection::vec(("[a-z]{0,2}", any_tree()), 0..2), tree in any_tree()) {
        let mut members: Vec<(String, Tree)> = members;
        match tree {
            Tree::Object(more) => members.extend(more),
            other => members.push(("education".to_owned(), other)),
        }
        let (mut json, mut marks) = (String::new(), Vec::new());
        write(&Tree::Object(members), &mut marks, &mut json);
        prop_assert!(read(&json).is_ok(), "{}", json);
        let shown = shown(&json);
        for mark in marks {
            prop_assert!(shown.contains(&mark), "{} of {} is lost:\n{}", mark, json, shown);
        }
    }
}
