//! `applyJob` and `applyQuestion`: what somebody applied to at one company.

use serde_json::{Value, json};

use super::openings::opening;
use super::person::Person;
use crate::calendar::Event;
use crate::clock::{DAY, Moment, date_of, days};
use crate::dice::{Dice, word};
use crate::options::Applications;

/// Applications of the window's date (`applied`, oldest first) before those of earlier times.
pub(super) fn apply_job(
    person: &Person,
    company: &str,
    applied: &[Event],
    kept: Applications,
) -> Value {
    let mut entries: Vec<Value> = Vec::new();
    for event in applied.iter().rev() {
        entries.push(entry(person, company, person.at, event.opening));
    }
    let mut dice = Dice::of("earlier", &[person.seed, person.number, word(company)]);
    for _ in 0..dice.below(3) {
        let day = days(person.birth) + 19 * 365 + dice.days(0, 12_000);
        let number = u8::try_from(dice.below(8)).unwrap_or(0);
        if day * DAY < person.at.0 - DAY {
            entries.push(entry(person, company, Moment(day * DAY), number));
        }
    }
    entries
        .sort_by_key(|entry| std::cmp::Reverse(entry["applyDate"].as_str().map(ToOwned::to_owned)));
    if kept == Applications::Newest {
        entries.truncate(1);
    }
    Value::Array(entries)
}

fn entry(person: &Person, company: &str, at: Moment, number: u8) -> Value {
    let opening = opening(person.seed, company, number);
    let date = date_of(days(at.date()));
    let source = person.dice("apply source").pick(&["104網站", "104 App", "校園徵才", "企業官網"]);
    json!({"applyDate": date.to_string(), "name": opening.title, "jobNo": opening.number, "applySource": source})
}

/// Answers to the questions of a company; they name no job.
pub(super) fn apply_question(person: &Person) -> Value {
    let mut dice = person.dice("questions");
    let entries = [
        json!({"type": 1, "question": "是否可配合輪班？", "answer": dice.pick(&["是", "否"])}),
        json!({"type": 2, "question": "可到職時間？", "answer": dice.pick(&["一週內", "一個月內", "其他"])}),
        json!({"type": 3, "question": "請簡述您應徵的動機", "answer": dice.pick(&["對產業有興趣 🙂", "離家近", "希望學以致用\n謝謝"])}),
    ];
    let count = dice.below(3) + 1;
    Value::Array(entries.into_iter().take(count).collect())
}
