//! Who somebody is: what all parts of a resume agree on.

use jiff::civil::Date;

use super::names::{Name, Sex};
use super::trades::{TRADES, Trade};
use crate::clock::{DAY, Moment, date_of, days};
use crate::dice::Dice;
use crate::options::Size;

/// The highest degree; each but the last is followed by the next on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Degree {
    HighSchool,
    Junior,
    Bachelor,
    Master,
    Doctor,
}

/// One person at one moment.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) seed: u64,
    pub(super) number: u64,
    pub(super) at: Moment,
    pub(super) size: Size,
    pub(super) name: Name,
    pub(super) birth: Date,
    pub(super) degree: Degree,
    pub(super) graduated: Date,
    pub(super) trade: &'static Trade,
    /// How many times the resume has been revised by now.
    pub(super) revision: u64,
}

impl Person {
    pub(super) fn new(seed: u64, number: u64, at: Moment, size: Size) -> Self {
        let mut dice = Dice::of("person", &[seed, number]);
        let name = Name::throw(&mut dice);
        let age_in_2024 = dice.days(19, 40) + if dice.chance(0.25) { dice.days(0, 22) } else { 0 };
        let birth =
            date_of(days(Date::constant(2024, 6, 30)) - age_in_2024 * 365 - dice.days(0, 364));
        let degree = match dice.between(0, 99) {
            0..14 => Degree::HighSchool,
            14..24 => Degree::Junior,
            24..78 => Degree::Bachelor,
            78..97 => Degree::Master,
            _ => Degree::Doctor,
        };
        let years = match degree {
            Degree::HighSchool => 18,
            Degree::Junior => 20,
            Degree::Bachelor => 22,
            Degree::Master => 24,
            Degree::Doctor => 29,
        };
        let graduated = Date::new(birth.year() + years, 6, 15).unwrap_or(birth);
        let trade = &TRADES[dice.below(TRADES.len())];
        // One in ten edits the resume all the time, the others every few weeks or months.
        let period =
            if dice.chance(0.1) { dice.days(7_200, DAY) } else { dice.days(20 * DAY, 300 * DAY) };
        let revision = at.0.saturating_sub(dice.days(0, period)).div_euclid(period).unsigned_abs();
        Self { seed, number, at, size, name, birth, degree, graduated, trade, revision }
    }

    /// Throws that stay the same for life.
    pub(super) fn dice(&self, topic: &str) -> Dice {
        Dice::of(topic, &[self.seed, self.number])
    }

    /// Throws that change once in `every` revisions.
    pub(super) fn revised(&self, topic: &str, every: u64) -> Dice {
        Dice::of(topic, &[self.seed, self.number, 1 + self.revision / every])
    }

    pub(super) fn is_male(&self) -> bool {
        self.name.sex == Sex::Male
    }

    /// A count of entries or sentences, smaller in small resumes.
    pub(super) fn scaled(&self, small: usize, full: usize) -> usize {
        match self.size {
            Size::Small => small,
            Size::Full => full,
        }
    }

    /// Whole days from graduation until now; negative while at school.
    pub(super) fn days_since_graduation(&self) -> i64 {
        days(self.at.date()) - days(self.graduated)
    }
}

/// Which photo a person shows at a moment; nothing for those who show none.
pub(crate) fn photo_version(seed: u64, number: u64, at: Moment) -> Option<u32> {
    let mut dice = Dice::of("photo", &[seed, number]);
    if dice.chance(0.2) {
        return None;
    }
    let period = if dice.chance(0.15) {
        dice.days(DAY / 8, 10 * DAY)
    } else {
        dice.days(300 * DAY, 900 * DAY)
    };
    let version = at.0.saturating_sub(dice.days(0, period)).div_euclid(period);
    Some(u32::try_from(version.unsigned_abs() % 1_000_000).unwrap_or(0))
}
