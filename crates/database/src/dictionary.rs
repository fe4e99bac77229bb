//! What the tables say of themselves: comments in two languages, columns, keys, references.
//!
//! Read from the catalogue alone, in an order of its own, so that two databases with the same
//! migrations give the same dictionary, whatever Postgres they run on.

mod found;
mod named;

use sqlx::{FromRow, PgPool};

use crate::{Error, statement};
use found::Found;

/// All schemas, each with what lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    /// The schemas.
    pub schemas: Vec<Schema>,
}

/// One schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub comment: Comment,
    /// Its tables and views, by name. Partitions are left out.
    pub relations: Vec<Relation>,
    /// Its functions, by name.
    pub functions: Vec<Function>,
}

/// The words of one comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comment {
    /// Its first line.
    pub english: String,
    /// The rest, Traditional Chinese.
    pub chinese: String,
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Where it is.
    pub name: Name,
    /// What it is.
    pub kind: RelationKind,
    /// What it is for, and what a row of it is.
    pub comment: Comment,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// The columns of its primary key, in order; of a materialized view those of its unique index.
    pub key: Vec<String>,
    /// Whose rows its columns name.
    pub references: Vec<Reference>,
}

/// A schema and the name of a table in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The schema.
    pub schema: String,
    /// The table or view.
    pub relation: String,
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// Rows.
    Table,
    /// A question.
    View,
    /// A question with its answer kept.
    MaterializedView,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Postgres spells it.
    pub data_type: String,
    /// Whether a row may leave it out; a view's columns never say.
    pub is_nullable: bool,
    /// What it holds.
    pub comment: Comment,
}

/// Columns that name a row of another table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Whose row.
    pub to: Name,
    /// The columns, in the order of that table's key.
    pub columns: Vec<String>,
    /// Whether a foreign key holds them to it (here or between the partitions of a company), or
    /// the name alone tells.
    pub is_held: bool,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its arguments, with their types.
    pub arguments: String,
    /// What it gives.
    pub result: String,
    /// What it does.
    #[sqlx(flatten)]
    pub comment: Comment,
}

impl Comment {
    /// The first line is English, the rest Chinese.
    fn of(text: Option<&str>) -> Self {
        let text = text.unwrap_or_default();
        let (english, chinese) = text.split_once('\n').unwrap_or((text, ""));
        Self { english: english.to_owned(), chinese: chinese.replace('\n', " ") }
    }
}

impl<'r> FromRow<'r, sqlx::postgres::PgRow> for Comment {
    fn from_row(row: &'r sqlx::postgres::PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self::of(sqlx::Row::try_get(row, "comment")?))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.relation)
    }
}

/// Reads what the tables say of themselves.
///
/// # Errors
/// If the database can't be read.
pub async fn dictionary(pool: &PgPool) -> Result<Dictionary, Error> {
    let found = statement(pool, "reading the tables' dictionary", || Found::read(pool)).await?;
    Ok(found.put_together())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_english_then_chinese() {
        let comment = Comment::of(Some("A run.\n一次執行。"));
        assert_eq!((&*comment.english, &*comment.chinese), ("A run.", "一次執行。"));
        assert_eq!(Comment::of(None), Comment::default());
    }
}
