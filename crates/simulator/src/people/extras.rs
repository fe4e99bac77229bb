//! Attachments, projects, sections of one's own, recommenders.

use serde_json::{Value, json};

use super::contact;
use super::document::Links;
use super::forms::DateForm;
use super::names::Name;
use super::person::Person;
use super::sheet::Sheet;
use super::skills::numbered;
use super::texts;
use crate::clock::{date_of, days};

/// The first attachment number that belongs to `projectDatas`.
const PROJECT_FILES: u8 = 50;

pub(super) fn attach_files(person: &Person, links: &dyn Links) -> Value {
    let mut dice = person.dice("attachments");
    let count = if dice.chance(0.55) { 0 } else { dice.between(1, 3) };
    let entries = (0..count).map(|at| {
        let number = u8::try_from(at).unwrap_or(0);
        let title = dice.pick(&["履歷附件", "作品集", "成績單", "證照影本", "推薦信", "Portfolio"]);
        let mut entry = Sheet::new(numbered(person, "attachment gaps", usize::from(number)));
        entry.often("title", title);
        if dice.chance(0.75) {
            entry.set("type", 1);
            entry.often(
                "fileName",
                format!("{}_{title}.{}", person.name.full, crate::files::extension(number)),
            );
            entry.set("resourceLink", links.attachment(number));
        } else {
            entry.set("type", 2);
            entry.set("website", format!("https://www.example.com/works/{}/{at}", person.number));
            entry.share("resourceLink", 0.0, "");
        }
        Value::from(entry)
    });
    Value::Array(entries.collect())
}

pub(super) fn project_datas(person: &Person, links: &dyn Links) -> Value {
    let mut dice = person.dice("projects");
    let form = DateForm::throw(&mut dice);
    let count = if dice.chance(0.5) { 0 } else { dice.between(1, 2) };
    let entries = (0..count).map(|at| {
        let number = u8::try_from(at).unwrap_or(0);
        let mut entry = Sheet::new(numbered(person, "project gaps", usize::from(number)));
        entry.set(
            "title",
            dice.pick(&["畢業專題", "競賽作品", "側專案", "研究計畫", "年度活動企劃"]),
        );
        let start = days(person.graduated) + dice.days(-700, 900);
        entry.often("startDate", form.write(date_of(start)));
        entry.often("endDate", form.write(date_of(start + dice.days(20, 300))));
        let length = person.scaled(1, 4);
        entry.often("description", texts::html(&mut dice, person, length));
        let kind = dice.between(0, 3);
        entry.set("type", kind);
        match kind {
            1 => entry.set("resourceLink", links.attachment(PROJECT_FILES + number)),
            2 => entry.set("website", format!("https://video.example/watch?v={}", person.number)),
            3 => entry.set("website", format!("https://project{at}.example.tw")),
            _ => entry.share("website", 0.1, ""),
        }
        Value::from(entry)
    });
    Value::Array(entries.collect())
}

pub(super) fn custom_content(person: &Person) -> Value {
    let mut dice = person.dice("custom");
    let title = dice.pick(&["志工經驗", "社團經歷", "得獎紀錄", "論文發表"]);
    let content: Vec<String> =
        (0..dice.between(1, 3)).map(|_| texts::plain(&mut dice, person, 1)).collect();
    json!([{"title": title, "content": content}])
}

pub(super) fn recommenders(person: &Person) -> Value {
    let mut dice = person.dice("recommenders");
    let entries = (0..dice.between(1, 2)).map(|at| {
        let mut entry =
            Sheet::new(numbered(person, "recommender gaps", usize::try_from(at).unwrap_or(0)));
        entry.set("name", Name::other(&mut dice));
        entry.often(
            "corp",
            dice.pick(&["光年資訊股份有限公司", "國立臺灣科技大學", "北辰精密有限公司"]),
        );
        entry.often("jobTitle", dice.pick(&["經理", "教授", "副總經理", "組長"]));
        entry.often("email", format!("ref{}@example.com", dice.between(1, 9_999)));
        entry.often("tel", contact::landline(&mut dice, "02"));
        Value::from(entry)
    });
    Value::Array(entries.collect())
}
