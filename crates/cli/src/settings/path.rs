//! Files that settings name.

use std::path::{Path, PathBuf};

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
        let marker = b"-----BEGIN CERTIFICATE-----";
        if pem.windows(marker.len()).any(|bytes| bytes == marker) {
            Ok((path, pem))
        } else {
            Err(wrong(
                format!("{} holds no certificate", path.display()),
                "name a PEM file, with lines such as -----BEGIN CERTIFICATE-----",
            ))
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Wrong {
    wrong(
        format!("{} can't be read: {error}", path.display()),
        "name a file that exists and that this user may read (relative paths start from the \
         folder of the settings file)",
    )
}
