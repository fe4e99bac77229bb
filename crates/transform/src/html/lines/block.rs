//! Lines as they grow, letter by letter.

/// Lines that are under way.
#[derive(Default)]
pub(super) struct Block {
    /// Lines, each with its end.
    done: String,
    has_content: bool,
    line: String,
    /// A blank between the last word and the next.
    is_spaced: bool,
    pub(super) is_after_paragraph: bool,
}

impl Block {
    /// One whose lines may have so many bytes.
    pub(super) fn of_about(bytes: usize) -> Self {
        Self { done: String::with_capacity(bytes), ..Self::default() }
    }

    pub(super) fn words(&mut self, text: &str) -> Option<()> {
        if self.is_after_paragraph {
            if text.chars().all(char::is_whitespace) {
                return Some(());
            }
            self.start_paragraph();
        }
        let mut rest = text;
        loop {
            let (word, after) =
                rest.split_at(rest.find(|letter| !is_plain(letter)).unwrap_or(rest.len()));
            if !word.is_empty() {
                if std::mem::take(&mut self.is_spaced) {
                    self.line.push(' ');
                }
                self.line.push_str(word);
            }
            let mut letters = after.chars();
            match letters.next() {
                None => return Some(()),
                Some(letter) if is_blank(letter) => self.is_spaced = !self.line.is_empty(),
                Some(letter) if is_joiner(letter) && self.is_in_word() => self.line.push(letter),
                Some(_) => return None,
            }
            rest = letters.as_str();
        }
    }

    fn is_in_word(&self) -> bool {
        !self.line.is_empty() && !self.is_spaced
    }

    pub(super) fn end_line(&mut self) {
        self.is_spaced = false;
        if !self.line.is_empty() {
            self.has_content = true;
            self.done.push_str(&self.line);
            self.done.push('\n');
            self.line.clear();
        }
    }

    fn empty_line(&mut self) {
        self.end_line();
        self.done.push('\n');
        self.is_after_paragraph = false;
    }

    pub(super) fn line_break(&mut self) {
        if self.line.is_empty() { self.empty_line() } else { self.end_line() }
    }

    pub(super) fn start_paragraph(&mut self) {
        self.end_line();
        if self.has_content {
            self.empty_line();
        }
        self.is_after_paragraph = false;
    }

    /// The lines of an item behind a dash.
    pub(super) fn item(&mut self, lines: &str) {
        self.end_line();
        for (number, line) in lines.lines().enumerate() {
            self.has_content = true;
            self.done.push_str(if number == 0 { "- " } else { "  " });
            self.done.push_str(line);
            self.done.push('\n');
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.end_line();
        self.done
    }
}

/// Blanks of any number are one.
pub(super) fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{3000}')
}

/// Letters that take a place of their own, and whatever is often among them.
pub(super) fn is_plain(letter: char) -> bool {
    // Nearly all are of these two kinds.
    matches!(letter, '!'..='~' | '㐀'..='鿿') || is_plain_among_others(letter)
}

fn is_plain_among_others(letter: char) -> bool {
    matches!(letter,
        '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{ff}'
        | '‐'..='‧' | '‰'..='⁞' | '←'..='⇿' | '①'..='⓿' | '─'..='➿'
        | '、'..='〩' | '〰'..='〾' | 'ぁ'..='ゖ' | '゛'..='ヿ' | 'ㄅ'..='ㄯ'
        | '\u{1f000}'..='\u{1faff}'
        | '㈠'..='㏿' | '\u{f900}'..='\u{faff}' | '！'..='｠' | '￠'..='￦')
}

/// What makes one picture of several, or a picture of a letter: it takes no place.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}
