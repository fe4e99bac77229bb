//! How well somebody has a language (`foreignLanguage[].listenDegree`, `localLanguage[].degree`, …).

use super::fold;

/// The words of a level, the highest first.
const RANKS: [(&str, i16); 12] = [
    ("母語", 40),
    ("精通", 30),
    ("流利", 30),
    ("fluent", 30),
    ("中等", 20),
    ("普通", 20),
    ("intermediate", 20),
    ("略懂", 10),
    ("不懂", 0),
    ("不會", 0),
    ("完全不懂", 0),
    ("完全不會", 0),
];

/// The rank as `Language` documents it; `None` for unknown words.
pub(crate) fn rank(words: &str) -> Option<i16> {
    let words = fold::compact(words);
    let words = words.strip_prefix(['聽', '說', '讀', '寫']).unwrap_or(&words);
    let words = words.trim_start_matches(['/', ':', '-']);
    RANKS.iter().find(|(name, _)| *name == words).map(|(_, rank)| *rank)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn levels_are_ordered() {
        let ranks = ["不懂", "略懂", "中等", "精通", "母語"].map(rank);
        assert!(ranks.iter().all(Option::is_some) && ranks.is_sorted(), "{ranks:?}");
    }

    #[test]
    fn ranks() {
        for (words, expected) in [
            ("精通", Some(30)),
            (" 中等 ", Some(20)),
            ("聽 /略懂", Some(10)),
            ("寫：不會", Some(0)),
            ("Fluent", Some(30)),
            ("不精通", None),
            ("還可以", None),
            ("TOEIC 850", None),
            ("聽", None),
            ("", None),
        ] {
            assert_eq!(rank(words), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(words in "(聽|說|讀|寫|[/:-]|精通|略懂|.){0,6}") {
            rank(&words);
        }
    }
}
