//! The record as a file: for its owner alone, and whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use probe::Record;

use super::unusable;
use crate::exit::Failure;

/// Reads what another probe wrote.
pub(super) fn read(path: &Path) -> Result<Record, Failure> {
    let bytes = std::fs::read(path).map_err(|error| {
        unusable(path, format!("can't be read: {error}"), "name a file that `probe --out` wrote")
    })?;
    let record: Record = serde_json::from_slice(&bytes).map_err(|error| {
        unusable(
            path,
            format!("is no record of a probe: {error}"),
            "name a file that `probe --out` wrote",
        )
    })?;
    if record.schema == 1 {
        return Ok(record);
    }
    let remedy = "compare with a file of this etl104, or take a newer one";
    Err(unusable(path, format!("has schema {}, and 1 is known", record.schema), remedy))
}

/// A file that is being written, under another name.
pub(super) struct Draft {
    file: File,
    part: PathBuf,
    path: PathBuf,
}

/// Begins a file, so that what can't be written is known at once.
pub(super) fn draft(path: &Path) -> Result<Draft, Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
    match opened {
        Ok(file) => Ok(Draft { file, part, path: path.to_owned() }),
        Err(error) => Err(unwritable(path, &error)),
    }
}

impl Draft {
    /// Writes the record and gives the file its name; what stood there is replaced.
    pub(super) fn finish(mut self, record: &Record) -> Result<(), Failure> {
        let written = serde_json::to_vec_pretty(record)
            .map_err(std::io::Error::other)
            .and_then(|json| self.file.write_all(&json))
            .and_then(|()| self.file.write_all(b"\n"))
            .and_then(|()| self.file.sync_all())
            .and_then(|()| std::fs::rename(&self.part, &self.path));
        written.map_err(|error| unwritable(&self.path, &error))
    }
}

impl Drop for Draft {
    /// A probe that failed leaves no draft; after a rename there is none.
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.part));
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    unusable(
        path,
        format!("can't be written: {error}"),
        "name a file in a folder that this user may write, by --out",
    )
}
