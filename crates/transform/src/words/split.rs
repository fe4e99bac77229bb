//! Lists that 104 keeps in one string.

/// What separates tags and skills.
const TAG_SEPARATORS: [char; 7] = [',', '，', '、', ';', '；', '\n', '\r'];

/// The tags or skills of one string, trimmed, in order.
pub(crate) fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split(TAG_SEPARATORS).map(str::trim).filter(|tag| !tag.is_empty())
}

/// The certificates of one string, trimmed, in order. A separator within parentheses belongs to
/// the name; a new line never does, and ends what was left open.
pub(crate) fn certificates(text: &str) -> Vec<&str> {
    text.lines().flat_map(of_line).map(str::trim).filter(|name| !name.is_empty()).collect()
}

fn of_line(line: &str) -> Vec<&str> {
    let opened = line.chars().filter(|char| "(（".contains(*char)).count();
    let closed = line.chars().filter(|char| ")）".contains(*char)).count();
    let mut depth = 0_usize;
    let is_paired = opened == closed;
    line.split(|char: char| {
        match char {
            '(' | '（' if is_paired => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && TAG_SEPARATORS.contains(&char)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_split_at_any_comma() {
        let split: Vec<&str> = tags(" Rust,資料庫，雲端、 C++ ;；CI/CD\n,").collect();
        assert_eq!(split, ["Rust", "資料庫", "雲端", "C++", "CI/CD"]);
        assert_eq!(tags(" 、 ").count(), 0);
    }

    #[test]
    fn certificates_keep_their_parentheses() {
        for (text, expected) in [
            ("", &[][..]),
            ("多益 850 分", &["多益 850 分"]),
            ("甲、乙，丙;丁\r\n戊", &["甲", "乙", "丙", "丁", "戊"]),
            ("電腦軟體應用乙級(術科、學科)、會計", &["電腦軟體應用乙級(術科、學科)", "會計"]),
            ("甲（一，二）；乙", &["甲（一，二）", "乙"]),
            ("甲(一、乙", &["甲(一", "乙"]),
            ("甲)、乙(一、二)", &["甲)", "乙(一", "二)"]),
        ] {
            assert_eq!(certificates(text), expected, "{text}");
        }
    }
}
