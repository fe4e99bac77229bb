//! Access tokens: who got which, and whether it still holds.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use super::answer::Reply;
use super::basic;
use super::call::Call;
use super::refusal::Refusal;
use crate::dice::Dice;
use crate::locked::locked;
use crate::options::{Credential, ExpiresIn, Options};

/// All tokens given out. Refused ones are kept, since their calls still count for their credential.
#[derive(Debug)]
pub(crate) struct Tokens {
    issued: Mutex<HashMap<String, Issued>>,
    dice: Mutex<Dice>,
}

#[derive(Debug)]
struct Issued {
    client_id: String,
    expires: Duration,
    is_revoked: bool,
}

impl Tokens {
    pub(crate) fn new(salt: u64) -> Self {
        Self { issued: Mutex::default(), dice: Mutex::new(Dice::of("access tokens", &[salt])) }
    }

    /// Whose token it is, whether or not it still holds.
    pub(super) fn owner(&self, token: &str) -> Option<String> {
        locked(&self.issued).get(token).map(|issued| issued.client_id.clone())
    }

    /// Whether a token holds at a time since the start.
    pub(super) fn holds(&self, token: &str, at: Duration) -> bool {
        locked(&self.issued)
            .get(token)
            .is_some_and(|issued| !issued.is_revoked && at < issued.expires)
    }

    /// Revokes all tokens of a credential, or of all of them.
    pub(crate) fn revoke(&self, client_id: Option<&str>) {
        for issued in locked(&self.issued).values_mut() {
            issued.is_revoked |= client_id.is_none_or(|client_id| client_id == issued.client_id);
        }
    }

    fn issue(&self, client_id: &str, expires: Duration) -> String {
        let token = {
            let mut dice = locked(&self.dice);
            format!("{:016x}{:016x}", dice.between(0, u64::MAX), dice.between(0, u64::MAX))
        };
        let issued = Issued { client_id: client_id.to_owned(), expires, is_revoked: false };
        locked(&self.issued).insert(token.clone(), issued);
        token
    }
}

/// Id and secret that a token call shows: in the header, else in the form.
pub(super) fn shown(call: &Call) -> Option<(String, String)> {
    if let Some(header) = &call.authorization {
        return basic::pair(header);
    }
    field(call, "client_id").zip(field(call, "client_secret"))
}

fn field(call: &Call, name: &str) -> Option<String> {
    call.form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// `POST /oauth2/token`.
pub(super) fn grant(
    call: &Call,
    options: &Options,
    tokens: &Tokens,
    at: Duration,
) -> Result<Reply, Refusal> {
    let bad = |error, description| Refusal::OAuth(400, error, description);
    if call.method != "POST" {
        return Err(Refusal::OAuth(405, "invalid_request", "the token endpoint takes POST"));
    }
    let kind = call.content_type.as_deref().unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(bad("invalid_request", "the body must be application/x-www-form-urlencoded"));
    }
    let unknown = Refusal::OAuth(401, "invalid_client", "client authentication failed");
    let Some((id, secret)) = shown(call) else { return Err(unknown) };
    let is_known = |known: &&Credential| known.client_id == id && known.client_secret == secret;
    let Some(credential) = options.credentials.iter().find(is_known) else { return Err(unknown) };
    match field(call, "grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(bad("unsupported_grant_type", "grant_type must be client_credentials"));
        }
        None => return Err(bad("invalid_request", "grant_type is missing")),
    }
    if field(call, "scope").as_deref() != Some("ehrweb_resume") {
        return Err(bad("invalid_scope", "scope must be ehrweb_resume"));
    }
    if options.new_token_revokes_old {
        tokens.revoke(Some(&credential.client_id));
    }
    let token = tokens.issue(&credential.client_id, at + options.token_lifetime);
    let mut body = json!({"access_token": token, "scope": "ehrweb_resume"});
    let seconds = options.token_lifetime.as_secs();
    match options.expires_in {
        ExpiresIn::Number => body["expires_in"] = seconds.into(),
        ExpiresIn::Text => body["expires_in"] = seconds.to_string().into(),
        ExpiresIn::Absent => {}
    }
    if let Some(token_type) = &options.token_type {
        body["token_type"] = token_type.as_str().into();
    }
    Ok(Reply::json(200, &body).with("Cache-Control", "no-store"))
}
