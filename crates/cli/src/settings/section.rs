//! One table of settings: values with their places, read into types one by one.

use std::collections::BTreeMap;

use super::keys::Shape;
use super::problem::{Place, Problem, Problems, Wrong};

/// One table of settings.
#[derive(Clone)]
pub(crate) struct Section {
    /// How messages name it, such as `[api]`.
    pub(crate) title: String,
    /// Where it stands; without line and column if it is absent.
    pub(crate) place: Place,
    /// What was given, by key.
    pub(crate) values: BTreeMap<&'static str, Given>,
}

/// A value that was given.
#[derive(Clone)]
pub(crate) struct Given {
    /// The value.
    pub(crate) value: Value,
    /// Where it stands.
    pub(crate) place: Place,
}

/// A value in one of the shapes; what it means is not checked yet.
#[derive(Clone)]
pub(crate) enum Value {
    /// A text, also for sizes and dates.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A list, each item with its place.
    Texts(Vec<(String, Place)>),
}

impl Shape {
    /// What it is called.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Size => "a size",
            Self::Flag => "true or false",
            Self::Texts => "a list of texts",
            Self::Date => "a date",
        }
    }

    /// How it is written.
    pub(crate) fn example(self, key: &str) -> String {
        match self {
            Self::Text => format!("it in quotes, as in {key} = \"…\""),
            Self::Number => format!("{key} = 3"),
            Self::Size => format!("{key} = \"100MB\""),
            Self::Flag => format!("{key} = true"),
            Self::Texts => format!("{key} = [\"…\", \"…\"]"),
            Self::Date => format!("{key} = 2026-11-01"),
        }
    }
}

impl Section {
    /// A section without values.
    pub(crate) fn empty(title: String, place: Place) -> Self {
        Self { title, place, values: BTreeMap::new() }
    }

    /// Lays the text of a flag over whatever a key has.
    pub(crate) fn override_text(&mut self, key: &'static str, flag: &'static str, text: &str) {
        let value = Value::Text(text.to_owned());
        self.values.insert(key, Given { value, place: Place::Flag(flag) });
    }

    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match &self.values.get(key)?.value {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Flag(_) | Value::Texts(_) => None,
        }
    }

    /// The number of a key.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        match self.values.get(key)?.value {
            Value::Number(number) => Some(number),
            Value::Text(_) | Value::Flag(_) | Value::Texts(_) => None,
        }
    }

    /// The flag of a key.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.values.get(key)?.value {
            Value::Flag(flag) => Some(flag),
            Value::Text(_) | Value::Number(_) | Value::Texts(_) => None,
        }
    }

    /// Where a key stands; the section's place for one that was not given.
    pub(crate) fn place_of(&self, key: &str) -> &Place {
        self.values.get(key).map_or(&self.place, |given| &given.place)
    }

    /// Whether a key was given, and there by an override of the file.
    pub(crate) fn is_override(&self, key: &str) -> Option<bool> {
        self.values.get(key).map(|given| given.place.is_override())
    }

    /// Reads a text; a wrong one becomes a problem.
    pub(crate) fn read<T>(
        &self,
        key: &str,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        match parse(self.text(key)?) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse(key, problems, wrong);
                None
            }
        }
    }

    /// Reads a list item by item; each wrong one becomes a problem, and so does one that stands
    /// there twice.
    pub(crate) fn read_list<T: PartialEq>(
        &self,
        key: &str,
        problems: &mut Problems,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Vec<T>> {
        let Value::Texts(items) = &self.values.get(key)?.value else { return None };
        let mut read = Vec::new();
        for (text, place) in items {
            let wrong = match parse(text) {
                Ok(value) if !read.contains(&value) => {
                    read.push(value);
                    continue;
                }
                Ok(_) => super::problem::wrong(
                    format!("{text:?} stands there twice"),
                    "take one of them out",
                ),
                Err(wrong) => wrong,
            };
            problems.push(self.problem(place.clone(), key, wrong));
        }
        Some(read)
    }

    /// Reads a whole number within bounds.
    pub(crate) fn read_count(
        &self,
        key: &str,
        problems: &mut Problems,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Option<usize> {
        let number = self.number(key)?;
        let found = bounds.clone().find(|&count| f64::from(count).total_cmp(&number).is_eq());
        if found.is_none() {
            let wrong = super::problem::wrong(
                format!("{number} is no whole number from {} to {}", bounds.start(), bounds.end()),
                format!("write {key} = {}, or take the line out", bounds.start()),
            );
            self.refuse(key, problems, wrong);
        }
        found.and_then(|count| usize::try_from(count).ok())
    }

    /// Reports a key of this section.
    pub(crate) fn refuse(&self, key: &str, problems: &mut Problems, wrong: Wrong) {
        problems.push(self.problem(self.place_of(key).clone(), key, wrong));
    }

    fn problem(&self, place: Place, key: &str, wrong: Wrong) -> Problem {
        let setting = format!("{} {key}", self.title).trim_end().to_owned();
        Problem { place, setting, what: wrong.what, remedy: wrong.remedy }
    }
}
