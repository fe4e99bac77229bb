//! `migrate`: the database brought up to date.

use clap::Args;
use database::{Roles, Step};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;

/// What an operator should know of some migrations, a section each.
const UPGRADING: &str = include_str!("../../../../docs/upgrading.md");

/// Bring the database up to date
///
/// Brings the database up to date: makes the tables at first, adds what is new later. Forward
/// only; repeated calls do nothing; two at once wait for each other.
#[derive(Args)]
#[command(after_help = "\
The user of [database] url must own the schemas or may create them. Take a backup before a new
version's migration. While a run is at work nothing is migrated. Each migration is a transaction: one
that is interrupted leaves no trace, and the next call goes on with it. What an operator should know
of this step is printed with it; --dry-run says it beforehand.

It also makes the group roles etl104_analyst (the masked marts alone) and etl104_recruiter (people
too), and grants them what they may read. Without the right to make roles it goes on without them
and prints the statements for an administrator.

Exit codes: 0 up to date; 1 a migration failed; 2 settings, rights, or a database of a newer
version; 7 database unavailable, or a run is at work.")]
pub(crate) struct Migrate {
    /// Say which migrations are missing and what to know of them, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// What an operator should know of one migration.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Note {
    migration: i64,
    title: &'static str,
    text: &'static str,
}

/// Needs the database's settings alone.
pub(crate) async fn run(context: &Context, migrate: &Migrate) -> Result<u8, Failure> {
    let settings = context.given()?.database()?;
    let pool = database::connect(&settings).await?;
    if migrate.dry_run {
        print(context, migrate, &database::next_step(&pool).await?, None);
        return Ok(0);
    }
    let step = database::migrate(&pool).await?;
    let roles = database::grant_roles(&pool).await?;
    pool.close().await;
    print(context, migrate, &step, Some(&roles));
    Ok(0)
}

fn print(context: &Context, migrate: &Migrate, step: &Step, roles: Option<&Roles>) {
    let notes = notes(UPGRADING, step);
    let applied = if migrate.dry_run { 0 } else { step.migrations.len() };
    let for_administrator = match roles {
        Some(Roles::Missing { sql }) => Some(sql.as_str()),
        Some(Roles::Granted) | None => None,
    };
    if context.output.is_json() {
        context.output.json(&serde_json::json!({
            "schema": 1, "command": "migrate", "is_dry_run": migrate.dry_run, "applied": applied,
            "migrations": step.migrations, "notes": notes,
            "roles": roles.map(|_| if for_administrator.is_some() { "missing" } else { "granted" }),
            "for_administrator": for_administrator,
        }));
        return;
    }
    let count = match step.migrations.len() {
        0 => None,
        1 => Some("1 migration".to_owned()),
        many => Some(format!("{many} migrations")),
    };
    context.output.line(match (count, migrate.dry_run) {
        (None, _) => "the database is up to date".to_owned(),
        (Some(count), false) => format!("{count} applied"),
        (Some(count), true) => format!("{count} to apply: `etl104 migrate`"),
    });
    for Note { migration, title, text } in notes {
        context.output.line(format!("\n{migration:04}: {title}\n{text}"));
    }
    if let Some(sql) = for_administrator {
        context.output.line(format!(
            "\nThe group roles of analysts and recruiters are missing, and this user may not make them.\n\
             An administrator of the server runs, and then `etl104 migrate` grants them what they may read:\n\n{sql}"
        ));
    }
}

/// The notes that concern a step; none for a database that was empty.
fn notes(upgrading: &'static str, step: &Step) -> Vec<Note> {
    if step.is_first {
        return Vec::new();
    }
    let sections = upgrading.split("\n## ").skip(1).filter_map(note);
    sections.filter(|note| step.migrations.contains(&note.migration)).collect()
}

/// A section: `0061: Title`, an empty line, the text.
fn note(section: &'static str) -> Option<Note> {
    let (heading, text) = section.split_once('\n')?;
    let (migration, title) = heading.split_once(": ")?;
    Some(Note { migration: migration.parse().ok()?, title, text: text.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(migrations: &[i64], is_first: bool) -> Step {
        Step { migrations: migrations.to_vec(), is_first }
    }

    #[test]
    fn a_step_has_the_notes_of_its_migrations_alone() {
        let text =
            "# Upgrading\n\nGo.\n\n## 0002: Two\n\nMind it.\nTwice.\n\n## 0007: Seven\n\nEasy.\n";
        let two = Note { migration: 2, title: "Two", text: "Mind it.\nTwice." };
        assert_eq!(notes(text, &step(&[2, 3], false)), [two]);
        assert_eq!(notes(text, &step(&[2, 3, 7], false)).len(), 2);
        assert_eq!(notes(text, &step(&[3], false)), []);
        assert_eq!(
            notes(text, &step(&[1, 2, 3, 7], true)),
            [],
            "a new database has nothing to note"
        );
    }

    #[test]
    fn each_section_belongs_to_a_migration_that_there_is() {
        let sections = UPGRADING.split("\n## ").skip(1);
        for section in sections {
            let note =
                note(section).unwrap_or_else(|| panic!("it begins with no number: {section}"));
            let files = std::fs::read_dir("../../migrations").unwrap();
            let prefix = format!("{:04}_", note.migration);
            let is_there =
                |file: std::fs::DirEntry| file.file_name().to_string_lossy().starts_with(&prefix);
            assert!(files.flatten().any(is_there), "{section}");
            assert!(!note.title.is_empty() && !note.text.is_empty(), "{section}");
        }
    }
}
