//! Plain text out of texts that may hold markup.
//!
//! [`lines`] reads the markup that most texts have, `html2text` any other within bounds of size and work; beyond them, or
//! when nothing is found, [`strip`] takes the tags away in one pass. Text without markup passes unchanged.

mod decorator;
mod entities;
mod lines;
mod markup;
mod strip;

use decorator::Plain;
use markup::Markup;
use memchr::memchr;

/// Larger texts take the simple path.
const MAX_BYTES: usize = 200_000;

/// More work than this takes the simple path. Resumes need some hundreds; twenty thousand
/// elements within each other, or as many paragraphs in fifty unclosed `<font>`s, took seconds.
const MAX_WORK: usize = 100_000;

/// No text within [`MAX_BYTES`] has a longer line, so nothing is ever wrapped.
const NEVER_WRAP: usize = 10_000_000;

/// What became of a text with markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainText {
    /// Without markup.
    pub(crate) text: String,
    /// The simple path was taken.
    pub(crate) is_simplified: bool,
}

/// The plain text of a text that may hold markup.
pub(crate) fn to_text(html: &str) -> PlainText {
    let markup = Markup::of(html);
    if !markup.has_tags {
        return PlainText { text: entities::decode(html), is_simplified: false };
    }
    let is_within_bounds = html.len() <= MAX_BYTES && markup.work <= MAX_WORK;
    let rendered = is_within_bounds
        .then(|| lines::lines(html, markup.has_blocks).or_else(|| render(&markup.clean(html))))
        .flatten();
    let text = tidy(&rendered.unwrap_or_default());
    if is_within_bounds && !text.is_empty() {
        return PlainText { text, is_simplified: false };
    }
    // Also where rendering found no words at all: it leaves out drawings and their like.
    let stripped = tidy(&strip::strip(html));
    let is_simplified = !is_within_bounds || !stripped.is_empty();
    PlainText { text: stripped, is_simplified }
}

fn render(html: &str) -> Option<String> {
    html2text::config::with_decorator(Plain)
        .raw_mode(true)
        .unicode_strikeout(false)
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), NEVER_WRAP)
        .ok()
}

/// Blank lines collapsed to one, no blanks at the ends of lines or of the text.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank_lines = 0_usize;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            blank_lines += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank_lines > 0 { "\n\n" } else { "\n" });
        }
        blank_lines = 0;
        push_with_blanks(line, &mut out);
    }
    if out.starts_with(char::is_whitespace) { out.trim().to_owned() } else { out }
}

/// Adds a line, a blank in the place of each that keeps words together.
fn push_with_blanks(line: &str, out: &mut String) {
    // The first byte of such a blank begins few other letters, and is never within one.
    if memchr(0xc2, line.as_bytes()).is_none() {
        return out.push_str(line);
    }
    for (number, part) in line.split('\u{a0}').enumerate() {
        if number > 0 {
            out.push(' ');
        }
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(html: &str, text: &str) {
        let expected = PlainText { text: text.to_owned(), is_simplified: false };
        assert_eq!(to_text(html), expected, "{html}");
    }

    #[test]
    fn plain_text_passes_unchanged() {
        for text in [
            "負責後端開發\n\n  與維運，  3 < 5，a<b 且 c>d",
            "<3 年",
            "見 <專案一> 與 Vec<String>、<T>",
            "R&D, AT&T; &unknown;",
            "<",
            "a <",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn entities_alone_are_decoded() {
        check("R&amp;D\n&lt;b&gt;&nbsp;&#20013;&#x6587;", "R&D\n<b> 中文");
    }

    #[test]
    fn markup_becomes_lines() {
        for (html, text) in [
            ("<p>甲 <b>乙</b>&nbsp;丙</p><p>丁<br>戊</p>", "甲 乙 丙\n\n丁\n戊"),
            ("<ul><li>甲</li><li>乙<ul><li>丙</li></ul></li></ul>", "- 甲\n- 乙\n  - 丙"),
            ("<ol><li>甲</li><li>乙</li></ol>", "1. 甲\n2. 乙"),
            ("<h1>頭</h1>文 <a href='https://example.com'>連結</a>", "頭\n\n文 連結"),
            ("<table><tr><td>1</td><td>2</td></tr></table>", "1\n2"),
            ("上<hr>下", "上\n下"),
            ("<script>bad()</script><style>p{}</style><div>好</div>", "好"),
            ("<div>a &lt; b</div><!-- c -->", "a < b"),
            ("第一行\n第二行 <b>粗</b>", "第一行\n第二行 粗"),
            ("<div>甲\n乙</div>", "甲 乙"),
            ("<p>Vec<String> 與 <專案></p>", "Vec<String> 與 <專案>"),
            ("<del>甲</del>x<sup>2</sup>y<sup>ab</sup>", "甲x²yab"),
            ("<p> </p><br/>", ""),
            ("<!--[if x]>甲<![endif]-->乙", "乙"),
            ("<p>甲</p>\n\n\n<p></p><p>乙</p>", "甲\n\n乙"),
            ("&lt;p&gt;<b>甲</b>", "<p>甲"),
        ] {
            check(html, text);
        }
    }

    #[test]
    fn lines_are_never_wrapped() {
        let long = "字 ".repeat(20_000);
        let html = format!("<p>{long}</p>");
        assert_eq!(to_text(&html).text, long.trim());
    }

    #[test]
    fn beyond_the_bounds_tags_are_stripped() {
        let deep = format!("{}甲{}<p>乙</p>", "<div>".repeat(1_000), "</div>".repeat(1_000));
        let large = format!("<p>{}</p><p>&amp;</p>", "字".repeat(100_000));
        let unclosed = "<div><font color=1></div>".repeat(6_000) + "甲";
        let fonts = "<font size=1><p><b><p><i><p>".repeat(20) + &"<p>乙".repeat(20_000);
        for (html, text) in [
            (deep.as_str(), "甲\n乙".to_owned()),
            (large.as_str(), format!("{}\n&", "字".repeat(100_000))),
            (unclosed.as_str(), "甲".to_owned()),
            (fonts.as_str(), vec!["乙"; 20_000].join("\n")),
            ("<svg>甲</svg>", "甲".to_owned()),
        ] {
            assert_eq!(to_text(html), PlainText { text, is_simplified: true });
        }
    }

    proptest! {
        #[test]
        fn never_panics(
            html in r#"(</?(p|b|i|div|table|tr|td|ul|li|ol|pre|a href='x'|font|hr|br|h1|sup|svg|math|select|option|textarea|template|title|form|frameset|html|body|p style="x:y")/?>|&[a-z#0-9]{0,5};?|[ \n\t\u{3000}]|.){0,30}"#
        ) {
            to_text(&html);
        }
    }
}
