//! What type a column has, and when two texts of it say the same.

use std::borrow::Cow;

use serde_json::Value;

/// The type of a column, as far as it matters when a value is read or compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Array,
    Json,
    Boolean,
    SmallInt,
    Integer,
    BigInt,
    Date,
    Moment,
    Bytes,
    Uuid,
}

impl Type {
    /// Columns of one name have one type, in all tables.
    pub(super) fn of(column: &str) -> Self {
        match column {
            "_etl_notes" | "unknown_fields" | "before" | "after" => Self::Json,
            "personal_pages" | "changed_fields" | "work_cities" | "work_districts" | "content" => {
                Self::Array
            }
            "valid_from" | "valid_to" | "valid_after" => Self::Moment,
            "birthday" => Self::Date,
            "sha256" | "_etl_fingerprint" => Self::Bytes,
            "_etl_run_id" => Self::Uuid,
            "resume_id" => Self::Text,
            "size_bytes" | "wage" | "wage_min" | "wage_max" | "wage_year" | "wage_monthly_min"
            | "wage_monthly_max" => Self::BigInt,
            "item_no"
            | "origin_item_no"
            | "version_no"
            | "start_notice_days"
            | "seniority_years_min"
            | "seniority_years_max"
            | "_etl_transform_version" => Self::Integer,
            _ if column.starts_with("is_") || column.starts_with("has_") => Self::Boolean,
            _ if column.ends_with("_at") => Self::Moment,
            _ if column.ends_with("_on") => Self::Date,
            _ if column.ends_with("_count") => Self::Integer,
            _ if column.ends_with("_id") => Self::BigInt,
            _ if column.ends_with("_rank") => Self::SmallInt,
            _ => Self::Text,
        }
    }

    /// As SQL names it.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Array => "text[]",
            Self::Json => "jsonb",
            Self::Boolean => "boolean",
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
            Self::Date => "date",
            Self::Moment => "timestamp with time zone",
            Self::Bytes => "bytea",
            Self::Uuid => "uuid",
        }
    }

    /// Whether two values are the same: Postgres shows some types otherwise than they were written.
    pub(super) fn is_same(self, one: Option<&str>, other: Option<&str>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => {
                one == other || self.canonical(one) == self.canonical(other)
            }
            (one, other) => one == other,
        }
    }

    /// One text for all that say the same.
    pub(super) fn canonical(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Boolean => match text {
                "true" => "t".into(),
                "false" => "f".into(),
                _ => text.into(),
            },
            Self::Moment => match text.strip_suffix('Z') {
                Some(utc) => format!("{}+00", utc.replace('T', " ")).into(),
                None => text.into(),
            },
            Self::Array => match elements(text) {
                Some(elements) => format!("{elements:?}").into(),
                None => text.into(),
            },
            Self::Json => match serde_json::from_str(text) {
                Ok(value) => with_plain_numbers(value).to_string().into(),
                Err(_) => text.into(),
            },
            Self::Text
            | Self::SmallInt
            | Self::Integer
            | Self::BigInt
            | Self::Date
            | Self::Bytes
            | Self::Uuid => text.into(),
        }
    }
}

/// The elements of an array of texts, each as it is said: in quotes only if need be, or always. `None` stands for a
/// null among them.
fn elements(text: &str) -> Option<Vec<Option<String>>> {
    let mut rest = text.strip_prefix('{')?.strip_suffix('}')?.chars();
    let mut elements = Vec::new();
    if rest.as_str().is_empty() {
        return Some(elements);
    }
    loop {
        let (mut element, mut is_quoted, mut is_within, mut is_last) =
            (String::new(), false, false, true);
        while let Some(letter) = rest.next() {
            match letter {
                '\\' => element.extend(rest.next()),
                '"' => {
                    is_quoted = true;
                    is_within = !is_within;
                }
                ',' if !is_within => {
                    is_last = false;
                    break;
                }
                letter => element.push(letter),
            }
        }
        elements.push((is_quoted || element != "NULL").then_some(element));
        if is_last {
            return Some(elements);
        }
    }
}

/// `1e2`, `100.0` and `100` are one number to Postgres as far as it is asked here.
fn with_plain_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            number.as_f64().map_or(Value::Number(number), plain)
        }
        Value::Array(items) => items.into_iter().map(with_plain_numbers).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, with_plain_numbers(value))).collect()
        }
        other => other,
    }
}

/// Whole numbers that a float holds exactly, as whole numbers; others to fifteen digits, since the last may differ by how
/// the same number was written.
fn plain(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and far from the bounds")]
    if number.fract() == 0.0 && number.abs() < EXACT {
        Value::from(number as i64)
    } else {
        Value::from(format!("{number:.14e}").parse::<f64>().unwrap_or(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_shows_otherwise_is_the_same() {
        for (kind, written, shown) in [
            (Type::Boolean, "true", "t"),
            (Type::Moment, "2026-11-01T01:00:00Z", "2026-11-01 01:00:00+00"),
            (Type::Moment, "2026-11-01T01:00:00.5Z", "2026-11-01 01:00:00.5+00"),
            (Type::Array, r#"{"a","b c","d\"\\"}"#, r#"{a,"b c","d\"\\"}"#),
            (Type::Array, "{\"\",\"甲,乙\"}", "{\"\",\"甲,乙\"}"),
            (Type::Json, r#"{"b":[1,"x"],"a":null}"#, r#"{"a": null, "b": [1, "x"]}"#),
            (Type::Json, r#"{"a":1e2}"#, r#"{"a": 100}"#),
            (Type::Json, "[1.5e-7,1e300]", &format!("[0.00000015, 1{}]", "0".repeat(300))),
        ] {
            assert!(kind.is_same(Some(written), Some(shown)), "{written} {shown}");
        }
    }

    #[test]
    fn what_says_something_else_is_not() {
        for (kind, one, other) in [
            (Type::Text, Some("true"), Some("t")),
            (Type::Text, None, Some("")),
            (Type::Boolean, Some("true"), Some("f")),
            (Type::Moment, Some("2026-11-01T01:00:00Z"), Some("2026-11-01 01:00:01+00")),
            (Type::Array, Some(r#"{"a","b"}"#), Some(r#"{"a,b"}"#)),
            (Type::Array, Some(r#"{"NULL"}"#), Some("{NULL}")),
            (Type::Array, Some(r"{}"), Some(r#"{""}"#)),
            (Type::Json, Some("[1]"), Some(r#"["1"]"#)),
            (Type::Json, Some("[1.5]"), Some("[1.6]")),
        ] {
            assert!(!kind.is_same(one, other), "{one:?} {other:?}");
        }
    }
}
