//! The data dictionary as Markdown.

use std::fmt::Write as _;

use database::{Column, Comment, Dictionary, Function, Name, Relation, RelationKind, Schema};

use super::picture_name;

const INTRODUCTION: &str = "\
# Data dictionary

What each schema, table, view, column and function is, in its own words. Written by
`etl104 schema docs` from a database's catalogue (`make docs` in a checkout): change the comments, not this file.

本文件由 `etl104 schema docs` 依資料庫目錄產生；請修改註解，勿直接修改本檔。

`PK` is part of the key of a row. `FK` names a row of another table and is held by a foreign key; in `recruiting` each
company's partitions have their own. `→` names one too, by its name alone: nothing holds the other row in place.
A view's columns don't say whether they may be null.
";

/// The whole dictionary.
pub(super) fn write(dictionary: &Dictionary) -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str("\n## Contents\n\n");
    for schema in &dictionary.schemas {
        let tables: Vec<String> = schema
            .relations
            .iter()
            .map(|relation| link(&relation.name, &relation.name.relation))
            .collect();
        let functions = if schema.functions.is_empty() {
            String::new()
        } else {
            format!("; [functions](#functions-of-{})", schema.name)
        };
        let name = &schema.name;
        put(&mut text, format_args!("- [{name}](#{name}): {}{functions}\n", tables.join(", ")));
    }
    for schema in &dictionary.schemas {
        write_schema(&mut text, schema);
    }
    text
}

fn write_schema(text: &mut String, schema: &Schema) {
    let name = &schema.name;
    put(text, format_args!("\n## {name}\n\n"));
    write_comment(text, &schema.comment, "");
    if !schema.relations.is_empty() {
        let picture = picture_name(name);
        put(text, format_args!("\n[![The tables of {name}]({picture})]({picture})\n"));
    }
    for relation in &schema.relations {
        write_relation(text, relation);
    }
    if !schema.functions.is_empty() {
        put(text, format_args!("\n### Functions of {name}\n\n"));
        text.push_str("| function | gives | English | 中文 |\n| --- | --- | --- | --- |\n");
        for function in &schema.functions {
            write_function(text, function);
        }
    }
}

fn write_relation(text: &mut String, relation: &Relation) {
    put(text, format_args!("\n### {}\n\n", relation.name));
    let kind = match relation.kind {
        RelationKind::Table => "",
        RelationKind::View => "View. ",
        RelationKind::MaterializedView => "Materialized view. ",
    };
    write_comment(text, &relation.comment, kind);
    let is_table = relation.kind == RelationKind::Table;
    text.push_str(if is_table {
        "\n| column | type | null | key | English | 中文 |\n| --- | --- | --- | --- | --- | --- |\n"
    } else {
        "\n| column | type | key | English | 中文 |\n| --- | --- | --- | --- | --- |\n"
    });
    for column in &relation.columns {
        let null = match (is_table, column.is_nullable) {
            (true, true) => "null | ",
            (true, false) => " | ",
            (false, _) => "",
        };
        let Column { name, data_type, comment: Comment { english, chinese }, .. } = column;
        put(
            text,
            format_args!(
                "| `{name}` | {} | {null}{} | {} | {} |\n",
                plain(data_type),
                key(relation, name),
                plain(english),
                plain(chinese)
            ),
        );
    }
    for (at, reference) in relation.references.iter().enumerate() {
        let columns: Vec<String> =
            reference.columns.iter().map(|column| format!("`{column}`")).collect();
        let to = link(&reference.to, &reference.to.to_string());
        let how = if reference.is_held { "foreign key" } else { "by name" };
        let begins = if at == 0 { "\n" } else { "" };
        put(text, format_args!("{begins}- {} → {to}, {how}\n", columns.join(", ")));
    }
}

fn write_function(text: &mut String, function: &Function) {
    let Function { name, arguments, result, comment: Comment { english, chinese } } = function;
    put(
        text,
        format_args!(
            "| `{name}({arguments})` | {} | {} | {} |\n",
            plain(result),
            plain(english),
            plain(chinese)
        ),
    );
}

fn write_comment(text: &mut String, comment: &Comment, before: &str) {
    let Comment { english, chinese } = comment;
    put(text, format_args!("{before}{}\n", plain(english)));
    if !chinese.is_empty() {
        put(text, format_args!("\n{}\n", plain(chinese)));
    }
}

/// What a column is to its row and to others.
fn key(relation: &Relation, column: &str) -> String {
    let names = |is_held| {
        relation.references.iter().any(|reference| {
            reference.is_held == is_held && reference.columns.iter().any(|one| one == column)
        })
    };
    let is_key = relation.key.iter().any(|one| one == column);
    [(is_key, "PK"), (names(true), "FK"), (names(false), "→")]
        .into_iter()
        .filter_map(|(is, mark)| is.then_some(mark))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A link to a table's heading, by the anchor that GitHub and GitLab give it.
fn link(to: &Name, shown: &str) -> String {
    format!("[{shown}](#{}{})", to.schema, to.relation)
}

/// Text in which Markdown sees nothing but text.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '\\' | '*' | '[' | ']' => plain.extend(['\\', c]),
            '<' => plain.push_str("&lt;"),
            c if c.is_control() => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _: std::fmt::Result = text.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::{column, relation};
    use super::*;

    #[test]
    fn a_comment_can_break_no_table_and_a_column_says_what_it_is() {
        let mut item = relation("item", &["run_id"], &["run_id", "note"]);
        item.comment = Comment { english: "Items <all>.".into(), chinese: "項目。".into() };
        item.columns = vec![
            column("run_id", "uuid", "Its run."),
            Column { is_nullable: true, ..column("note", "text[]", "a|b * c") },
        ];
        item.references = vec![database::Reference {
            to: Name { schema: "etl".into(), relation: "run".into() },
            columns: vec!["run_id".into()],
            is_held: true,
        }];
        let mut text = String::new();
        write_relation(&mut text, &item);
        assert_eq!(
            text,
            "
### etl.item

Items &lt;all>.

項目。

| column | type | null | key | English | 中文 |
| --- | --- | --- | --- | --- | --- |
| `run_id` | uuid |  | PK FK | Its run. |  |
| `note` | text\\[\\] | null |  | a\\|b \\* c |  |

- `run_id` → [etl.run](#etlrun), foreign key
"
        );
    }
}
