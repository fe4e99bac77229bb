//! `init`: a commented settings file to fill in.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::context::Context;
use crate::exit::Failure;
use crate::settings::DEFAULT_FILE;

/// All settings with their defaults, each with a comment.
const SETTINGS: &str = include_str!("init/etl104.toml");
/// The variables that hold secrets.
const VARIABLES: &str = include_str!("init/env.example");

/// Write a commented etl104.toml and .env.example
///
/// Overwrites neither without --force. Fill them in, then `etl104 check --offline`.
#[derive(Args)]
#[command(after_help = "\
Example:
  etl104 init --dir /etc/etl104
  cd /etc/etl104 && cp .env.example .env && chmod 600 .env
  (fill in etl104.toml and .env)
  set -a; . ./.env; set +a
  etl104 check --offline

Exit codes: 0 written; 2 a file is there already, or the folder can't be written.")]
pub(crate) struct Init {
    /// Where to write them
    #[arg(long, default_value = ".", value_name = "FOLDER")]
    dir: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    force: bool,
}

/// Writes both files or none.
pub(crate) fn run(context: &Context, init: &Init) -> Result<u8, Failure> {
    std::fs::create_dir_all(&init.dir).map_err(|error| unwritable(&init.dir, &error))?;
    let files =
        [(init.dir.join(DEFAULT_FILE), SETTINGS), (init.dir.join(".env.example"), VARIABLES)];
    if !init.force
        && let Some((path, _)) = files.iter().find(|(path, _)| path.exists())
    {
        return Err(exists(path));
    }
    for (path, text) in &files {
        write(path, text, init.force)?;
        context.output.line(format!("wrote {}", path.display()));
    }
    context.output.talk(
        "next: fill in etl104.toml, copy .env.example to .env with the secret in it, then\n\
         \x20 set -a; . ./.env; set +a\n\
         \x20 etl104 check --offline",
    );
    Ok(0)
}

fn write(path: &Path, text: &str, is_forced: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if is_forced {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => unwritable(path, &error),
    })
}

fn exists(path: &Path) -> Failure {
    Failure::asked(
        format!("{} is there already", path.display()),
        "keep it, write elsewhere by --dir, or overwrite it by --force",
    )
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::asked(
        format!("{} can't be written: {error}", path.display()),
        "name a folder that this user may write, by --dir",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::template_keys;

    #[test]
    fn the_template_shows_every_setting() {
        for key in template_keys() {
            let is_shown = SETTINGS.lines().any(|line| {
                line.trim_start_matches("# ")
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with(" = "))
            });
            assert!(is_shown, "{key}");
        }
    }
}
