//! What the tables say of themselves: comments in two languages, columns, keys, references.
//!
//! Read from the catalogue alone, in an order of its own, so that two databases with the same
//! migrations give the same dictionary, whatever Postgres they run on.

use std::collections::BTreeMap;

use sqlx::{FromRow, PgPool};

use crate::{Error, statement};

/// The schemas in the order in which an analyst meets them; one that is not there is left out.
const SCHEMAS: [&str; 5] = ["recruiting", "mart", "masked", "raw", "etl"];

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

const SCHEMA: &str = "
    select nspname::text as schema, obj_description(oid, 'pg_namespace') as comment
    from pg_namespace where nspname = any($1)";

const RELATION: &str = "
    select n.nspname::text as schema, c.relname::text as relation, c.relkind::text as kind,
        obj_description(c.oid, 'pg_class') as comment,
        array(select a.attname::text
              from pg_index i
              cross join unnest(i.indkey::int2[]) with ordinality as part (number, place)
              join pg_attribute a on a.attrelid = c.oid and a.attnum = part.number
              where i.indexrelid = (
                  select min(named.indexrelid::oid) from pg_index named
                  where named.indrelid = c.oid
                    and (named.indisprimary or c.relkind = 'm' and named.indisunique))
              order by part.place) as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    order by n.nspname collate \"C\", c.relname collate \"C\"";

const COLUMN: &str = "
    select n.nspname::text as schema, c.relname::text as relation, a.attname::text as name,
        format_type(a.atttypid, a.atttypmod) as data_type, not a.attnotnull as is_nullable,
        col_description(c.oid, a.attnum) as comment
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    order by c.oid, a.attnum";

/// A partition's foreign key is its table's: those of `recruiting` stand between partitions alone.
const FOREIGN_KEY: &str = "
    with held as (
        select coalesce(child.inhparent, k.conrelid) as from_id, coalesce(parent.inhparent, k.confrelid) as to_id,
            array(select a.attname::text
                  from unnest(k.conkey) with ordinality as part (number, place)
                  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = part.number
                  order by place) as columns
        from pg_constraint k
        left join pg_inherits child on child.inhrelid = k.conrelid
        left join pg_inherits parent on parent.inhrelid = k.confrelid
        where k.contype = 'f'
    )
    select distinct n.nspname::text as schema, c.relname::text as relation,
        to_n.nspname::text as to_schema, to_c.relname::text as to_relation, columns
    from held
    join pg_class c on c.oid = from_id join pg_namespace n on n.oid = c.relnamespace
    join pg_class to_c on to_c.oid = to_id join pg_namespace to_n on to_n.oid = to_c.relnamespace
    where n.nspname = any($1) and to_n.nspname = any($1)";

const FUNCTION: &str = "
    select n.nspname::text as schema, p.proname::text as name,
        pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result,
        obj_description(p.oid, 'pg_proc') as comment
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any($1) and p.prokind = 'f'
    order by p.proname collate \"C\", pg_get_function_identity_arguments(p.oid) collate \"C\"";

#[derive(FromRow)]
struct FoundSchema {
    schema: String,
    #[sqlx(flatten)]
    comment: Comment,
}

#[derive(FromRow)]
struct FoundRelation {
    schema: String,
    relation: String,
    kind: String,
    #[sqlx(flatten)]
    comment: Comment,
    key: Vec<String>,
}

#[derive(FromRow)]
struct FoundColumn {
    schema: String,
    relation: String,
    name: String,
    data_type: String,
    is_nullable: bool,
    #[sqlx(flatten)]
    comment: Comment,
}

#[derive(FromRow)]
struct FoundKey {
    schema: String,
    relation: String,
    to_schema: String,
    to_relation: String,
    columns: Vec<String>,
}

#[derive(FromRow)]
struct FoundFunction {
    schema: String,
    #[sqlx(flatten)]
    function: Function,
}

/// Rows of the catalogue.
struct Found {
    schemas: Vec<FoundSchema>,
    relations: Vec<FoundRelation>,
    columns: Vec<FoundColumn>,
    keys: Vec<FoundKey>,
    functions: Vec<FoundFunction>,
}

impl Found {
    async fn read(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let mut connection = pool.acquire().await?;
        let schemas = &SCHEMAS[..];
        Ok(Self {
            schemas: sqlx::query_as(SCHEMA).bind(schemas).fetch_all(&mut *connection).await?,
            relations: sqlx::query_as(RELATION).bind(schemas).fetch_all(&mut *connection).await?,
            columns: sqlx::query_as(COLUMN).bind(schemas).fetch_all(&mut *connection).await?,
            keys: sqlx::query_as(FOREIGN_KEY).bind(schemas).fetch_all(&mut *connection).await?,
            functions: sqlx::query_as(FUNCTION).bind(schemas).fetch_all(&mut *connection).await?,
        })
    }

