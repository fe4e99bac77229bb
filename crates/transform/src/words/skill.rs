//! One skill, folded for search: width, case, white space, and the common names of the same thing.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::fold;

/// The other names of a skill, folded, and the one that stands for them.
static ALIASES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("skill_aliases.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(" = "))
        .flat_map(|(skill, others)| others.split(", ").map(move |other| (other, skill)))
        .collect()
});

/// The term that a skill is found by.
pub(crate) fn term(text: &str) -> String {
    let folded = fold::term(text);
    ALIASES.get(folded.as_str()).map_or(folded, |skill| (*skill).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        for (text, expected) in [
            ("JS", "javascript"),
            ("Ｋ８ｓ", "kubernetes"),
            ("微軟  Excel", "excel"),
            ("C Sharp", "c#"),
            ("NodeJS", "node.js"),
            ("Golang", "go"),
            ("Go", "go"),
            ("C++", "c++"),
            ("JSON", "json"),
            ("後端  開發", "後端 開發"),
            ("", ""),
        ] {
            assert_eq!(term(text), expected, "{text}");
        }
    }

    #[test]
    fn aliases_lead_to_a_term_once() {
        for (other, skill) in ALIASES.iter() {
            assert_eq!(fold::term(other), *other);
            assert_eq!(fold::term(skill), *skill);
            assert_eq!(term(skill), *skill, "{other} leads on");
        }
        let lines = include_str!("skill_aliases.txt").lines().filter(|line| !line.starts_with('#'));
        let names = |line: &str| line.split_once(" = ").unwrap().1.split(", ").count();
        assert_eq!(lines.map(names).sum::<usize>(), ALIASES.len(), "an alias stands twice");
    }
}
