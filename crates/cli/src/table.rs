//! Aligned tables for people, right in Chinese too.

/// A table whose last column is not padded.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    is_right: Vec<bool>,
}

impl Table {
    /// A table with these columns; a name that begins with `>` is aligned to the right.
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self {
            header: columns.iter().map(|name| name.trim_start_matches('>').to_owned()).collect(),
            is_right: columns.iter().map(|name| name.starts_with('>')).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; control characters are taken out, so that no text can steer the terminal.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let plain = |cell: String| cell.replace(|c: char| c.is_control(), " ");
        self.rows.push(cells.into_iter().map(plain).collect());
    }

    /// Whether it has no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, the header first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let all = || std::iter::once(&self.header).chain(&self.rows);
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| {
                all().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
            })
            .collect();
        all().map(|row| self.line(row, &widths)).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, cell_width), is_right) in row.iter().zip(widths).zip(&self.is_right) {
            let padding = " ".repeat(cell_width.saturating_sub(width(cell)));
            let (before, after) =
                if *is_right { (padding.as_str(), "") } else { ("", padding.as_str()) };
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(before);
            line.push_str(cell);
            line.push_str(after);
        }
        line.trim_end().to_owned()
    }
}

/// How many columns of a terminal a text takes: two for each wide character (Chinese, full-width
/// forms, emoji), none for combining marks.
pub(crate) fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
            0x1100..=0x115F
            | 0x2E80..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60
            | 0xFFE0..=0xFFE6
            | 0x1F300..=0x1FAFF
            | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_in_chinese_too() {
        let mut table = Table::new(&["what", ">count", "why"]);
        table.row(["系統錯誤".into(), "7".into(), "104: 系統忙碌".into()]);
        table.row(["timeout".into(), "1024".into(), "\u{1b}[31mred\nline".into()]);
        assert_eq!(
            table.lines(),
            [
                "what      count  why",
                "系統錯誤      7  104: 系統忙碌",
                "timeout    1024   [31mred line"
            ]
        );
    }
}
