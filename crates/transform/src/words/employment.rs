//! Whether somebody is in a job, in the words of `employmentStatus`.

use super::fold;

/// Words for being in a job.
const IN_A_JOB: [&str; 9] =
    ["在職", "在職中", "仍在職", "仍在職中", "目前在職", "就業", "就業中", "已就業", "工作中"];

/// Words for another status. Who studies or serves may have a job beside it, and does not say so.
const IN_NO_JOB: [&str; 19] = [
    "待業",
    "待業中",
    "目前待業",
    "失業",
    "失業中",
    "未就業",
    "無業",
    "離職",
    "已離職",
    "非在職",
    "未在職",
    "在學",
    "在學中",
    "就學中",
    "應屆畢業",
    "應屆畢業生",
    "服役中",
    "退休",
    "已退休",
];

/// Whether the words name being in a job; `None` for unknown words.
pub(crate) fn read(words: &str) -> Option<bool> {
    let words = fold::compact(words);
    if IN_A_JOB.contains(&words.as_str()) {
        return Some(true);
    }
    IN_NO_JOB.contains(&words.as_str()).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn statuses() {
        for (words, expected) in [
            ("在職中", Some(true)),
            (" 仍在職 ", Some(true)),
            ("待業中", Some(false)),
            ("應屆畢業生", Some(false)),
            ("在學中", Some(false)),
            ("非在職", Some(false)),
            ("不在職場", None),
            ("積極求職中", None),
            ("自由業", None),
            ("", None),
        ] {
            assert_eq!(read(words), expected, "{words}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(words in "(在職|待業|離職|未|中|.){0,6}") {
            read(&words);
        }
    }
}
