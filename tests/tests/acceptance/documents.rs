//! The documents that follow from the tables and from the simulated people: dictionary, pictures, answers.
//!
//! After a change of either, `make docs` writes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use acceptance::{Etl104, Settings, TestDatabase, workspace};

use crate::questions;

/// The documents by their names in `docs`.
type Documents = BTreeMap<String, String>;

fn docs() -> PathBuf {
    workspace::root().join("docs")
}

/// What `schema docs` says of the tables.
async fn dictionary() -> Documents {
    let database = TestDatabase::create().await;
    let etl104 = Etl104::new(&Settings::new(&database));
    let to = tempfile::tempdir().unwrap();
    drop(etl104.run(&["schema", "docs", "--to", to.path().to_str().unwrap()]).await.exits(0));
    documents(to.path(), |_| true)
}

fn documents(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Documents {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// Whether `schema docs` writes a file of this name.
fn is_of_dictionary(name: &str) -> bool {
    name == "dictionary.md" || name.starts_with("schema-")
}

#[tokio::test]
async fn the_dictionary_and_the_pictures_are_those_of_the_tables() {
    let (new, kept) = (dictionary().await, documents(&docs(), is_of_dictionary));
    for name in new.keys().chain(kept.keys()) {
        assert!(
            new.get(name) == kept.get(name),
            "docs/{name} is stale: `make docs` writes it anew"
        );
    }
    assert!(new.contains_key("schema-recruiting.svg"), "there is a picture");
}

#[tokio::test]
async fn what_a_dictionary_lacks_or_where_it_can_not_go_is_said() {
    let database = TestDatabase::empty().await;
    let etl104 = Etl104::new(&Settings::new(&database));
    let to = tempfile::tempdir().unwrap();
    let folder = to.path().join("docs");
    let docs = ["schema", "docs", "--to", folder.to_str().unwrap()];
    drop(etl104.run(&docs).await.exits(2));
    assert!(!folder.exists(), "there are no tables yet");

    drop(etl104.run(&["migrate"]).await.exits(0));
    let said = etl104.run(&docs).await.exits(0);
    assert!(said.stderr.contains("no company was fetched yet"), "{}", said.stderr);
    assert_eq!(said.stdout.matches("wrote ").count(), documents(&folder, |_| true).len());
    let picture = std::fs::read_to_string(folder.join("schema-recruiting.svg")).unwrap();
    assert!(picture.contains(">candidate<") && !picture.contains("foreign key"));

    let file = folder.join("dictionary.md");
    let refused = etl104.run(&["schema", "docs", "--to", file.to_str().unwrap()]).await.exits(2);
    assert!(refused.stderr.contains("--to"), "{}", refused.stderr);
}

#[tokio::test]
async fn the_questions_have_the_answers_that_are_printed() {
    let printed = std::fs::read_to_string(docs().join("questions.md")).unwrap();
    let scene = questions::warehouse().await;
    let answered = questions::answered(&printed, &scene.database).await;
    let is_stale = |(old, new): &(&str, &str)| old != new;
    if let Some((old, new)) = printed.split("\n## ").zip(answered.split("\n## ")).find(is_stale) {
        panic!(
            "docs/questions.md is stale: `make docs` writes it anew.\n\n## {old}\n\nIt is now:\n\n## {new}"
        );
    }
    assert_eq!(printed.matches("\n```sql\n").count(), 10, "ten questions");
}

#[tokio::test]
#[ignore = "writes docs/: `make docs`"]
async fn the_documents_are_written_anew() {
    for (name, _) in documents(&docs(), is_of_dictionary) {
        std::fs::remove_file(docs().join(name)).unwrap();
    }
    for (name, text) in dictionary().await {
        std::fs::write(docs().join(name), text).unwrap();
    }
    let path = docs().join("questions.md");
    let printed = std::fs::read_to_string(&path).unwrap();
    let scene = questions::warehouse().await;
    std::fs::write(&path, questions::answered(&printed, &scene.database).await).unwrap();
}
