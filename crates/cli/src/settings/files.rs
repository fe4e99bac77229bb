//! `[files]`: which files to fetch.

use model::resume::FileRole;
use resumes::settings::Files;

use super::amount::duration;
use super::keys::did_you_mean;
use super::problem::{Problems, Wrong, wrong};
use super::section::Section;

/// Reads the section; what does not stand there has `resumes`' defaults.
pub(crate) fn read(section: &Section, problems: &mut Problems) -> Files {
    let default = Files::default();
    Files {
        kinds: section.read_list("kinds", problems, kind).unwrap_or(default.kinds),
        refetch_for_new_window: section
            .read("refetch", problems, refetch)
            .unwrap_or(default.refetch_for_new_window),
        at_once: section.read_count("at_once", problems, 1..=32).unwrap_or(default.at_once),
        token_max_age: section
            .read("token_max_age", problems, duration)
            .unwrap_or(default.token_max_age),
    }
}

fn kind(text: &str) -> Result<FileRole, Wrong> {
    FileRole::from_name(text).ok_or_else(|| {
        wrong(
            format!("{text:?} is no kind of file"),
            did_you_mean(text, FileRole::ALL.iter().map(|role| role.as_str())),
        )
    })
}

fn refetch(text: &str) -> Result<bool, Wrong> {
    match text {
        "new_window" => Ok(true),
        "never" => Ok(false),
        _ => Err(wrong(
            format!("{text:?} is none of new_window, never"),
            "write \"new_window\", or \"never\" to fetch each file once",
        )),
    }
}
