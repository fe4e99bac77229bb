//! Specialities and languages.

use serde_json::{Value, json};

use super::person::Person;
use super::sheet::Sheet;
use super::texts;
use crate::dice::Dice;

const LANGUAGES: [&str; 8] = ["英文", "日文", "韓文", "法文", "德文", "西班牙文", "越南文", "泰文"];
const LEVELS: [&str; 4] = ["略懂", "中等", "精通", "不會"];
const EXAMS: [&str; 6] = [
    "TOEIC 多益 785",
    "TOEFL iBT 92",
    "日本語能力試驗 N2",
    "全民英檢 中高級",
    "IELTS 6.5",
    "TOPIK 4級",
];

pub(super) fn speciality(person: &Person) -> Value {
    let mut dice = person.dice("speciality");
    let count = dice.below(person.scaled(2, 4)) + 1;
    let skills = dice.several(person.trade.skills, count);
    let entries = skills.into_iter().enumerate().map(|(at, skill)| {
        let mut entry = Sheet::new(numbered(person, "speciality gaps", at));
        entry.set("skill", skill);
        let length = person.scaled(1, 3);
        entry.often("desc", texts::html(&mut dice, person, length));
        entry.often("tag", dice.several(person.trade.skills, 3).join(","));
        Value::from(entry)
    });
    Value::Array(entries.collect())
}

pub(super) fn foreign_language(person: &Person) -> Value {
    let mut dice = person.dice("languages");
    let count = dice.below(3) + 1;
    let mut languages = dice.several(&LANGUAGES[1..], count - 1);
    languages.insert(0, LANGUAGES[0]);
    let entries = languages.into_iter().enumerate().map(|(at, language)| {
        let mut entry = Sheet::new(numbered(person, "language gaps", at));
        entry.set("langType", language);
        for degree in ["listenDegree", "speakDegree", "readDegree", "writeDegree"] {
            entry.often(degree, dice.pick(&LEVELS));
        }
        entry.seldom("certificates", dice.pick(&EXAMS));
        Value::from(entry)
    });
    Value::Array(entries.collect())
}

pub(super) fn local_language(person: &Person) -> Value {
    let mut dice = person.dice("local languages");
    let count = dice.below(2) + 1;
    let languages = dice.several(&["台語", "客語", "原住民語", "粵語"], count);
    let entries = languages
        .into_iter()
        .map(|language| json!({"langType": language, "degree": dice.pick(&LEVELS)}));
    Value::Array(entries.collect())
}

pub(super) fn numbered(person: &Person, topic: &str, at: usize) -> Dice {
    Dice::of(topic, &[person.seed, person.number, at as u64])
}
