//! The forms in which 104 writes dates, wages and years of experience.

use jiff::civil::Date;

use crate::dice::Dice;

/// One person's way of writing the dates of a list.
#[derive(Debug, Clone, Copy)]
pub(super) enum DateForm {
    Month,
    Day,
    SlashedMonth,
    SlashedDay,
    DayTime,
    IsoDayTime,
}

impl DateForm {
    pub(super) fn throw(dice: &mut Dice) -> Self {
        match dice.between(0, 99) {
            0..45 => Self::Month,
            45..65 => Self::Day,
            65..80 => Self::SlashedMonth,
            80..87 => Self::SlashedDay,
            87..96 => Self::DayTime,
            _ => Self::IsoDayTime,
        }
    }

    pub(super) fn write(self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        match self {
            Self::Month => format!("{year:04}-{month:02}"),
            Self::Day => format!("{year:04}-{month:02}-{day:02}"),
            Self::SlashedMonth => format!("{year:04}/{month:02}"),
            Self::SlashedDay => format!("{year:04}/{month:02}/{day:02}"),
            Self::DayTime => format!("{year:04}-{month:02}-{day:02} 00:00:00"),
            Self::IsoDayTime => format!("{year:04}-{month:02}-{day:02}T00:00:00.000Z"),
        }
    }
}

/// "Until now", as words or as nothing.
pub(super) fn until_now(dice: &mut Dice) -> &'static str {
    dice.pick(&["迄今", "迄今", "至今", "仍在職", ""])
}

/// A wage in words, around a monthly sum.
pub(super) fn wage_in_words(dice: &mut Dice, monthly: u64) -> String {
    let low = monthly / 1_000 * 1_000;
    let high = low + dice.between(1, 8) * 2_500;
    match dice.between(0, 99) {
        0..35 => "面議".into(),
        35..58 => format!("月薪 {low}~{high}元"),
        58..68 => format!("月薪 {low}元以上"),
        68..74 => format!("年薪 {}元以上", low * 14 / 10_000 * 10_000),
        74..79 => format!("年薪 {}~{}元", low * 13, high * 14),
        79..85 => format!("時薪 {}元", dice.between(183, 320)),
        85..88 => format!("時薪 {}~{}元", dice.between(183, 220), dice.between(221, 400)),
        88..90 => format!("日薪 {}元", dice.between(16, 35) * 100),
        90..92 => "依公司規定".into(),
        92..94 => format!("月薪{}萬-{}萬", low / 10_000, high / 10_000 + 1),
        94..96 => format!("月薪 {},{:03}元", low / 1_000, low % 1_000),
        96..98 => format!("待遇面議(月薪 {low}元以上)"),
        _ => format!("論件計酬 {}元", dice.between(1, 90) * 10),
    }
}

/// Total experience in words.
pub(super) fn seniority_in_words(dice: &mut Dice, days: i64) -> String {
    let years = days / 365;
    if days <= 0 {
        return dice.pick(&["無工作經驗", "無", "1年(含)以下"]).into();
    }
    match years {
        0 => dice.pick(&["1年(含)以下", "未滿1年", "1年以下"]).into(),
        1 => dice.pick(&["1年以上", "1~2年"]).into(),
        _ => match dice.between(0, 19) {
            0..12 => format!("{years}年以上"),
            12..16 => format!("{}~{}年", years, years + 1),
            16..18 => format!("{years}年(含)以上"),
            18 => format!("{years}年{}個月", days % 365 / 31),
            _ => format!("{years} 年"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_contract_is_thrown() {
        let mut dice = Dice::of("test", &[1]);
        let wages: Vec<String> = (0..800).map(|_| wage_in_words(&mut dice, 42_000)).collect();
        for form in ["面議", "~", "年薪", "元以上", "時薪 2", "依公司規定", "萬-", "日薪", "論件"]
        {
            assert!(wages.iter().any(|wage| wage.contains(form)), "{form}");
        }
        let years: Vec<String> =
            (0..400).map(|n| seniority_in_words(&mut dice, n * 20 - 100)).collect();
        for form in ["3年以上", "1年(含)以下", "無", "~", "個月"] {
            assert!(years.iter().any(|text| text.contains(form)), "{form}");
        }
    }
}
