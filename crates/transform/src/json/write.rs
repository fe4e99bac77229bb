//! A value as JSON text that Postgres accepts as `jsonb`.

use super::value::Value;

/// The value as JSON text. Its texts were made storable when they were read; a number beyond
/// what `jsonb` or a double can hold is written as a string.
pub(crate) fn to_jsonb_text(value: &Value<'_>) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// An object of members whose values are such text already.
pub(crate) fn to_jsonb_object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut out = String::from("{");
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(key, &mut out);
        out.push(':');
        out.push_str(&value);
    }
    out.push('}');
    out
}

fn write(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(literal) if is_safe(literal) => out.push_str(literal),
        Value::Number(text) | Value::String { text, .. } => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => {
                out.push_str("\\u00");
                out.extend([4, 0].map(|shift| {
                    char::from_digit((u32::from(char) >> shift) & 0xf, 16).unwrap_or('0')
                }));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Whether both a double and `numeric` hold the number: finite, and not lost below the smallest.
fn is_safe(literal: &str) -> bool {
    let mantissa = literal.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = !mantissa.contains(|char: char| matches!(char, '1'..='9'));
    let has_small_exponent = literal
        .split_once(['e', 'E'])
        .is_none_or(|(_, exponent)| exponent.parse::<i32>().is_ok_and(|exp| exp.abs() <= 300));
    literal.len() <= 300
        && has_small_exponent
        && literal
            .parse::<f64>()
            .is_ok_and(|number| number.is_finite() && (is_zero || number != 0.0))
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[test]
    fn what_jsonb_refuses_is_changed() {
        for (json, expected) in [
            (r#"{"b":[1,true,null],"a":"x"}"#, r#"{"a":"x","b":[1,true,null]}"#),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1e999", r#""1e999""#),
            ("-1E-999", r#""-1E-999""#),
            ("0e999999999999", r#""0e999999999999""#),
            ("0.0", "0.0"),
            (r#""\u0000\ud800\u0001\"\\\n""#, "\"\u{fffd}\u{fffd}\\u0001\\\"\\\\\\n\""),
        ] {
            let value = Value::from_tokens(&tokens(json).unwrap()).unwrap();
            assert_eq!(to_jsonb_text(&value), expected, "{json}");
        }
    }
}
