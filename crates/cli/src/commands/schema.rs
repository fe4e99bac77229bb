//! `schema`: what the tables say of themselves, as a dictionary and as pictures.

mod markdown;
mod picture;
mod plan;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use database::Dictionary;

use crate::context::Context;
use crate::exit::Failure;

/// The tables explained: docs
///
/// What the tables and views say of themselves, read from the database's catalogue: what stands
/// there, not what was planned.
#[derive(Args)]
#[command(after_help = "\
Example:
  etl104 schema docs --to docs      docs/dictionary.md, docs/schema-recruiting.svg, …

The same tables give the same files, on any Postgres; tables and comments of your own in these
schemas are in them. No data of people is read.

Exit codes: 0 written; 2 settings, tables that are out of date, or a folder that can't be written;
7 database unavailable.")]
pub(crate) struct Schema {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the data dictionary and an entity-relation picture a schema
    Docs {
        /// The folder; made if it is absent, files in it are replaced
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
}

/// Reads the catalogue and writes what it says.
pub(crate) async fn run(context: &Context, schema: &Schema) -> Result<u8, Failure> {
    let Command::Docs { to } = &schema.command;
    let pool = context.database().await?;
    let dictionary = database::dictionary(&pool).await?;
    pool.close().await;
    if lacks_company(&dictionary) {
        context.output.talk(
            "no company was fetched yet: the foreign keys of recruiting come with its first run, \
             and are missing here",
        );
    }
    std::fs::create_dir_all(to).map_err(|error| unwritable(to, &error))?;
    for (name, text) in files(&dictionary) {
        let path = to.join(name);
        std::fs::write(&path, text).map_err(|error| unwritable(&path, &error))?;
        if context.output.is_json() {
            context.output.json(&serde_json::json!({ "wrote": path }));
        } else {
            context.output.line(format!("wrote {}", path.display()));
        }
    }
    Ok(0)
}

/// All files, each with its name.
fn files(dictionary: &Dictionary) -> Vec<(String, String)> {
    let drawn = dictionary.schemas.iter().filter(|schema| !schema.relations.is_empty());
    let pictures = drawn.map(|schema| (picture_name(&schema.name), picture::draw(schema)));
    let words = ("dictionary.md".to_owned(), markdown::write(dictionary));
    std::iter::once(words).chain(pictures).collect()
}

/// The file that shows a schema.
fn picture_name(schema: &str) -> String {
    format!("schema-{schema}.svg")
}

/// Foreign keys of `recruiting` stand between the partitions of a company alone.
fn lacks_company(dictionary: &Dictionary) -> bool {
    dictionary.schemas.iter().any(|schema| {
        let mut references = schema.relations.iter().flat_map(|relation| &relation.references);
        schema.name == "recruiting" && !references.any(|reference| reference.is_held)
    })
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::asked(
        format!("{} can't be written: {error}", path.display()),
        "name a folder that this user may write, by --to",
    )
}
