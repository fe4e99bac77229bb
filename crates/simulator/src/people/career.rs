//! What somebody looks for: `jobRequirement`.

use serde_json::Value;

use super::forms;
use super::person::Person;
use super::places::Place;
use super::sheet::Sheet;
use super::texts;

pub(super) fn job_requirement(person: &Person) -> Value {
    let mut dice = person.dice("requirement");
    // The wage is raised with each revision, the rest once in a while.
    let mut wage = person.revised("requirement wage", 1);
    let mut now = person.revised("requirement", 4);
    let mut part = Sheet::new(person.dice("requirement gaps"));
    part.often(
        "jobCharacteristic",
        now.pick(&["全職", "兼職", "全職、兼職", "高階", "派遣", "接案"]),
    );
    part.often("workInterval", dice.pick(&["日班", "日班、晚班", "大夜班", "假日班", "不拘"]));
    part.seldom("otherWorkInterval", dice.pick(&["週一至週五 18:00 以後", "寒暑假", "可配合排班"]));
    part.often("shiftWork", dice.chance(0.4));
    part.often(
        "startDateOpt",
        now.pick(&["隨時", "錄取後一週", "錄取後兩週可上班", "錄取後一個月", "2025-09-01"]),
    );
    part.often("wage", forms::wage_in_words(&mut wage, person.trade.wage + 3_000));
    let places: Vec<&str> =
        (0..dice.between(1, 3)).map(|_| Place::throw(&mut dice).county).collect();
    part.often("workPlace", places.join("、"));
    part.often("remoteWork", dice.pick(&["皆可", "完全遠端", "部分遠端", "不接受", ""]));
    let jobs = dice.below(3) + 1;
    part.often("jobName", dice.several(person.trade.jobs, jobs).join("、"));
    part.often("jobCategory", dice.several(person.trade.categories, jobs).join(","));
    part.often("industryCategory", person.trade.industry);
    let length = person.scaled(1, 5);
    part.seldom("workDesc", texts::plain(&mut dice, person, length));
    part.into()
}
