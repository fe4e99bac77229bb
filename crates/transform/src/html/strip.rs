//! The simple path: tags taken away in one pass.

use super::entities;
use super::markup::{Element, Piece, pieces};

/// Elements whose content is no text of the person.
const SILENT: [&str; 3] = ["script", "style", "head"];

/// The text without its tags; where a block begins or ends, a new line.
pub(super) fn strip(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut silenced_by: Option<&str> = None;
    for piece in pieces(html) {
        match (piece, silenced_by) {
            (Piece::Tag { element, is_end: true, .. }, Some(name)) if element.name == name => {
                silenced_by = None;
            }
            (_, Some(_)) | (Piece::Comment, None) => {}
            (Piece::Text(text), None) => {
                for word in text.split_inclusive(char::is_whitespace) {
                    let bare = word.trim_end();
                    out.push_str(&entities::decode(bare));
                    if bare.len() < word.len() && !out.ends_with([' ', '\n']) {
                        out.push(' ');
                    }
                }
            }
            (Piece::Tag { element: Element { name, is_block }, is_end, .. }, None) => {
                if !is_end && SILENT.contains(&name) {
                    silenced_by = Some(name);
                }
                if is_block && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                if name == "li" && !is_end {
                    out.push_str("- ");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_lines_stay() {
        for (html, text) in [
            ("<p>甲 <b>乙</b></p><p>丙<br>丁</p>", "甲 乙\n丙\n丁\n"),
            ("<ul><li>甲</li><li>乙</li></ul>", "- 甲\n- 乙\n"),
            ("<script>if (a < b) { x() }</script>甲<style>p{}", "甲"),
            ("a &lt; b  \n c <T>", "a < b c <T>"),
        ] {
            assert_eq!(strip(html), text);
        }
    }
}
