//! How a connection to Postgres is protected: never less than the settings say, and beyond this machine
//! never in the clear unless they say so.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::{Error, Settings};

/// What to connect with.
///
/// Where neither the URL nor `PGSSLMODE` names a mode, the certificate is verified (`verify-full`)
/// beyond this machine, or where a certificate authority is given. With one given, a mode that only
/// encrypts verifies too, as that of libpq does.
pub(crate) fn protected(settings: &Settings) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(&settings.url).map_err(Error::Url)?;
    let options = match &settings.ca_file {
        Some(ca_file) => options.ssl_root_cert(ca_file),
        None => options,
    };
    let mode = mode(&options, settings)?;
    Ok(options.ssl_mode(mode))
}

fn mode(options: &PgConnectOptions, settings: &Settings) -> Result<PgSslMode, Error> {
    let is_exposed = !is_of_this_machine(options) && !settings.may_be_plain;
    let has_authority = settings.ca_file.is_some();
    Ok(match options.get_ssl_mode() {
        PgSslMode::VerifyFull => PgSslMode::VerifyFull,
        PgSslMode::VerifyCa => PgSslMode::VerifyCa,
        PgSslMode::Require if has_authority => PgSslMode::VerifyCa,
        PgSslMode::Require => PgSslMode::Require,
        // What the driver takes where nobody says anything.
        PgSslMode::Prefer if has_authority || is_exposed && !says_prefer(&settings.url) => {
            PgSslMode::VerifyFull
        }
        PgSslMode::Prefer | PgSslMode::Allow | PgSslMode::Disable if is_exposed => {
            return Err(Error::InTheClear { host: options.get_host().to_owned() });
        }
        other => other,
    })
}

/// A mode that may fall back to plain text stands in the URL.
fn says_prefer(url: &str) -> bool {
    let (_, query) = url.split_once('?').unwrap_or_default();
    query.split('&').any(|pair| matches!(pair, "sslmode=prefer" | "ssl-mode=prefer"))
}

fn is_of_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some() || host.starts_with('/') || network::is_local(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mode of a URL, with and without an authority; `None` if it is refused.
    #[track_caller]
    fn check(url: &str, alone: Option<PgSslMode>, with_authority: Option<PgSslMode>) {
        let settings = Settings::new(url.to_owned());
        let authority = Settings { ca_file: Some("ca.pem".into()), ..settings.clone() };
        for (settings, expected) in [(settings, alone), (authority, with_authority)] {
            let mode = protected(&settings).map(|options| options.get_ssl_mode());
            assert_eq!(format!("{:?}", mode.ok()), format!("{expected:?}"), "{url}");
        }
    }

    #[test]
    fn beyond_this_machine_nothing_is_in_the_clear() {
        use PgSslMode::{Disable, Prefer, Require, VerifyCa, VerifyFull};
        for far in
            ["postgres://db.example/w", "postgres://10.0.0.7/w", "postgres://etl104@[fd00::7]/w"]
        {
            check(far, Some(VerifyFull), Some(VerifyFull));
            check(&format!("{far}?sslmode=require"), Some(Require), Some(VerifyCa));
            check(&format!("{far}?sslmode=verify-ca"), Some(VerifyCa), Some(VerifyCa));
            check(&format!("{far}?sslmode=disable"), None, None);
            check(&format!("{far}?sslmode=allow"), None, None);
            check(&format!("{far}?sslmode=prefer"), None, Some(VerifyFull));
        }
        for near in ["postgres://127.0.0.1/w", "postgres://localhost/w", "postgres:///w?host=/run"]
        {
            check(near, Some(Prefer), Some(VerifyFull));
        }
        check("postgres://127.0.0.1/w?sslmode=disable", Some(Disable), Some(Disable));
    }

    #[test]
    fn a_trusted_network_is_said_and_not_guessed() {
        for (query, mode) in [("", "Prefer"), ("?sslmode=disable", "Disable")] {
            let settings = Settings::new(format!("postgres://db.example/w{query}"));
            let settings = Settings { may_be_plain: true, ..settings };
            let options = protected(&settings).unwrap();
            assert_eq!(format!("{:?}", options.get_ssl_mode()), mode);
        }
    }
}
