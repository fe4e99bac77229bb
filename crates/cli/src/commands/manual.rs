//! `manual`: man pages and shell completions, out of the same words as `--help`.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_complete::{Generator, Shell, generate};
use clap_mangen::Man;

use crate::arguments::{Arguments, VERSION};
use crate::context::Context;
use crate::exit::Failure;

/// Write man pages and shell completions
///
/// Writes a man page for each command, and completions for bash, zsh and fish, out of the same words
/// as --help. A release brings them; this is for who built etl104 by hand.
#[derive(Args)]
#[command(after_help = "\
Example:
  etl104 manual --to manual
  man -M manual etl104-run
  . manual/completions/etl104.bash

man1 belongs into a folder of your manpath such as /usr/local/share/man; completions/etl104.bash into
/usr/share/bash-completion/completions as etl104, completions/_etl104 into a folder of zsh's fpath,
completions/etl104.fish into ~/.config/fish/completions.

Exit codes: 0 written; 2 a folder that can't be written.")]
pub(crate) struct Manual {
    /// The folder; made if it is absent, files in it are replaced
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

/// Writes all of them.
pub(crate) fn run(context: &Context, manual: &Manual) -> Result<u8, Failure> {
    let files = files().map_err(|error| unwritable(&manual.to, &error))?;
    for (name, text) in files {
        let path = manual.to.join(name);
        write(&path, &text).map_err(|error| unwritable(&path, &error))?;
        if context.output.is_json() {
            context.output.json(&serde_json::json!({ "file": path }));
        } else {
            context.output.line(format!("wrote {}", path.display()));
        }
    }
    Ok(0)
}

/// The files with their names below the folder.
fn files() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut documented = Arguments::command().disable_help_subcommand(true);
    documented.build();
    pages(&documented, &mut files)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut script = Vec::new();
        generate(shell, &mut Arguments::command(), "etl104", &mut script);
        files.push((format!("completions/{}", shell.file_name("etl104")), script));
    }
    Ok(files)
}

/// The page of a command and those of its subcommands.
fn pages(command: &clap::Command, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let man = Man::new(command.clone()).source(format!("etl104 {VERSION}"));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if command.get_after_help().is_some() {
        // Examples and tables: their lines stay as they are.
        let mut notes = Vec::new();
        man.render_extra_section(&mut notes)?;
        let notes = String::from_utf8_lossy(&notes).replacen(".SH EXTRA\n", ".SH NOTES\n.nf\n", 1);
        page.extend_from_slice(notes.as_bytes());
        page.extend_from_slice(b".fi\n");
    }
    files.push((format!("man1/{}", man.get_filename()), page));
    command.get_subcommands().try_for_each(|command| pages(command, files))
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(path, text)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::asked(
        format!("{} can't be written: {error}", path.display()),
        "name a folder that this user may write, by --to",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_every_shell_its_script() {
        let files = files().unwrap();
        let page = |name: &str| {
            let found = files.iter().find(|(file, _)| file == name);
            String::from_utf8(found.unwrap_or_else(|| panic!("{name}")).1.clone()).unwrap()
        };
        for command in Arguments::command().get_subcommands() {
            let text = page(&format!("man1/etl104-{}.1", command.get_name()));
            assert!(text.contains(".SH DESCRIPTION"), "{text}");
        }
        // Examples stand line by line, each as it is typed.
        let run = page("man1/etl104-run.1");
        let notes = run.split_once(".SH NOTES\n.nf\n").unwrap_or_else(|| panic!("{run}")).1;
        assert!(
            notes.contains("\n  etl104 run \\-\\-max\\-calls 300     a first taste\n"),
            "{notes}"
        );
        assert!(page("man1/etl104-windows-list.1").contains("TH etl104-windows-list 1"));
        for script in ["etl104.bash", "_etl104", "etl104.fish"] {
            assert!(page(&format!("completions/{script}")).contains("reprocess"), "{script}");
        }
    }
}
