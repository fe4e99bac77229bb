//! Schools, the highest first.

use serde_json::Value;

use super::forms::{self, DateForm};
use super::person::{Degree, Person};
use super::sheet::Sheet;
use crate::clock::{date_of, days};
use crate::dice::Dice;

const UNIVERSITIES: &[&str] = &[
    "國立臺灣大學",
    "國立成功大學",
    "國立陽明交通大學",
    "國立清華大學",
    "國立政治大學",
    "國立中央大學",
    "國立中興大學",
    "國立中山大學",
    "國立臺灣科技大學",
    "國立臺北科技大學",
    "國立高雄科技大學",
    "國立雲林科技大學",
    "淡江大學",
    "輔仁大學",
    "東海大學",
    "逢甲大學",
    "中原大學",
    "銘傳大學",
    "世新大學",
    "靜宜大學",
    "義守大學",
    "南臺科技大學",
    "朝陽科技大學",
];
const JUNIOR: &[&str] =
    &["文藻外語專科學校", "耕莘健康管理專科學校", "國立臺中商業專科學校", "慈濟護理專科學校"];
const HIGH: &[&str] = &[
    "市立中山高級中學",
    "縣立文華高級中學",
    "國立鹿港高級中學",
    "市立大安高級工業職業學校",
    "私立育達高級商業學校",
];
const ABROAD: &[(&str, &str)] = &[
    ("University of Example, London", "英國"),
    ("早稻田大学", "日本"),
    ("Example State University", "美國"),
    ("RMIT University", "澳洲"),
];

pub(super) fn education(person: &Person) -> Value {
    let mut dice = person.dice("education");
    let form = DateForm::throw(&mut dice);
    let mut degree = person.degree;
    let mut end = days(person.graduated);
    let mut entries = Vec::new();
    loop {
        let years = if degree == Degree::Doctor {
            5
        } else if degree == Degree::Bachelor {
            4
        } else {
            2
        };
        let start = end - years * 365 + 75;
        let mut entry = Sheet::new(person.dice(&format!("education gaps {}", entries.len())));
        school(&mut dice, person, degree, &mut entry);
        entry.set("degreeLevel", level(&mut dice, degree));
        let is_over = date_of(end) <= person.at.date();
        entry.often("degreeStatus", status(&mut dice, is_over));
        entry.often("startDate", form.write(date_of(start)));
        let until = forms::until_now(&mut dice);
        entry.often("endDate", if is_over { form.write(date_of(end)) } else { until.to_owned() });
        entries.push(Value::from(entry));
        let Some(lower) = below(degree).filter(|_| dice.chance(0.7)) else { break };
        (degree, end) = (lower, start - 75);
    }
    Value::Array(entries)
}

fn school(dice: &mut Dice, person: &Person, degree: Degree, entry: &mut Sheet) {
    let is_abroad = degree >= Degree::Bachelor && dice.chance(0.06);
    let (name, country) = if is_abroad {
        dice.pick(ABROAD)
    } else {
        let names = match degree {
            Degree::HighSchool => HIGH,
            Degree::Junior => JUNIOR,
            Degree::Bachelor | Degree::Master | Degree::Doctor => UNIVERSITIES,
        };
        (dice.pick(names), "台灣")
    };
    entry.set("schoolName", name);
    entry.often("schoolCountry", country);
    entry.often("major", dice.pick(person.trade.majors));
    entry.often("majorCategory", person.trade.major_category);
}

fn level(dice: &mut Dice, degree: Degree) -> &'static str {
    match degree {
        Degree::Doctor => "博士",
        Degree::Master => "碩士",
        Degree::Bachelor => dice.pick(&["大學", "大學", "四技", "二技"]),
        Degree::Junior => dice.pick(&["專科", "五專", "二專"]),
        Degree::HighSchool => dice.pick(&["高中", "高職"]),
    }
}

fn status(dice: &mut Dice, is_over: bool) -> &'static str {
    if is_over { dice.pick(&["畢業", "畢業", "畢業", "肄業"]) } else { "就學中" }
}

fn below(degree: Degree) -> Option<Degree> {
    match degree {
        Degree::Doctor => Some(Degree::Master),
        Degree::Master => Some(Degree::Bachelor),
        Degree::Bachelor | Degree::Junior => Some(Degree::HighSchool),
        Degree::HighSchool => None,
    }
}
