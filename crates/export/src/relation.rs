//! A table's columns as the catalogue has them, and the statement that reads it.

use sqlx::PgConnection;

use crate::error::{Error, during};
use crate::name::Name;
use crate::value::Kind;

/// A table or view, with its columns.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its name.
    pub name: Name,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// What it is, in the catalogue's words.
    pub comment: Option<String>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it is never null. Of a view's columns Postgres does not say.
    pub is_required: bool,
    /// What it means, in the catalogue's words.
    pub comment: Option<String>,
    /// How it is selected, so that it comes as its kind.
    expression: String,
}

impl Column {
    /// A column that a table does not need to have.
    pub fn of(name: &str, kind: Kind) -> Self {
        let (name, expression) = (name.to_owned(), identifier(name));
        Self { name, kind, is_required: false, comment: None, expression }
    }
}

impl Relation {
    /// Whether its rows can be told apart by company.
    pub fn has_companies(&self) -> bool {
        self.columns.iter().any(|column| column.name == "company_no")
    }

    /// The statement that sends its rows; of these companies alone if any is named.
    pub(crate) fn copy(&self, companies: &[&str]) -> String {
        let selected: Vec<&str> =
            self.columns.iter().map(|column| column.expression.as_str()).collect();
        let from =
            format!("{}.{}", identifier(self.name.schema()), identifier(self.name.relation()));
        let companies: Vec<String> = companies.iter().map(|company| literal(company)).collect();
        let only = if companies.is_empty() {
            String::new()
        } else {
            format!(" where company_no in ({})", companies.join(", "))
        };
        let selected = selected.join(", ");
        format!("copy (select {selected} from {from}{only}) to stdout (format binary)")
    }
}

type Found = (String, String, i32, bool, Option<String>);

/// Reads a table's columns.
pub async fn relation(conn: &mut PgConnection, name: &Name) -> Result<Relation, Error> {
    let columns: Vec<Found> = sqlx::query_as(
        "select attname::text, typname::text, atttypmod, attnotnull, col_description(attrelid, attnum)
         from pg_attribute
         join pg_class on pg_class.oid = attrelid join pg_type on pg_type.oid = atttypid
         where relnamespace = to_regnamespace(quote_ident($1)) and relname = $2
           and attnum > 0 and not attisdropped
         order by attnum",
    )
    .bind(name.schema())
    .bind(name.relation())
    .fetch_all(&mut *conn)
    .await
    .map_err(during("read a table's columns"))?;
    let comment = sqlx::query_scalar(
        "select obj_description(pg_class.oid, 'pg_class') from pg_class
         where relnamespace = to_regnamespace(quote_ident($1)) and relname = $2",
    )
    .bind(name.schema())
    .bind(name.relation())
    .fetch_one(conn)
    .await
    .map_err(during("read a table's comment"))?;
    let columns = columns.into_iter().map(column).collect();
    Ok(Relation { name: name.clone(), columns, comment })
}

fn column((name, type_name, modifier, is_required, comment): Found) -> Column {
    let (kind, cast) = Kind::of(&type_name, modifier);
    let expression = cast.replace('$', &identifier(&name));
    Column { name, kind, is_required, comment, expression }
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_casts_what_has_no_form_of_its_own_and_quotes_the_rest() {
        let found = |name: &str, type_name: &str| {
            column((name.to_owned(), type_name.to_owned(), -1, false, None))
        };
        let relation = Relation {
            name: Name::new("mart", "x"),
            columns: vec![found("company_no", "text"), found("a\"b", "_text"), found("n", "int8")],
            comment: None,
        };
        assert_eq!(
            relation.copy(&["01234567", "it's"]),
            "copy (select \"company_no\"::text, to_json(\"a\"\"b\")::text, \"n\" from \"mart\".\"x\" \
             where company_no in ('01234567', 'it''s')) to stdout (format binary)"
        );
        assert!(relation.has_companies() && !relation.copy(&[]).contains("where"));
    }
}