    fn put_together(self) -> Dictionary {
        let mut columns: BTreeMap<Name, Vec<Column>> = BTreeMap::new();
        for FoundColumn { schema, relation, name, data_type, is_nullable, comment } in self.columns
        {
            let column = Column { name, data_type, is_nullable, comment };
            columns.entry(Name { schema, relation }).or_default().push(column);
        }
        let mut held: BTreeMap<Name, Vec<Reference>> = BTreeMap::new();
        for FoundKey { schema, relation, to_schema, to_relation, columns } in self.keys {
            let to = Name { schema: to_schema, relation: to_relation };
            let reference = Reference { to, columns, is_held: true };
            held.entry(Name { schema, relation }).or_default().push(reference);
        }
        let mut relations: Vec<Relation> = self
            .relations
            .into_iter()
            .map(|FoundRelation { schema, relation, kind, comment, key }| {
                let name = Name { schema, relation };
                Relation {
                    kind: match kind.as_str() {
                        "v" => RelationKind::View,
                        "m" => RelationKind::MaterializedView,
                        _ => RelationKind::Table,
                    },
                    comment,
                    columns: columns.remove(&name).unwrap_or_default(),
                    key,
                    references: held.remove(&name).unwrap_or_default(),
                    name,
                }
            })
            .collect();
        add_references_by_name(&mut relations);
        let schemas = SCHEMAS.iter().filter_map(|name| {
            let found = self.schemas.iter().find(|found| found.schema == **name)?;
            let functions = self.functions.iter().filter(|found| found.schema == **name);
            Some(Schema {
                name: found.schema.clone(),
                comment: found.comment.clone(),
                relations: relations.extract_if(.., |one| one.name.schema == **name).collect(),
                functions: functions.map(|found| found.function.clone()).collect(),
            })
        });
        Dictionary { schemas: schemas.collect() }
    }
}

/// Most tables name a row of another one without a foreign key, such as a run that may be cleared
/// away. A column tells by its name and type if a single table has just this column as its key.
fn add_references_by_name(relations: &mut [Relation]) {
    let mut owners: BTreeMap<(String, String), Vec<Name>> = BTreeMap::new();
    for relation in relations.iter() {
        let [key] = &relation.key[..] else { continue };
        // Not `company_no`: no table is about companies.
        if !(key.ends_with("_id") || key.ends_with("_key")) {
            continue;
        }
        for column in relation.columns.iter().filter(|column| column.name == *key) {
            let what = (column.name.clone(), column.data_type.clone());
            owners.entry(what).or_default().push(relation.name.clone());
        }
    }
    // The keys of `masked` are pseudonyms: they lead nowhere else.
    for relation in relations.iter_mut().filter(|relation| relation.name.schema != "masked") {
        let named = relation.columns.iter().filter_map(|column| {
            match &owners.get(&(column.name.clone(), column.data_type.clone()))?[..] {
                [owner] if *owner != relation.name => Some(Reference {
                    to: owner.clone(),
                    columns: vec![column.name.clone()],
                    is_held: false,
                }),
                _ => None,
            }
        });
        let is_new = |one: &Reference| {
            let same = |known: &&Reference| known.to == one.to && known.columns == one.columns;
            relation.references.iter().find(same).is_none()
        };
        let named: Vec<Reference> = named.filter(is_new).collect();
        relation.references.extend(named);
        relation.references.sort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, columns: &[(&str, &str)], key: &[&str]) -> Relation {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).into(),
            data_type: (*data_type).into(),
            is_nullable: false,
            comment: Comment::default(),
        };
        Relation {
            name: Name { schema: "etl".into(), relation: name.into() },
            kind: RelationKind::Table,
            comment: Comment::default(),
            columns: columns.iter().map(column).collect(),
            key: key.iter().map(|&name| name.into()).collect(),
            references: Vec::new(),
        }
    }

    #[test]
    fn a_column_tells_by_its_name_whose_row_it_names_if_it_can_be_one_alone() {
        let mut tables = [
            table("run", &[("run_id", "uuid")], &["run_id"]),
            table("item", &[("item_id", "bigint"), ("run_id", "uuid")], &["item_id"]),
            table("other", &[("run_id", "text"), ("hash_id", "bytea")], &["hash_id"]),
            table("third", &[("hash_id", "bytea"), ("company_no", "text")], &["hash_id"]),
            table("bound", &[("company_no", "text")], &["company_no"]),
        ];
        add_references_by_name(&mut tables);
        let said: Vec<String> = tables
            .iter()
            .flat_map(|table| table.references.iter().map(|to| format!("{} {}", table.name, to.to)))
            .collect();
        assert_eq!(said, ["etl.item etl.run"]);
    }

    #[test]
    fn a_comment_is_english_then_chinese() {
        let comment = Comment::of(Some("A run.\n一次執行。"));
        assert_eq!((&*comment.english, &*comment.chinese), ("A run.", "一次執行。"));
        assert_eq!(Comment::of(None), Comment::default());
    }
}
