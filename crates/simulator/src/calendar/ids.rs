//! Numbers of people: each person has one listed id and one member number, and both lead back.

use crate::dice::mix;

/// A Mersenne prime: multiplying by a number below it permutes the residues.
const MODULUS: u64 = 2_147_483_647;
const LISTED_FROM: u64 = 3_000_000_000;
const LISTED_STEP: u64 = 48_271;
const MEMBER_FROM: u64 = 20_000_000_000_000;
const MEMBER_STEP: u64 = 69_621;

/// The permutation of one seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    people: u64,
    offset: u64,
    inverse: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64, people: u64) -> Self {
        let inverse = power(LISTED_STEP, MODULUS - 2);
        Self { people: people.min(MODULUS), offset: mix(&[seed]) % MODULUS, inverse }
    }

    /// The id that `idList` gives.
    pub(crate) fn listed(self, person: u64) -> String {
        (LISTED_FROM + (person * LISTED_STEP + self.offset) % MODULUS).to_string()
    }

    /// The member number (會員編號).
    pub(crate) fn member(self, person: u64) -> String {
        (MEMBER_FROM + (person * MEMBER_STEP + self.offset) % MODULUS).to_string()
    }

    /// The person behind a listed id.
    pub(crate) fn person(self, listed: &str) -> Option<u64> {
        let number =
            listed.parse::<u64>().ok()?.checked_sub(LISTED_FROM).filter(|rest| *rest < MODULUS)?;
        let person = (number + MODULUS - self.offset) % MODULUS * self.inverse % MODULUS;
        (person < self.people && self.listed(person) == listed).then_some(person)
    }
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut result, mut square) = (1, base % MODULUS);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * square % MODULUS;
        }
        square = square * square % MODULUS;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_id_leads_back_to_its_person_and_no_other_number_does() {
        let ids = Ids::new(7, 1_000);
        for person in 0..1_000 {
            assert_eq!(ids.person(&ids.listed(person)), Some(person));
            assert_ne!(ids.listed(person), ids.member(person));
        }
        for stranger in [
            ids.listed(1_000),
            "0".into(),
            String::new(),
            "x".into(),
            format!("0{}", ids.listed(1)),
        ] {
            assert_eq!(ids.person(&stranger), None, "{stranger}");
        }
    }
}
