//! The environment's overrides, laid over the file's values.

use super::document::Document;
use super::environment::Environment;
use super::keys::{self, Shape, did_you_mean};
use super::problem::{Place, Problem, Problems};
use super::section::{Given, Value};

/// Lays `ETL104_<SECTION>__<KEY>` over the file's values.
pub(super) fn overlay(environment: &Environment, document: &mut Document, problems: &mut Problems) {
    for (variable, text) in environment.starting_with("ETL104_") {
        let Some((section, key)) =
            variable.strip_prefix("ETL104_").and_then(|rest| rest.split_once("__"))
        else {
            continue;
        };
        let mut refuse = |setting: String, what: String, remedy: String| {
            let place = Place::Variable(variable.to_owned());
            problems.push(Problem { place, setting, what, remedy });
        };
        let (section, key) = (section.to_lowercase(), key.to_lowercase());
        let Some(target) = document.sections.get_mut(section.as_str()) else {
            refuse(
                String::new(),
                "names no section".into(),
                did_you_mean(&section, keys::section_names()),
            );
            continue;
        };
        let known = keys::of_section(&section).unwrap_or_default();
        let Some((name, shape)) = known.iter().find(|(name, _)| *name == key) else {
            let variables: Vec<String> = known
                .iter()
                .map(|(name, _)| format!("ETL104_{section}__{name}").to_uppercase())
                .collect();
            refuse(
                String::new(),
                "names no known setting".into(),
                did_you_mean(variable, variables.iter().map(String::as_str)),
            );
            continue;
        };
        let place = Place::Variable(variable.to_owned());
        let value = match shape {
            Shape::Text | Shape::Date | Shape::Size => Some(Value::Text(text.to_owned())),
            Shape::Number => text.trim().parse().ok().map(Value::Number),
            Shape::Flag => text.trim().parse().ok().map(Value::Flag),
            Shape::Texts => Some(Value::Texts(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| (item.to_owned(), place.clone()))
                    .collect(),
            )),
        };
        match value {
            Some(value) => {
                target.values.insert(name, Given { value, place });
            }
            None => refuse(
                format!("[{section}] {name}"),
                format!("is not {}", shape.noun()),
                format!("write {}", shape.example(name)),
            ),
        }
    }
}
