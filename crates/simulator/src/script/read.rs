//! Scripts as text: TOML in a file, TOML or JSON over HTTP.

use serde::Deserialize;

use super::rule::Rule;

/// A script that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not TOML, or no rules.
    #[error("the script is no list of [[rule]] tables")]
    Toml(#[from] toml::de::Error),
    /// Not JSON, or no rules.
    #[error("the script is neither a rule nor a list of rules")]
    Json(#[from] serde_json::Error),
    /// A rule without consequence.
    #[error("rule {0} has no `then`")]
    Idle(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Rule>,
}

/// The rules of a TOML script.
pub(crate) fn from_toml(text: &str) -> Result<Vec<Rule>, ScriptError> {
    checked(toml::from_str::<File>(text)?.rule)
}

/// One rule, a list of rules, or `{"rule": […]}`.
pub(crate) fn from_json(text: &str) -> Result<Vec<Rule>, ScriptError> {
    let value: serde_json::Value = serde_json::from_str(text)?;
    checked(if value.is_array() {
        serde_json::from_value(value)?
    } else if value.get("rule").is_some() {
        serde_json::from_value::<File>(value)?.rule
    } else {
        vec![serde_json::from_value(value)?]
    })
}

fn checked(rules: Vec<Rule>) -> Result<Vec<Rule>, ScriptError> {
    match rules.iter().position(|rule| rule.then.0.is_empty()) {
        Some(idle) => Err(ScriptError::Idle(idle)),
        None => Ok(rules),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Endpoint;
    use crate::script::Action;

    #[test]
    fn toml_and_json_say_the_same() {
        let toml = r#"
            [[rule]]
            endpoint = "queryBatch"
            nth = 3
            then = { do = "throttle", retry_after = "2" }

            [[rule]]
            id = "1"
            then = [{ do = "delay", ms = 5 }, { do = "cut", after = 10 }]
        "#;
        let json = r#"[{"endpoint": "queryBatch", "nth": 3, "then": {"do": "throttle", "retry_after": "2"}},
            {"id": "1", "then": [{"do": "delay", "ms": 5}, {"do": "cut", "after": 10}]}]"#;
        let rules = from_toml(toml).unwrap();
        assert_eq!(rules, from_json(json).unwrap());
        let throttle = Action::Throttle { retry_after: Some("2".into()) };
        assert_eq!(rules[0], Rule::on(Endpoint::QueryBatch).nth(3).then(throttle));
        assert_eq!(
            rules[1],
            Rule::default().id("1").then(Action::Delay { ms: 5 }).then(Action::Cut { after: 10 })
        );
    }

    #[test]
    fn mistakes_are_told() {
        for script in [
            "[[rule]]\nendpoint = 'query'",
            "[[rule]]\nthne = { do = 'reverse' }",
            "[[rule]]\nthen = { do = 'x' }",
        ] {
            assert!(from_toml(script).is_err(), "{script}");
        }
        assert!(from_json("{\"then\": []}").is_err());
    }
}
