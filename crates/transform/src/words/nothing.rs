//! Words that stand where a value would, and say that there is none.

use super::fold;

/// Such words, as forms and lists use them.
const NOTHING: [&str; 14] = [
    "不拘",
    "不限",
    "無",
    "無資料",
    "未填",
    "未填寫",
    "未提供",
    "未選擇",
    "請選擇",
    "-",
    "--",
    "—",
    "n/a",
    "none",
];

/// Whether the words say that there is no value: they deserve no note.
pub(crate) fn is_said(words: &str) -> bool {
    NOTHING.contains(&fold::compact(words).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing() {
        for words in ["不拘", " 無 ", "未填寫", "－", "N/A"] {
            assert!(is_said(words), "{words}");
        }
        for words in ["", "無經驗", "不拘地點", "台北市", "0"] {
            assert!(!is_said(words), "{words}");
        }
    }
}
