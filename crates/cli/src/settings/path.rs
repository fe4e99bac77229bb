//! Files that settings name.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::problem::{Wrong, wrong};

/// The folder that relative paths start from: the settings file's own, so that a run under cron
/// finds the same files as one by hand.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder of a settings file.
    pub(crate) fn of(file: &Path) -> Self {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        Self(folder.unwrap_or(Path::new(".")).to_owned())
    }

    /// The path as seen from the working directory.
    pub(crate) fn resolve(&self, path: &str) -> PathBuf {
        let path = Path::new(path);
        if path.is_absolute() || self.0 == Path::new(".") {
            path.to_owned()
        } else {
            self.0.join(path)
        }
    }

    /// Reads a file that holds one secret or one URL; the newline at its end is not part of it.
    pub(crate) fn read_line(&self, path: &str) -> Result<String, Wrong> {
        let path = self.resolve(path);
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let line = text.trim_end_matches(['\n', '\r']);
        if line.trim().is_empty() {
            return Err(wrong(
                format!("{} is empty", path.display()),
                "write the value into it, on one line",
            ));
        }
        if line.contains('\n') {
            return Err(wrong(
                format!("{} has more than one line", path.display()),
                "leave only the value in it, on one line",
            ));
        }
        Ok(line.to_owned())
    }

    /// Reads certificates (PEM).
    pub(crate) fn read_certificates(&self, path: &str) -> Result<(PathBuf, Vec<u8>), Wrong> {
        let path = self.resolve(path);
        let pem = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        check_certificates(&pem).map_err(|Wrong { what, remedy }| {
            wrong(format!("{} {what}", path.display()), remedy)
        })?;
        Ok((path, pem))
    }
}

/// At least one certificate, and none that can't be read: one left out would be missed only later.
fn check_certificates(pem: &[u8]) -> Result<(), Wrong> {
    let mut trusted = RootCertStore::empty();
    for (position, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
        let is_good = certificate.is_ok_and(|certificate| trusted.add(certificate).is_ok());
        if !is_good {
            return Err(wrong(
                format!("holds a certificate that can't be read, the {}. in it", position + 1),
                "export it anew as PEM (Base64), and whole",
            ));
        }
    }
    if !trusted.is_empty() {
        return Ok(());
    }
    // A certificate as it travels: a sequence with a length of two bytes.
    if pem.starts_with(&[0x30, 0x82]) {
        return Err(wrong(
            "holds a certificate in binary form (DER)",
            "convert it: openssl x509 -inform der -in FILE -out company-ca.pem, and name that file",
        ));
    }
    Err(wrong(
        "holds no certificate",
        "name a PEM file, with lines such as -----BEGIN CERTIFICATE-----",
    ))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Wrong {
    wrong(
        format!("{} can't be read: {error}", path.display()),
        "name a file that exists and that this user may read (relative paths start from the \
         folder of the settings file)",
    )
}
