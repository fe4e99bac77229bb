//! Rows of the catalogue, and a dictionary put together from them.

use std::collections::BTreeMap;

use sqlx::{FromRow, PgPool};

use super::named::add_references_by_name;
use super::{
    Column, Comment, Dictionary, Function, Name, Reference, Relation, RelationKind, Schema,
};

/// The schemas in the order in which an analyst meets them; one that is not there is left out.
const SCHEMAS: [&str; 5] = ["recruiting", "mart", "masked", "raw", "etl"];

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
pub(super) struct Found {
    schemas: Vec<FoundSchema>,
    relations: Vec<FoundRelation>,
    columns: Vec<FoundColumn>,
    keys: Vec<FoundKey>,
    functions: Vec<FoundFunction>,
}

impl Found {
    pub(super) async fn read(pool: &PgPool) -> Result<Self, sqlx::Error> {
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

    pub(super) fn put_together(self) -> Dictionary {
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
