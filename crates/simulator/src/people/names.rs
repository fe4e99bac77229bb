//! Names, in characters and in letters.

use crate::dice::Dice;

/// 性別.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    Male,
    Female,
}

/// A name with its romanisation.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) sex: Sex,
    /// 陳怡君
    pub(super) full: String,
    /// Yi-Chun Chen
    pub(super) english: String,
    /// yichun.chen
    pub(super) mailbox: String,
}

const SURNAMES: &[(&str, &str)] = &[
    ("陳", "Chen"),
    ("林", "Lin"),
    ("黃", "Huang"),
    ("張", "Chang"),
    ("李", "Lee"),
    ("王", "Wang"),
    ("吳", "Wu"),
    ("劉", "Liu"),
    ("蔡", "Tsai"),
    ("楊", "Yang"),
    ("許", "Hsu"),
    ("鄭", "Cheng"),
    ("謝", "Hsieh"),
    ("郭", "Kuo"),
    ("洪", "Hung"),
    ("曾", "Tseng"),
    ("邱", "Chiu"),
    ("廖", "Liao"),
    ("賴", "Lai"),
    ("周", "Chou"),
    ("徐", "Hsu"),
    ("蘇", "Su"),
    ("葉", "Yeh"),
    ("莊", "Chuang"),
    ("呂", "Lu"),
    ("江", "Chiang"),
    ("何", "Ho"),
    ("蕭", "Hsiao"),
    ("羅", "Lo"),
    ("高", "Kao"),
    ("潘", "Pan"),
    ("簡", "Chien"),
    ("朱", "Chu"),
    ("鍾", "Chung"),
    ("游", "Yu"),
    ("詹", "Chan"),
    ("沈", "Shen"),
    ("歐陽", "Ou-Yang"),
    ("張簡", "Chang-Chien"),
    ("范姜", "Fan-Chiang"),
];

const MALE: &[(&str, &str)] = &[
    ("志", "Chih"),
    ("明", "Ming"),
    ("俊", "Chun"),
    ("傑", "Chieh"),
    ("建", "Chien"),
    ("宏", "Hung"),
    ("家", "Chia"),
    ("豪", "Hao"),
    ("冠", "Kuan"),
    ("宇", "Yu"),
    ("承", "Cheng"),
    ("翰", "Han"),
    ("柏", "Po"),
    ("霖", "Lin"),
    ("彥", "Yen"),
    ("廷", "Ting"),
    ("哲", "Che"),
    ("瑋", "Wei"),
    ("育", "Yu"),
    ("誠", "Cheng"),
    ("文", "Wen"),
    ("信", "Hsin"),
    ("凱", "Kai"),
    ("翔", "Hsiang"),
    ("士", "Shih"),
    ("賢", "Hsien"),
    ("堃", "Kun"),
    ("峯", "Feng"),
];

const FEMALE: &[(&str, &str)] = &[
    ("怡", "Yi"),
    ("君", "Chun"),
    ("雅", "Ya"),
    ("婷", "Ting"),
    ("淑", "Shu"),
    ("芬", "Fen"),
    ("佳", "Chia"),
    ("穎", "Ying"),
    ("宜", "Yi"),
    ("蓁", "Chen"),
    ("欣", "Hsin"),
    ("妤", "Yu"),
    ("詩", "Shih"),
    ("涵", "Han"),
    ("美", "Mei"),
    ("玲", "Ling"),
    ("惠", "Hui"),
    ("雯", "Wen"),
    ("筱", "Hsiao"),
    ("薇", "Wei"),
    ("靜", "Ching"),
    ("儀", "Yi"),
    ("郁", "Yu"),
    ("潔", "Chieh"),
    ("思", "Szu"),
    ("瑜", "Yu"),
    ("苡", "Yi"),
    ("瑄", "Hsuan"),
];

const NICKNAMES: [&str; 12] = [
    "Kevin", "Jason", "Eric", "Alex", "Allen", "Leo", "Amy", "Vivian", "Tina", "Joyce", "Peggy",
    "Iris",
];

impl Name {
    pub(super) fn throw(dice: &mut Dice) -> Self {
        let sex = if dice.chance(0.5) { Sex::Male } else { Sex::Female };
        let (given, nicknames) = match sex {
            Sex::Male => (MALE, &NICKNAMES[..6]),
            Sex::Female => (FEMALE, &NICKNAMES[6..]),
        };
        let (surname, roman) = dice.pick(SURNAMES);
        let count = if dice.chance(0.05) { 1 } else { 2 };
        let parts = dice.several(given, count);
        let characters: String = parts.iter().map(|(character, _)| *character).collect();
        let syllables: Vec<&str> = parts.iter().map(|(_, syllable)| *syllable).collect();
        let english = match dice.between(0, 3) {
            0 => format!("{} {roman}", dice.pick(nicknames)),
            1 => format!("{roman}, {}", syllables.join("-")),
            2 => format!("{} {roman}", syllables.join("-")),
            _ => format!("{} {roman}", syllables.join(" ")),
        };
        let mailbox = format!("{}.{}", syllables.concat(), roman.replace('-', "")).to_lowercase();
        Self { sex, full: format!("{surname}{characters}"), english, mailbox }
    }

    /// Somebody else's name in characters: a recommender's.
    pub(super) fn other(dice: &mut Dice) -> String {
        Self::throw(dice).full
    }
}
