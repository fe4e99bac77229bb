//! The markup that most texts have, as lines: paragraphs, breaks, dashed lists, emphasis.
//!
//! One pass without a tree, several times as fast as `html2text`, and to the letter what that says: a test holds it to
//! that. Wherever the two might differ it gives up: for other elements or characters, tags that are not closed in
//! turn, entities beyond the usual ones.

mod block;

use std::borrow::Cow;

use memchr::memchr;

use self::block::{Block, is_blank, is_plain};
use super::entities;
use super::markup::{Piece, pieces};

/// The lines, or nothing if this is not for sure what `html2text` makes of it. Line breaks are breaks unless tags are.
pub(super) fn lines(html: &str, has_blocks: bool) -> Option<String> {
    let mut page = Page { blocks: vec![Block::of_about(html.len())], open: Vec::new(), has_blocks };
    // A `<` that is meant as such parts text into pieces; what is read is the whole of it.
    let (mut text_starts, mut end) = (0, 0);
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => end += text.len(),
            Piece::Tag { written, element, is_end } => {
                page.text(html.get(text_starts..end)?)?;
                end += written.len();
                text_starts = end;
                let attributes = written.get(1 + usize::from(is_end) + element.name.len()..)?;
                if is_end { page.end(element.name)? } else { page.start(element.name, attributes)? }
            }
            Piece::Comment => return None,
        }
    }
    page.text(html.get(text_starts..end)?)?;
    page.finish()
}

/// What an element does to the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Nothing.
    Span,
    /// Nothing, but it is there even if it is empty.
    Emphasis,
    /// Nothing, and it is not there unless it has words.
    Link,
    /// A blank line before and after it.
    Paragraph,
    /// A line of its own.
    Division,
    List,
    Item,
}

impl Role {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "span" | "font" | "u" | "big" | "small" => Self::Span,
            "b" | "strong" | "i" | "em" => Self::Emphasis,
            "a" => Self::Link,
            "p" => Self::Paragraph,
            "div" => Self::Division,
            "ul" => Self::List,
            "li" => Self::Item,
            _ => return None,
        })
    }
}

struct Open {
    name: &'static str,
    role: Role,
    /// Something is in it: an empty one leaves no trace.
    is_begun: bool,
}

struct Page {
    /// The whole, and the items of lists that are open, each within the one before it.
    blocks: Vec<Block>,
    open: Vec<Open>,
    has_blocks: bool,
}

impl Page {
    fn block(&mut self) -> Option<&mut Block> {
        self.blocks.last_mut()
    }

    fn is_in_list(&self) -> bool {
        self.open.last().is_some_and(|open| open.role == Role::List)
    }

    fn is_in(&self, role: Role) -> bool {
        self.open.iter().any(|open| open.role == role)
    }

    fn is_in_empty_link(&self) -> bool {
        self.open.iter().any(|open| open.role == Role::Link && !open.is_begun)
    }

