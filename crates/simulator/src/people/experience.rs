//! Jobs, the latest first: a timeline from graduation on, of which a moment shows what has begun.

use serde_json::Value;

use super::forms::{self, DateForm};
use super::person::Person;
use super::places::Place;
use super::sheet::Sheet;
use super::texts;
use crate::clock::{date_of, days};
use crate::dice::Dice;

const FIRM_NAMES: [&str; 20] = [
    "宏遠",
    "佳穎",
    "鼎盛",
    "昱晟",
    "大同心",
    "禾豐",
    "群曜",
    "聯捷",
    "安立",
    "晨星",
    "翔順",
    "永隆",
    "博睿",
    "采風",
    "悅禾",
    "光年",
    "三葉",
    "北辰",
    "沐光",
    "山海",
];

/// One job on the timeline, in days since 1970.
#[derive(Debug, Clone, Copy)]
struct Span {
    number: u64,
    start: i64,
    end: Option<i64>,
}

pub(super) fn experiences(person: &Person) -> Value {
    let shown = timeline(person);
    let form = DateForm::throw(&mut person.dice("experience form"));
    let most = person.scaled(3, 8);
    Value::Array(shown.iter().rev().take(most).map(|span| entry(person, *span, form)).collect())
}

fn timeline(person: &Person) -> Vec<Span> {
    let mut dice = person.dice("career");
    let today = days(person.at.date());
    let mut start = days(person.graduated) + dice.days(20, 420);
    let mut spans = Vec::new();
    let is_settled = dice.chance(0.4);
    while start < today {
        let length = if is_settled { dice.days(700, 4_000) } else { dice.days(100, 1_100) };
        let end = start + length;
        spans.push(Span { number: spans.len() as u64, start, end: (end <= today).then_some(end) });
        start = end + if dice.chance(0.5) { dice.days(0, 15) } else { dice.days(15, 260) };
    }
    spans
}

fn entry(person: &Person, span: Span, form: DateForm) -> Value {
    let words = [person.seed, person.number, span.number];
    let mut dice = Dice::of("job", &words);
    let mut entry = Sheet::new(Dice::of("job gaps", &words));
    let trade = person.trade;
    let firm = format!(
        "{}{}{}",
        dice.pick(&FIRM_NAMES),
        dice.pick(trade.firms),
        dice.pick(&["股份有限公司", "有限公司", ""])
    );
    entry.set(
        "firmName",
        if dice.chance(0.03) { format!("{firm}(香港商)台灣分公司") } else { firm },
    );
    entry.often("industryCategory", trade.industry);
    entry.often(
        "companySize",
        dice.pick(&["1~30人", "31~100人", "101~500人", "500人以上", "不便透露"]),
    );
    entry.often("workPlace", Place::throw(&mut dice).county);
    entry.often("jobName", dice.pick(trade.jobs));
    entry.often("jobRole", dice.pick(&["全職", "全職", "全職", "兼職", "派遣", "實習"]));
    entry.often("jobCategory", dice.pick(trade.categories));
    entry.often("startDate", form.write(date_of(span.start)));
    let until = forms::until_now(&mut dice);
    entry.often(
        "endDate",
        span.end.map_or_else(|| until.to_owned(), |end| form.write(date_of(end))),
    );
    let length = person.scaled(1, 6);
    entry.often("jobDesc", texts::html(&mut dice, person, length));
    entry.often("skills", dice.several(trade.skills, 3).join(dice.pick(&["、", ","])));
    entry.often("management", dice.pick(&["無", "4人以下", "5~8人", "9~12人", "13人以上"]));
    wage(person, span, &mut dice, &mut entry);
    entry.into()
}

fn wage(person: &Person, span: Span, dice: &mut Dice, entry: &mut Sheet) {
    let raise = if span.end.is_none() { person.revision % 7 * 500 } else { 0 };
    let monthly = person.trade.wage
        + span.number * dice.between(1_000, 4_000)
        + dice.between(0, 20) * 500
        + raise;
    let (kind, wage) = match dice.between(0, 9) {
        0..6 => ("月薪", monthly),
        6 | 7 => ("年薪", monthly * 14),
        8 => ("時薪", dice.between(183, 320)),
        _ => ("面議", 0),
    };
    entry.often("wageTypeDesc", kind);
    entry.often("wage", wage);
    entry.seldom("wageYear", monthly * dice.between(12, 16));
}
