//! The jobs that a company advertises.

use super::trades::TRADES;
use crate::dice::{Dice, word};

/// One advertised job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    /// 104's job code.
    pub(crate) number: String,
    pub(crate) title: &'static str,
}

/// A company's opening of a number.
pub(crate) fn opening(seed: u64, company: &str, number: u8) -> Opening {
    let mut dice = Dice::of("opening", &[seed, word(company), u64::from(number)]);
    let trade = &TRADES[dice.below(TRADES.len())];
    Opening {
        number: format!("{}{number}", dice.between(1_000_000, 1_999_999)),
        title: dice.pick(trade.jobs),
    }
}
