//! Values of arguments, from text.

use std::ops::RangeInclusive;

use simulator::Credential;

/// `5` or `2-8`.
pub(crate) fn range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let number =
        |part: &str| part.trim().parse::<u64>().map_err(|error| format!("{part:?}: {error}"));
    let (from, to) = (number(from)?, number(to)?);
    if from > to { Err(format!("{from} is more than {to}")) } else { Ok(from..=to) }
}

/// A share of people or listings.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("must be from 0 to 1".into()) }
}

/// `id:secret:company[,company…]`.
pub(crate) fn credential(text: &str) -> Result<Credential, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let [id, secret, companies] = parts[..] else { return Err("must be id:secret:company".into()) };
    let companies: Vec<String> = companies.split(',').map(ToOwned::to_owned).collect();
    match companies.iter().find(|it| it.len() != 8 || !it.bytes().all(|byte| byte.is_ascii_digit()))
    {
        Some(wrong) => Err(format!("a company number has 8 digits, not {wrong:?}")),
        None => Ok(Credential { client_id: id.into(), client_secret: secret.into(), companies }),
    }
}