    fn text(&mut self, text: &str) -> Option<()> {
        if text.is_empty() {
            return Some(());
        }
        if self.is_in_list() {
            // Blanks between items end a line as an item does.
            if !text.chars().all(is_blank) {
                return None;
            }
            self.begin()?;
            self.block()?.end_line();
            return Some(());
        }
        if self.has_blocks {
            return self.words(text);
        }
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            self.words(line.strip_suffix('\r').unwrap_or(line))?;
            self.line_break()?;
            rest = after;
        }
        self.words(rest)
    }

    fn words(&mut self, text: &str) -> Option<()> {
        if text.is_empty() {
            return Some(());
        }
        let text = decoded(text)?;
        if self.is_in_empty_link() && text.chars().all(char::is_whitespace) {
            return None;
        }
        self.begin()?;
        self.block()?.words(&text)
    }

    fn line_break(&mut self) -> Option<()> {
        if self.is_in_empty_link() {
            return None;
        }
        self.begin()?;
        self.block()?.line_break();
        Some(())
    }

    /// Whatever is open and was empty so far is not.
    fn begin(&mut self) -> Option<()> {
        let block = self.blocks.last_mut()?;
        for open in self.open.iter_mut().filter(|open| !open.is_begun) {
            open.is_begun = true;
            match open.role {
                Role::Paragraph => block.start_paragraph(),
                Role::Division => block.end_line(),
                Role::Span | Role::Emphasis | Role::Link | Role::List | Role::Item => {}
            }
        }
        Some(())
    }

    fn start(&mut self, name: &'static str, attributes: &str) -> Option<()> {
        if !is_harmless(attributes) {
            return None;
        }
        if name == "br" || name == "hr" {
            return if self.is_in_list() { None } else { self.line_break() };
        }
        let role = Role::of(name)?;
        // An item is in a list, and nothing else is.
        if (role == Role::Item) != self.is_in_list() {
            return None;
        }
        let is_block = !matches!(role, Role::Span | Role::Emphasis | Role::Link);
        if is_block && (self.is_in(Role::Paragraph) || self.is_in(Role::Link))
            || role == Role::Link && self.is_in(Role::Link)
        {
            return None;
        }
        self.open.push(Open { name, role, is_begun: false });
        match role {
            Role::Item => {
                self.begin()?;
                self.blocks.push(Block::default());
            }
            Role::Emphasis if !self.is_in_empty_link() => self.begin()?,
            Role::Emphasis
            | Role::Link
            | Role::Span
            | Role::Paragraph
            | Role::Division
            | Role::List => {}
        }
        Some(())
    }

    fn end(&mut self, name: &str) -> Option<()> {
        if self.open.last()?.name != name {
            return None;
        }
        let Open { role, is_begun, .. } = self.open.pop()?;
        match role {
            Role::Item => {
                let item = self.blocks.pop()?.finish();
                self.block()?.item(&item);
            }
            Role::Link if !is_begun => return None,
            Role::Paragraph if is_begun => self.block()?.is_after_paragraph = true,
            Role::Division if is_begun => self.block()?.end_line(),
            _ => {}
        }
        Some(())
    }

    fn finish(mut self) -> Option<String> {
        while let Some(open) = self.open.last() {
            self.end(open.name)?;
        }
        Some(self.blocks.pop()?.finish())
    }
}

/// Whether attributes are closed and name no place in the text.
fn is_harmless(attributes: &str) -> bool {
    let is_even = |quote: char| attributes.matches(quote).count().is_multiple_of(2);
    let names_place = || {
        let mut words = attributes.split(|letter: char| {
            letter.is_ascii_whitespace() || matches!(letter, '"' | '\'' | '/' | '=')
        });
        words.any(|word| word.eq_ignore_ascii_case("id") || word.eq_ignore_ascii_case("name"))
    };
    is_even('"') && is_even('\'') && !names_place()
}

/// The text with its entities decoded, if all are of the usual ones or numbers of plain letters.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if memchr(b'&', text.as_bytes()).is_none() {
        return Some(Cow::Borrowed(text));
    }
    let mut parts = text.split('&');
    let first = parts.next()?;
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(first);
    for part in parts {
        let names_entity =
            part.starts_with(|next: char| next == '#' || next.is_ascii_alphanumeric());
        if names_entity {
            let (name, rest) = part.split_once(';')?;
            decoded.push(entity(name)?);
            decoded.push_str(rest);
        } else {
            decoded.push('&');
            decoded.push_str(part);
        }
    }
    Some(Cow::Owned(decoded))
}

