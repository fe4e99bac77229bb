//! What markup a text holds, found in one pass.

use std::sync::LazyLock;

use memchr::{memchr, memchr2};

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
    /// A comment or a document type.
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
    /// It has tags or comments at all.
    pub(super) has_tags: bool,
    /// It has tags that make lines; else its own line breaks count.
    pub(super) has_blocks: bool,
    /// What building its tree may cost: for each tag, the elements that are open there, since
    /// each may have to be opened again.
    pub(super) work: usize,
}

impl Markup {
    pub(super) fn of(html: &str) -> Self {
        let mut markup = Self { has_tags: false, has_blocks: false, work: 0 };
        // Few names are open at a time.
        let mut open: Vec<(&str, usize)> = Vec::new();
        let mut all_open = 0_usize;
        for piece in pieces(html) {
            markup.has_tags |= !matches!(piece, Piece::Text(_));
            let Piece::Tag { element: Element { name, is_block }, is_end, .. } = piece else {
                continue;
            };
            markup.has_blocks |= is_block;
            markup.work += all_open + 1;
            if SELF_CLOSING.contains(&name) {
                continue;
            }
            // By name alone: an end tag that closes nothing must not count as one that does.
            let of_name = open.iter_mut().find(|(known, _)| *known == name);
            match (of_name, is_end) {
                (None, false) => open.push((name, 1)),
                (Some((_, count)), false) => *count += 1,
                (Some((_, count)), true) if *count > 0 => {
                    *count -= 1;
                    all_open -= 1;
                }
                (_, true) => {}
            }
            all_open += usize::from(!is_end);
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
    // Where no comment ends any more, none begins. Few texts have any, which is seen far quicker than where the last ends.
    let has_comments = html.contains("<!--");
    let last_comment_end = if has_comments { html.rfind("-->").unwrap_or(0) } else { 0 };
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let may_comment = html.len() - rest.len() < last_comment_end;
        let comment = may_comment.then(|| comment(rest)).flatten();
        let (piece, after) = comment.or_else(|| tag(rest)).unwrap_or_else(|| text(rest));
        rest = after;
        Some(piece)
    })
}

/// Text up to the next `<`; a first one is part of it.
fn text(rest: &str) -> (Piece<'_>, &str) {
    let end = rest.as_bytes().get(1..).and_then(|bytes| memchr(b'<', bytes));
    let (text, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
    (Piece::Text(text), after)
}

/// A comment, if one stands here.
fn comment(rest: &str) -> Option<(Piece<'_>, &str)> {
    let (_, after) = rest.strip_prefix("<!--")?.split_once("-->")?;
    Some((Piece::Comment, after))
}

/// A tag or a document type, if one stands here. It ends before any other `<`.
fn tag(rest: &str) -> Option<(Piece<'_>, &str)> {
    let inner = rest.strip_prefix('<')?;
    let end = memchr2(b'>', b'<', inner.as_bytes())?;
    let after = inner.get(end..)?.strip_prefix('>')?;
    let written = rest.get(..end + 2)?;
    if inner.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("!doctype")) {
        return Some((Piece::Comment, after));
    }
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let is_end = name.len() < inner.len();
    let (name, attributes) =
        name.split_at(name.bytes().take_while(u8::is_ascii_alphanumeric).count());
    let element = element(name).filter(|_| can_follow_name(attributes))?;
    Some((Piece::Tag { written, element, is_end }, after))
}

/// Whether a tag can go on like this after its name; in `a<b 且 c>d` it can't.
fn can_follow_name(rest: &str) -> bool {
    let attribute = rest.trim_ascii_start();
    let is_spaced = attribute.len() < rest.len();
    attribute.starts_with(['>', '/'])
        || is_spaced && attribute.starts_with(|char: char| char.is_ascii_alphabetic())
}

/// The element of that name, in capitals or not.
fn element(name: &str) -> Option<Element> {
    let key = key(name)?;
    let place = ELEMENTS.binary_search_by_key(&key, |(known, _)| *known).ok()?;
    ELEMENTS.get(place).map(|(_, element)| *element)
}

/// All elements by their keys, in their order.
static ELEMENTS: LazyLock<Vec<(u128, Element)>> = LazyLock::new(|| {
    let kinds = [(true, BLOCKS.as_slice()), (false, OTHERS.as_slice())];
    let all = kinds.into_iter().flat_map(|(is_block, names)| {
        names.iter().filter_map(move |name| Some((key(name)?, Element { name, is_block })))
    });
    let mut elements: Vec<(u128, Element)> = all.collect();
    elements.sort_by_key(|(key, _)| *key);
    elements
});

/// A name in small letters as one number, since such are compared at once. No element has a longer name.
fn key(name: &str) -> Option<u128> {
    let letters = name.bytes().map(|letter| u128::from(letter.to_ascii_lowercase()));
    (name.len() <= 16).then(|| letters.fold(0, |key, letter| (key << 8) | letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_the_text() {
        let shown: Vec<String> =
            pieces("<!doctype html>a<P class='x'>b < c<!-- <p> --></p ><br/><T><b<!-- x")
                .map(|piece| match piece {
                    Piece::Text(text) => format!("text {text}"),
                    Piece::Tag { element, is_end, .. } => format!("{} {is_end}", element.name),
                    Piece::Comment => "comment".to_owned(),
                })
                .collect();
        assert_eq!(
            shown,
            [
                "comment",
                "text a",
                "p false",
                "text b ",
                "text < c",
                "comment",
                "p true",
                "br false",
                "text <T>",
                "text <b",
                "text <!-- x"
            ]
        );
    }

    #[test]
    fn every_element_is_found_by_its_name() {
        for name in BLOCKS.iter().chain(&OTHERS) {
            assert_eq!(element(&name.to_uppercase()).map(|found| found.name), Some(*name));
        }
        assert_eq!((element("divx"), element("")), (None, None));
    }

    #[test]
    fn work_is_counted_by_open_elements() {
        for (html, work) in [
            ("<div><b>x</b></div><div></div>", 1 + 2 + 3 + 2 + 1 + 2),
            ("<p>a<p>b<p>c<br>", 4),
            ("<b></i><b></i>", 1 + 2 + 2 + 3),
            ("<div><font></div><br>", 1 + 2 + 3 + 2),
            ("</div></div>", 2),
            ("<div-x><divx><b 且 c><!DOCTYPE html><!-- <b> -->", 0),
        ] {
            assert_eq!(Markup::of(html).work, work, "{html}");
        }
    }
}
