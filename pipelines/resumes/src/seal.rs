//! What makes a token unreadable to whoever has not the client secret.

use database::CredentialHash;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretString};

/// What the key is for; another scheme takes another label, and can't open what this one sealed.
const LABEL: &[u8] = b"etl104 shared access token v1";

/// AES-256-GCM with a key made of the client secret by HKDF-SHA256. A sealed token is a random
/// nonce, the ciphertext and its tag; the credential's hash is authenticated with it, so that it
/// opens in its own row alone.
pub(crate) struct Seal {
    key: LessSafeKey,
    credential: CredentialHash,
}

impl Seal {
    /// The seal of a credential.
    pub(crate) fn new(
        secret: &SecretString,
        credential: CredentialHash,
    ) -> Result<Self, Unspecified> {
        let made_of = Salt::new(HKDF_SHA256, &[]).extract(secret.expose_secret().as_bytes());
        let key = UnboundKey::from(made_of.expand(&[LABEL], &AES_256_GCM)?);
        Ok(Self { key: LessSafeKey::new(key), credential })
    }

    /// Seals a token; each time with another result.
    pub(crate) fn close(&self, token: &SecretString) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce)?;
        let mut bytes = token.expose_secret().as_bytes().to_vec();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce_used, Aad::from(self.credential), &mut bytes)?;
        Ok([&nonce[..], &bytes].concat())
    }

    /// Opens a sealed token; `None` if it was sealed with another secret, in another way, for
    /// another credential, or is damaged.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<SecretString> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let token = self.key.open_in_place(nonce, Aad::from(self.credential), &mut bytes).ok()?;
        Some(SecretString::from(std::str::from_utf8(token).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOi.known-token.x";

    fn seal(secret: &str, credential: u8) -> Seal {
        Seal::new(&secret.into(), [credential; 32]).unwrap()
    }

    #[test]
    fn the_same_secret_opens_what_it_sealed() {
        let sealed = seal("s3cret", 1).close(&TOKEN.into()).unwrap();
        let opened = seal("s3cret", 1).open(&sealed).unwrap();
        assert_eq!(opened.expose_secret(), TOKEN);
        let again = seal("s3cret", 1).close(&TOKEN.into()).unwrap();
        assert_ne!(sealed, again, "the nonce is new each time");
        let shown = String::from_utf8_lossy(&sealed);
        assert!(!shown.contains("known-token"), "{shown}");
    }

    #[test]
    fn what_cannot_be_opened_counts_as_none() {
        let sealed = seal("s3cret", 1).close(&TOKEN.into()).unwrap();
        assert!(seal("other", 1).open(&sealed).is_none(), "another secret");
        assert!(seal("s3cret", 2).open(&sealed).is_none(), "another credential's row");
        let mut damaged = sealed.clone();
        damaged[20] ^= 1;
        assert!(seal("s3cret", 1).open(&damaged).is_none());
        for length in [0, 5, NONCE_LEN, sealed.len() - 1] {
            assert!(seal("s3cret", 1).open(&sealed[..length]).is_none(), "cut to {length}");
        }
    }
}
