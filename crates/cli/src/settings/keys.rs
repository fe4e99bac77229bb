//! The names of all settings, and what each looks like.

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text in quotes.
    Text,
    /// A number.
    Number,
    /// A number of bytes, or text such as `100MB`.
    Size,
    /// `true` or `false`.
    Flag,
    /// A list of texts; in the environment separated by commas.
    Texts,
    /// A date, with or without quotes.
    Date,
}

/// A setting's name and shape.
pub(crate) type Key = (&'static str, Shape);

/// The tables that stand once, with their keys; the environment can override each.
pub(crate) const SECTIONS: [(&str, &[Key]); 5] = [
    (
        "api",
        &[
            ("environment", Shape::Text),
            ("token_url", Shape::Text),
            ("base_url", Shape::Text),
            ("calls_per_second", Shape::Number),
            ("proxy", Shape::Text),
            ("ca_file", Shape::Text),
            ("attempts", Shape::Number),
            ("answer_timeout", Shape::Text),
            ("silence_timeout", Shape::Text),
        ],
    ),
    (
        "database",
        &[
            ("url", Shape::Text),
            ("url_file", Shape::Text),
            ("ca_file", Shape::Text),
            ("allow_plain_text", Shape::Flag),
            ("patience", Shape::Text),
        ],
    ),
    (
        "storage",
        &[
            ("url", Shape::Text),
            ("endpoint", Shape::Text),
            ("proxy", Shape::Text),
            ("ca_file", Shape::Text),
            ("patience", Shape::Text),
        ],
    ),
    (
        "run",
        &[
            ("recheck_after", Shape::Texts),
            ("settle", Shape::Text),
            ("share_between_sources", Shape::Flag),
            ("old_windows", Shape::Text),
            ("windows_at_once", Shape::Number),
            ("refresh_marts_every", Shape::Text),
            ("label", Shape::Text),
        ],
    ),
    (
        "files",
        &[
            ("kinds", Shape::Texts),
            ("refetch", Shape::Text),
            ("at_once", Shape::Number),
            ("token_max_age", Shape::Text),
            ("max_size", Shape::Size),
            ("spool_dir", Shape::Text),
        ],
    ),
];

/// The keys of `[[company]]`, which may stand more than once and only in the file.
pub(crate) const COMPANY: &[Key] = &[
    ("no", Shape::Text),
    ("client_id", Shape::Text),
    ("client_secret_env", Shape::Text),
    ("client_secret_file", Shape::Text),
    ("sources", Shape::Texts),
    ("start_on", Shape::Date),
];

/// The names of the sections that stand once.
pub(crate) fn section_names() -> impl Iterator<Item = &'static str> + Clone {
    SECTIONS.iter().map(|(name, _)| *name)
}

/// The keys of a section.
pub(crate) fn of_section(name: &str) -> Option<&'static [Key]> {
    SECTIONS.iter().find(|(section, _)| *section == name).map(|(_, keys)| *keys)
}

/// The known name that a mistyped one is closest to, if any is close.
pub(crate) fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The remedy for a name that is not known.
pub(crate) fn did_you_mean<'a>(
    typed: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> String {
    nearest(typed, known.clone()).map_or_else(
        || format!("write one of {}", known.collect::<Vec<_>>().join(", ")),
        |name| format!("did you mean {name}?"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let api = || of_section("api").unwrap().iter().map(|(name, _)| *name);
        assert_eq!(nearest("call_per_second", api()), Some("calls_per_second"));
        assert_eq!(nearest("enviroment", api()), Some("environment"));
        assert_eq!(nearest("tokenurl", api()), Some("token_url"));
        assert_eq!(nearest("colour", api()), None);
    }
}
