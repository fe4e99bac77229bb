//! The settings file and the environment's overrides, as values with their places.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::Environment;
use super::keys::{self, Key, Shape, did_you_mean};
use super::overlay::overlay;
use super::problem::{Place, Problem, Problems};
use super::section::{Given, Section, Value};

/// All that was given, known by name and shape, and not checked further.
#[derive(Clone)]
pub(crate) struct Document {
    /// The file as the user named it.
    pub(crate) path: PathBuf,
    /// Each of the sections that stand once, given or not.
    pub(crate) sections: BTreeMap<&'static str, Section>,
    /// The companies, in the file's order.
    pub(crate) companies: Vec<Section>,
}

/// Takes the file's text apart and lays the environment over it. Whatever can be read is read,
/// so that all problems are found at once.
pub(crate) fn parse(
    path: &Path,
    text: &str,
    environment: &Environment,
    problems: &mut Problems,
) -> Document {
    let source = Source { path, text };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        // The message alone: the rest of toml's words would repeat the line, secrets included.
        problems.push(Problem {
            place: source.place(error.span().map_or(0, |span| span.start)),
            setting: String::new(),
            what: format!("this is no TOML: {}", error.message()),
            remedy: "correct the line; texts stand in quotes, as in key = \"value\"".into(),
        });
    }
    let mut document = Document {
        path: path.to_owned(),
        sections: keys::SECTIONS
            .iter()
            .map(|(name, _)| (*name, Section::empty(format!("[{name}]"), source.absent())))
            .collect(),
        companies: Vec::new(),
    };
    if errors.is_empty() {
        for (name, value) in table.get_ref() {
            source.section(name, value, &mut document, problems);
        }
    }
    overlay(environment, &mut document, problems);
    document
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, offset: usize) -> Place {
        Place::in_file(self.path, self.text, offset)
    }

    fn absent(&self) -> Place {
        Place::File { path: self.path.to_owned(), at: None }
    }

    fn section(
        &self,
        name: &Spanned<toml::de::DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        document: &mut Document,
        problems: &mut Problems,
    ) {
        let typed = name.get_ref().as_ref();
        let place = self.place(name.span().start);
        let refuse = |what: &str, remedy: String, problems: &mut Problems| {
            let (setting, what) = (format!("[{typed}]"), what.to_owned());
            problems.push(Problem { place: place.clone(), setting, what, remedy });
        };
        match (typed, value.get_ref()) {
            ("company", DeValue::Array(companies)) => {
                for (position, company) in companies.iter().enumerate() {
                    let title = format!("[[company]] {}", position + 1);
                    let Some(table) = company.get_ref().as_table() else {
                        refuse("is no table", "write [[company]] above its keys".into(), problems);
                        return;
                    };
                    let at = self.place(company.span().start);
                    let section = Section::empty(title, at);
                    document.companies.push(self.keys(section, table, keys::COMPANY, problems));
                }
            }
            ("company", _) => refuse(
                "stands in single brackets",
                "write [[company]]: it may stand more than once".into(),
                problems,
            ),
            (_, given) => match (document.sections.get_mut(typed), given) {
                (Some(section), DeValue::Table(table)) => {
                    let known = keys::of_section(typed).unwrap_or_default();
                    let empty = Section::empty(section.title.clone(), place.clone());
                    *section = self.keys(empty, table, known, problems);
                }
                (Some(_), _) => refuse(
                    "is a value",
                    format!("write [{typed}] on a line of its own, its keys below"),
                    problems,
                ),
                (None, _) => refuse(
                    "is no known setting",
                    did_you_mean(typed, keys::section_names().chain(["company"])),
                    problems,
                ),
            },
        }
    }

    fn keys(
        &self,
        mut section: Section,
        table: &DeTable<'_>,
        known: &'static [Key],
        problems: &mut Problems,
    ) -> Section {
        for (name, value) in table {
            let typed = name.get_ref().as_ref();
            let mut refuse = |offset: usize, what: String, remedy: String| {
                let setting = format!("{} {typed}", section.title);
                problems.push(Problem { place: self.place(offset), setting, what, remedy });
            };
            if typed == "client_secret" {
                refuse(
                    name.span().start,
                    "a secret does not belong into this file".into(),
                    "take the line out, and give the secret by the variable ETL104_CLIENT_SECRET \
                     (or another one, named by client_secret_env) or by client_secret_file"
                        .into(),
                );
                continue;
            }
            let Some((key, shape)) = known.iter().find(|(key, _)| *key == typed) else {
                refuse(
                    name.span().start,
                    "is no known setting".into(),
                    did_you_mean(typed, known.iter().map(|(key, _)| *key)),
                );
                continue;
            };
            match self.value(value, *shape) {
                Some(value_read) => {
                    let place = self.place(value.span().start);
                    section.values.insert(key, Given { value: value_read, place });
                }
                None => refuse(
                    value.span().start,
                    format!("is {}, not {}", kind(value.get_ref()), shape.noun()),
                    format!("write {}", shape.example(key)),
                ),
            }
        }
        section
    }

    fn value(&self, value: &Spanned<DeValue<'_>>, shape: Shape) -> Option<Value> {
        match (shape, value.get_ref()) {
            (Shape::Text | Shape::Date | Shape::Size, DeValue::String(text)) => {
                Some(Value::Text(text.to_string()))
            }
            (Shape::Date, DeValue::Datetime(date)) => Some(Value::Text(date.to_string())),
            (Shape::Size, DeValue::Integer(number)) => Some(Value::Text(number.to_string())),
            (Shape::Number, DeValue::Integer(number)) => {
                number.as_str().parse().ok().map(Value::Number)
            }
            (Shape::Number, DeValue::Float(number)) => {
                number.as_str().parse().ok().map(Value::Number)
            }
            (Shape::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Shape::Texts, DeValue::Array(items)) => items
                .iter()
                .map(|item| {
                    let text = item.get_ref().as_str()?.to_owned();
                    Some((text, self.place(item.span().start)))
                })
                .collect::<Option<_>>()
                .map(Value::Texts),
            _ => None,
        }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
