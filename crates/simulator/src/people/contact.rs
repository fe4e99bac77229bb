//! Who one is and how one is reached: the top level of a resume.

use super::forms;
use super::person::Person;
use super::places::Place;
use super::sheet::Sheet;
use super::texts;
use crate::clock::{date_of, days};
use crate::dice::Dice;
use serde_json::Value;

/// Name, birth, state; always told.
pub(super) fn identity(person: &Person, sheet: &mut Sheet) {
    let mut dice = person.dice("identity");
    sheet.set("fullName", person.name.full.as_str());
    sheet.often("englishName", person.name.english.as_str());
    sheet.often("gender", if person.is_male() { "男" } else { "女" });
    sheet.often("birthday", format!("{} 00:00:00", person.birth));
    sheet.often(
        "nationality",
        if dice.chance(0.03) { dice.pick(&["越南", "馬來西亞", "日本"]) } else { "台灣" },
    );
    sheet.often("regSource", dice.pick(&["104人力銀行", "104", "行動裝置", "校園", "企業匯入"]));
    let mut now = person.revised("status", 2);
    sheet.often("employmentStatus", now.pick(&["在職中", "待業中", "仍在職", "在學中"]));
    if person.is_male() {
        let status = dice.pick(&["役畢", "役畢", "免役", "未役", "待役"]);
        sheet.often("militaryStatus", status);
        if status == "役畢" {
            let retired = date_of(days(person.graduated) + dice.days(120, 400));
            sheet.often(
                "militaryRetireDate",
                format!("{:04}-{:02}", retired.year(), retired.month()),
            );
        }
    } else {
        sheet.seldom("militaryStatus", dice.pick(&["免役", "不適用"]));
    }
    let worked = person.days_since_graduation();
    sheet.often("seniority", forms::seniority_in_words(&mut dice, worked));
    special(person, sheet);
}

/// 特殊身份, disability and its aids.
fn special(person: &Person, sheet: &mut Sheet) {
    let mut dice = person.dice("special");
    sheet.share(
        "specialIdentities",
        0.12,
        dice.pick(&["原住民", "身心障礙", "新住民", "中高齡", "二度就業婦女", "原住民,中高齡"]),
    );
    let has_card = dice.chance(0.06);
    sheet.often("disabilityCard", u8::from(has_card));
    if has_card {
        sheet.often(
            "disabledTypes",
            dice.pick(&[
                "肢體障礙(輕度)",
                "聽覺機能障礙(中度)",
                "視覺障礙(輕度)",
                "慢性精神病患者(輕度)",
            ]),
        );
        sheet.often("assistiveDevices", dice.pick(&["輪椅", "助聽器", "放大鏡", "無"]));
    } else if dice.chance(0.2) {
        sheet.set("disabledTypes", "");
        sheet.set("assistiveDevices", Value::Null);
    }
}

/// The fields that a matched person does not show.
pub(super) fn contact(person: &Person, sheet: &mut Sheet) {
    let mut dice = person.dice("contact");
    let host = dice.pick(&["example.com", "example.tw", "mail.example.com"]);
    let mut email = format!("{}{}@{host}", person.name.mailbox, person.number % 1_000);
    if dice.chance(0.05) {
        email = format!("{email};{}@example.com", person.name.mailbox);
    }
    sheet.often("email", email);
    // A new phone now and then.
    let mut now = person.revised("phone", 9);
    sheet.often("cellPhone", mobile(&mut now));
    sheet.seldom("subCellPhone", mobile(&mut now));
    let home = Place::throw(&mut dice);
    sheet.seldom("tel", landline(&mut dice, home.area_code));
    sheet.often(
        "contactInfo",
        dice.pick(&[
            "E-mail或手機",
            "手機",
            "E-mail",
            "請於晚上7點後來電",
            "Line 或手機",
            "平日 18:00 以後",
        ]),
    );
    sheet.often("address", home.address(&mut dice));
}

/// Numbers of a prefix that is not given out.
pub(super) fn mobile(dice: &mut Dice) -> String {
    let (a, b) = (dice.between(0, 999), dice.between(0, 999));
    match dice.between(0, 9) {
        0..5 => format!("0900{a:03}{b:03}"),
        5..8 => format!("0900-{a:03}-{b:03}"),
        8 => format!("+886900{a:03}{b:03}"),
        _ => format!("0900 {a:03} {b:03}"),
    }
}

/// A landline of its county.
pub(super) fn landline(dice: &mut Dice, area_code: &str) -> String {
    let rest = dice.between(0, 9_999);
    match dice.between(0, 3) {
        0 => format!("{area_code}-555{rest:04}"),
        1 => format!("({area_code})555{rest:04}"),
        2 => format!("{area_code}555{rest:04}#{}", dice.between(10, 899)),
        _ => format!("{area_code}-0555-{rest:04}"),
    }
}

/// What one says of oneself, and the small lists in one string.
pub(super) fn about(person: &Person, sheet: &mut Sheet) {
    let mut dice = person.dice("about");
    let mut now = person.revised("introduction", 5);
    let length = person.scaled(2, 7);
    sheet.often("introduction", texts::html(&mut now, person, length));
    sheet.seldom("motto", texts::motto(&mut person.revised("motto", 1)));
    sheet.seldom(
        "characteristic",
        dice.several(&["樂觀", "細心", "抗壓性高", "善於溝通", "主動積極", "有責任感"], 3)
            .join("、"),
    );
    let pages: Vec<String> = (0..dice.between(1, 2))
        .map(|at| format!("https://www.example.tw/~{}/{at}", person.name.mailbox))
        .collect();
    sheet.seldom("personalPage", pages);
    let licenses = ["普通小型車", "普通重型機車", "輕型機車", "職業大貨車"];
    let count = dice.below(3) + 1;
    sheet.often(
        "drivingLicenses",
        dice.several(&licenses, count).join(dice.pick(&["、", ",", "; "])),
    );
    sheet.often(
        "transports",
        dice.several(&["普通小型車", "普通重型機車", "自行車", "大眾運輸"], count).join("、"),
    );
    biography(person, sheet);
}

fn biography(person: &Person, sheet: &mut Sheet) {
    let mut dice = person.dice("biography");
    let length = usize::try_from(dice.between(1, 2)).unwrap_or(1) * person.scaled(4, 34);
    let mut part = Sheet::new(person.dice("biography gaps"));
    part.often("bio", texts::plain(&mut dice, person, length));
    part.seldom("engBio", texts::english(&mut dice, length / 2));
    sheet.often("biography", Value::from(part));

    let mut part = Sheet::new(person.dice("certificate gaps"));
    let count = dice.below(3) + 1;
    part.often("certificates", dice.several(person.trade.certificates, count).join("、"));
    part.seldom(
        "otherCertificates",
        dice.pick(&["CPR+AED 急救訓練 8 小時", "救生員證", "街頭藝人證照", "<無>"]),
    );
    sheet.often("commonCertificates", Value::from(part));
}
