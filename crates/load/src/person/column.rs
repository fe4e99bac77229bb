//! What type a column has, and when two values of it say the same.

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

    /// Whether two values are the same, as Postgres sends them: `jsonb` has its own order of fields, and its own form of
    /// numbers.
    pub(super) fn is_same(self, one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
        one == other
            || self == Self::Json
                && matches!((one, other), (Some(one), Some(other)) if is_same_json(one, other))
    }
}

fn is_same_json(one: &[u8], other: &[u8]) -> bool {
    let value = |sent: &[u8]| said_by_json(sent).map(with_plain_numbers);
    let (one, other) = (value(one), value(other));
    one.is_some() && one == other
}

/// What a value of `jsonb` says.
pub(super) fn said_by_json(sent: &[u8]) -> Option<Value> {
    let (_version, text) = sent.split_first()?;
    serde_json::from_slice(text).ok()
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
    fn json_that_postgres_shows_otherwise_is_the_same() {
        let far = format!("[0.00000015, 1{}]", "0".repeat(300));
        for (written, shown) in [
            (r#"{"b":[1,"x"],"a":null}"#, r#"{"a": null, "b": [1, "x"]}"#),
            (r#"{"a":1e2}"#, r#"{"a": 100}"#),
            ("[1.5e-7,1e300]", far.as_str()),
        ] {
            assert!(is_same(Type::Json, written, shown), "{written} {shown}");
        }
    }

    #[test]
    fn what_says_something_else_is_not() {
        for (kind, one, other) in [
            (Type::Text, r#"{"a":1}"#, r#"{"a": 1}"#),
            (Type::Text, "", " "),
            (Type::Json, "[1]", r#"["1"]"#),
            (Type::Json, "[1.5]", "[1.6]"),
            (Type::Json, "[", "]"),
        ] {
            assert!(!is_same(kind, one, other), "{one} {other}");
        }
        assert!(!Type::Json.is_same(None, Some(b"\x01[]")));
        assert!(!Type::Text.is_same(None, Some(b"")));
        assert!(Type::Text.is_same(None, None));
    }

    fn is_same(kind: Type, one: &str, other: &str) -> bool {
        let sent = |text: &str| format!("\x01{text}").into_bytes();
        kind.is_same(Some(&sent(one)), Some(&sent(other)))
    }
}
