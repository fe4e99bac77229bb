//! Where somebody stands with military service (`militaryStatus`).

use model::resume::MilitaryState;

use super::fold;

/// The words of each state. 替代役 alone is a kind of service and no state.
const STATES: [(&str, MilitaryState); 19] = [
    ("役畢", MilitaryState::Served),
    ("已役畢", MilitaryState::Served),
    ("已役", MilitaryState::Served),
    ("已服役", MilitaryState::Served),
    ("退伍", MilitaryState::Served),
    ("已退伍", MilitaryState::Served),
    ("替代役畢", MilitaryState::Served),
    ("替代役役畢", MilitaryState::Served),
    ("服役中", MilitaryState::Serving),
    ("現役", MilitaryState::Serving),
    ("替代役服役中", MilitaryState::Serving),
    ("屆退", MilitaryState::Serving),
    ("待役", MilitaryState::Awaiting),
    ("未役", MilitaryState::NotServed),
    ("未服役", MilitaryState::NotServed),
    ("免役", MilitaryState::Exempt),
    ("不需服役", MilitaryState::NotRequired),
    ("無需服役", MilitaryState::NotRequired),
    ("不適用", MilitaryState::NotRequired),
];

/// Reads the words of a state; what stands after them in parentheses, such as 役畢(2014年11月), is
/// left out.
pub(crate) fn read(words: &str) -> Option<MilitaryState> {
    let words = fold::compact(words);
    let bare = words.split_once('(').map_or(words.as_str(), |(before, _)| before);
    STATES.iter().find(|(name, _)| *name == bare).map(|(_, state)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn states() {
        for (words, expected) in [
            ("役畢", "served"),
            ("役畢（退伍時間: 2014年5月）", "served"),
            ("替代役畢", "served"),
            ("服役中", "serving"),
            ("待役", "awaiting"),
            (" 未 役 ", "not_served"),
            ("免役", "exempt"),
            ("不適用", "not_required"),
            ("替代役", "-"),
            ("研發替代役", "-"),
            ("未役畢", "-"),
            ("(役畢)", "-"),
            ("", "-"),
        ] {
            assert_eq!(read(words).map_or("-", MilitaryState::as_str), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(words in "(役畢|免役|未|[()（）]|[0-9]|.){0,6}") {
            read(&words);
        }
    }
}
