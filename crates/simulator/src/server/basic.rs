//! HTTP Basic: id and secret in one header.

/// The pair of an `Authorization: Basic …` header.
pub(super) fn pair(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(decode(encoded.trim())?).ok()?;
    let (id, secret) = text.split_once(':')?;
    // RFC 6749, section 2.3.1: both are form-encoded before.
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("v={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

/// Base64 of the standard alphabet, padding optional.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn a_pair_is_read_and_nonsense_is_not() {
        let demo = Some(("demo-client".to_owned(), "demo-secret".to_owned()));
        assert_eq!(pair("Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ="), demo);
        assert_eq!(pair("basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ"), demo);
        for nonsense in ["Basic", "Basic !", "Bearer abc", "Basic ZGVtbw=="] {
            assert_eq!(pair(nonsense), None, "{nonsense}");
        }
    }
}
