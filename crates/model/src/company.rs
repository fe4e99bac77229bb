//! The company whose resumes are kept.

use std::fmt;
use std::str::FromStr;

/// A company's unified business number (統一編號, 統編): exactly eight digits.
///
/// It leads every key, and 104 wants it in the header of every call, left-padded with zeros to
/// eight (documented by 104).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompanyNo(String);

impl CompanyNo {
    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CompanyNo {
    type Err = InvalidCompanyNo;

    /// Takes one to eight digits and pads them with zeros on the left.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || text.len() > 8 {
            return Err(InvalidCompanyNo);
        }
        Ok(Self(format!("{text:0>8}")))
    }
}

/// The text is no company number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCompanyNo;

impl fmt::Display for InvalidCompanyNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a company number (統編) has one to eight digits and nothing else")
    }
}

impl std::error::Error for InvalidCompanyNo {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_padded_to_eight() {
        assert_eq!("1234567".parse::<CompanyNo>().unwrap().as_str(), "01234567");
        assert_eq!("01234567".parse::<CompanyNo>().unwrap().as_str(), "01234567");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "123456789", "1234 567", "１２３４５６７８", "-1234567"] {
            assert_eq!(text.parse::<CompanyNo>(), Err(InvalidCompanyNo), "{text}");
        }
    }
}
