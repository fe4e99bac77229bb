//! What markup a text holds, found in one pass.

use std::collections::HashMap;

/// Elements that begin and end lines.
const BLOCKS: [&str; 46] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Elements within lines, or without text.
const OTHERS: [&str; 57] = [
    "a", "abbr", "acronym", "audio", "b", "bdi", "bdo", "big", "button", "canvas", "cite", "code",
    "col", "colgroup", "data", "del", "dfn", "em", "embed", "font", "head", "i", "iframe", "img",
    "input", "ins", "kbd", "label", "link", "map", "mark", "meta", "noscript", "object", "option",
    "picture", "q", "ruby", "s", "samp", "script", "select", "small", "source", "span", "strike",
    "strong", "style", "sub", "sup", "svg", "textarea", "time", "tt", "u", "video", "wbr",
];

/// Elements that are never open, or that the next of their kind closes.
const SELF_CLOSING: [&str; 22] = [
    "br", "col", "colgroup", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr",
];

/// One stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text; a `<` in it is meant as such.
    Text(&'a str),
    /// A tag as written, of an element that HTML knows.
    Tag { written: &'a str, element: Element, is_end: bool },
    /// A comment, a document type or a processing instruction.
    Comment,
}

/// An element that HTML knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) is_block: bool,
}

/// What markup a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Markup {
    /// It has tags at all.
    pub(super) has_tags: bool,
    /// It has tags that make lines; else its own line breaks count.
    has_blocks: bool,
    /// How many elements are open at once, at most.
    pub(super) most_open: usize,
}

impl Markup {
    pub(super) fn of(html: &str) -> Self {
        let mut markup = Self { has_tags: false, has_blocks: false, most_open: 0 };
        let mut open: HashMap<&str, usize> = HashMap::new();
        let mut all_open = 0_usize;
        for piece in pieces(html) {
            let Piece::Tag { element: Element { name, is_block }, is_end, .. } = piece else {
                continue;
            };
            markup.has_tags = true;
            markup.has_blocks |= is_block;
            if SELF_CLOSING.contains(&name) {
                continue;
            }
            // By name alone: an end tag that closes nothing must not count as one that does.
            let of_name = open.entry(name).or_default();
            if !is_end {
                *of_name += 1;
                all_open += 1;
                markup.most_open = markup.most_open.max(all_open);
            } else if *of_name > 0 {
                *of_name -= 1;
                all_open -= 1;
            }
        }
        markup
    }

    /// The text as HTML that means what its writer meant: `<` of text escaped, line breaks kept
    /// where no tag makes any, rules as mere breaks.
    pub(super) fn clean(self, html: &str) -> String {
        let mut out = String::with_capacity(html.len() + html.len() / 8);
        for piece in pieces(html) {
            match piece {
                Piece::Text(text) if self.has_blocks => out.push_str(&text.replace('<', "&lt;")),
                Piece::Text(text) => {
                    let text = text.replace("\r\n", "\n").replace('<', "&lt;");
                    out.push_str(&text.replace('\n', "<br>"));
                }
                Piece::Tag { element: Element { name: "hr", .. }, .. } => out.push_str("<br>"),
                Piece::Tag { written, .. } => out.push_str(written),
                Piece::Comment => {}
            }
        }
        out
    }
}

/// The stretches of a text, in order, in time that grows with its length alone.
pub(super) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = if rest.starts_with('<') { bracket(rest) } else { text(rest, 0) };
        rest = after;
        Some(piece)
    })
}

/// Text up to the next `<`, not counting the first bytes.
fn text(rest: &str, from: usize) -> (Piece<'_>, &str) {
    let end = rest.bytes().skip(from).position(|byte| byte == b'<');
    let (text, after) = rest.split_at(end.map_or(rest.len(), |end| from + end));
    (Piece::Text(text), after)
}

/// A tag, a comment, or a `<` that is neither.
fn bracket(rest: &str) -> (Piece<'_>, &str) {
    let inner = rest.strip_prefix('<').unwrap_or(rest);
    if let Some(comment) = inner.strip_prefix("!--") {
        return (Piece::Comment, comment.split_once("-->").map_or("", |(_, after)| after));
    }
    if inner.starts_with("!DOCTYPE") || inner.starts_with("!doctype") || inner.starts_with("?xml") {
        return (Piece::Comment, inner.split_once('>').map_or("", |(_, after)| after));
    }
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let is_end = name.len() < inner.len();
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let Some(element) = name.get(..length).and_then(element) else { return text(rest, 1) };
    // A tag ends at its `>`, and before the next `<`: what runs on is text.
    match rest.bytes().skip(1).position(|byte| byte == b'>' || byte == b'<') {
        Some(at) if rest.as_bytes().get(at + 1) == Some(&b'>') => {
            let (written, after) = rest.split_at(at + 2);
            (Piece::Tag { written, element, is_end }, after)
        }
        _ => text(rest, 1),
    }
}

fn element(name: &str) -> Option<Element> {
    let find = |names: &'static [&'static str]| {
        names.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
    };
    let block = find(&BLOCKS).map(|name| Element { name, is_block: true });
    block.or_else(|| find(&OTHERS).map(|name| Element { name, is_block: false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_text() {
        let shown: Vec<String> = pieces("a<P class='x'>b < c<!-- <p> --></p ><br/><T><b")
            .map(|piece| match piece {
                Piece::Text(text) => format!("text {text}"),
                Piece::Tag { element, is_end, .. } => format!("{} {is_end}", element.name),
                Piece::Comment => "comment".to_owned(),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "text a", "p false", "text b ", "text < c", "comment", "p true", "br false",
                "text <T>", "text <b"
            ]
        );
    }

    #[test]
    fn open_elements_are_counted_by_name() {
        for (html, most_open) in [
            ("<div><b>x</b></div><div></div>", 2),
            ("<p>a<p>b<p>c<br>", 0),
            ("<b></i><b></i><b></i>", 3),
            ("<div><font></div><div><font></div>", 3),
            ("</div></div>", 0),
        ] {
            assert_eq!(Markup::of(html).most_open, most_open, "{html}");
        }
    }
}