fn entity(name: &str) -> Option<char> {
    match name {
        // It keeps words together until the lines are there.
        "nbsp" => Some('\u{a0}'),
        _ => entities::character(name).filter(|letter| is_plain(*letter)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::markup::Markup;
    use super::super::{render, tidy};
    use super::*;

    fn both(html: &str) -> (Option<String>, String) {
        let markup = Markup::of(html);
        let fast = lines(html, markup.has_blocks).map(|lines| tidy(&lines));
        (fast, tidy(&render(&markup.clean(html)).unwrap_or_default()))
    }

    #[test]
    fn the_usual_markup_needs_no_tree() {
        for html in [
            "<p>甲 <b>乙</b>&nbsp;丙</p><p>丁<br>戊</p>",
            "<ul><li>甲</li>\n<li>乙<ul><li>丙<br>丁</li></ul></li></ul>己",
            "甲<div style=\"color: red\">乙\n 丙</div><p><br></p><p>&nbsp;</p>",
            "第一行\r\n第二行 <b>粗</b> R&amp;D < 3",
            "<div><p>甲</p></div><br/>乙<p>丙",
            "<div>👩\u{200d}💻 ✔\u{fe0f}<br>🇹🇼</div>",
            "<p><a href=\"https://example.com/?id=1\"><b></b>甲</a> &#x2714;&#20013;</p>",
        ] {
            let (fast, slow) = both(html);
            assert_eq!(fast, Some(slow), "{html}");
        }
    }

    #[test]
    fn what_might_differ_is_left_to_the_tree() {
        for html in [
            "<p>甲<p>乙</p>",
            "<p><b>甲</p></b>",
            "<ul>甲<li>乙</li></ul>",
            "<li>甲</li>",
            "<ol><li>甲</li></ol>",
            "<b>e\u{301}</b>",
            "<b>&eacute;</b>",
            "<b>&#128;&#x301;</b>",
            "<b id='x'>甲</b>",
            "<a href='x' NAME=x>甲</a>",
            "<b>\u{200d}</b>",
            "<p><a href='x'> </a></p>",
            "<a href='x'>甲<a href='y'>乙</a></a>",
            "<p title=\"a>b\">甲</p>",
            "甲<!-- -->乙<br>",
        ] {
            assert_eq!(lines(html, true), None, "{html}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// Whatever it doesn't leave is as `html2text` says.
        #[test]
        fn says_what_html2text_says(
            html in r#"(</?(p|b|i|div|ul|li|span|u)>|<a href="x">|</a>|&#(20013|x4e2d|65|160|128|xd800);|<(ul|li|p|div)>|</(ul|li|p|div)>|<br/?>|<hr>|<p style="x:y">|&(nbsp|amp|lt|gt|quot|hellip|apos|ensp|yen|trade);|[ \n\t\r\u{3000}\u{200d}\u{fe0f}]|[a-z甲乙丙，&<😊💪🏻🇹]){0,24}"#
        ) {
            let (fast, slow) = both(&html);
            if let Some(fast) = fast {
                prop_assert_eq!(fast, slow);
            }
        }

        /// The same for elements that are closed in turn, of which it leaves few.
        #[test]
        fn says_what_html2text_says_of_what_is_closed_in_turn(html in nested()) {
            let (fast, slow) = both(&html);
            if let Some(fast) = fast {
                prop_assert_eq!(fast, slow);
            }
        }
    }

    fn nested() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            r"[a-z甲乙丙，\u{a0} \n\r\u{3000}😊\u{200d}\u{fe0f}]{0,6}",
            Just("<br>".to_owned()),
            Just("&nbsp;".to_owned()),
            Just(" < &amp;\r\n".to_owned()),
            Just(String::new()),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            let parts = prop::collection::vec(inner, 0..6);
            let element =
                prop::sample::select(vec!["p", "div", "b", "em", "span", "a", "ul", "", ""]);
            (element, parts).prop_map(|(name, parts)| match name {
                "" => parts.concat(),
                "ul" => {
                    let items: Vec<String> =
                        parts.iter().map(|part| format!("<li>{part}</li>\n")).collect();
                    format!("<ul>{}</ul>", items.concat())
                }
                "a" => format!("<a href=x>{}</a>", parts.concat()),
                _ => format!("<{name}>{}</{name}>", parts.concat()),
            })
        })
    }
}
