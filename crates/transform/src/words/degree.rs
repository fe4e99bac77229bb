//! The rank of a degree's word (`education[].degreeLevel`).

use super::fold;

/// The words by which a degree is known, highest first; the first that the text contains counts.
const RANKS: [(&str, i16); 21] = [
    ("博士", 70),
    ("碩士", 60),
    ("副學士", 40),
    ("大學", 50),
    ("四技", 50),
    ("二技", 50),
    ("學士", 50),
    ("專科", 40),
    ("二專", 40),
    ("三專", 40),
    ("五專", 40),
    ("高中", 30),
    ("高職", 30),
    ("高級中等", 30),
    ("高級中學", 30),
    ("高級職業", 30),
    ("國中", 20),
    ("國民中學", 20),
    ("國小", 10),
    ("國民小學", 10),
    ("小學", 10),
];

/// The rank as `Education::degree_rank` documents it; `None` for unknown words.
pub(crate) fn rank(words: &str) -> Option<i16> {
    let words = fold::compact(words);
    RANKS.iter().find(|(name, _)| words.contains(name)).map(|(_, rank)| *rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        for (words, expected) in [
            ("博士", Some(70)),
            ("碩士", Some(60)),
            ("大學", Some(50)),
            ("大學畢業", Some(50)),
            ("四技", Some(50)),
            ("二技", Some(50)),
            ("專科", Some(40)),
            ("二專", Some(40)),
            ("三專", Some(40)),
            ("五專", Some(40)),
            ("高中", Some(30)),
            ("高職", Some(30)),
            ("高中職", Some(30)),
            ("高中(職)", Some(30)),
            ("國中(含)以下", Some(20)),
            ("國小", Some(10)),
            ("國民中學", Some(20)),
            ("國民小學", Some(10)),
            ("高級中等學校", Some(30)),
            ("其他", None),
            ("", None),
        ] {
            assert_eq!(rank(words), expected, "{words}");
        }
    }
}
