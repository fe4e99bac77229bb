//! Character references.

/// The named references that texts of people hold.
const NAMED: [(&str, char); 29] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("times", '×'),
    ("divide", '÷'),
    ("plusmn", '±'),
    ("deg", '°'),
    ("rarr", '→'),
    ("larr", '←'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("yen", '¥'),
];

/// The longest name or number between `&` and `;`.
const MAX_NAME: usize = 8;

/// The text with its references replaced; unknown ones stay.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = after;
        let name = after.bytes().take(MAX_NAME + 1).position(|byte| byte == b';');
        let reference = name
            .and_then(|length| Some((after.get(..length)?, after.get(length + 1..)?)))
            .and_then(|(name, after)| Some((character(name)?, after)));
        match reference {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

/// What stands between `&` and `;`, if it is known here.
pub(super) fn character(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.iter().find(|(known, _)| *known == name).map(|(_, char)| *char);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let character = char::from_u32(code.ok()?).filter(|char| *char != '\0');
    Some(character.unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, expected) in [
            ("", ""),
            ("a&amp;b", "a&b"),
            ("&amp;lt;", "&lt;"),
            ("&#65;&#x4E2D;&#X4e2d;", "A中中"),
            ("&#0;&#xd800;&#x110000;", "\u{fffd}\u{fffd}\u{fffd}"),
            ("&", "&"),
            ("&;&#;&#x;&nope;&中;", "&;&#;&#x;&nope;&中;"),
            ("&ampere", "&ampere"),
            ("A & B; C", "A & B; C"),
        ] {
            assert_eq!(decode(text), expected);
        }
    }
}
