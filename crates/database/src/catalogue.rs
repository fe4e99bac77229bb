//! What the migrations make, in lines, and how a database differs from it.
//!
//! The numbers of the applied migrations say what was made, not what stands: after a restore that
//! ended half-way they are all there. `migrations/catalogue.txt` holds the lines of a freshly migrated
//! database; `make catalogue` writes it anew, and a test holds it current.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::{PgConnection, PgPool};

use crate::{Error, statement};

/// Of a database that was just migrated.
static CATALOGUE: &str = include_str!("../../../migrations/catalogue.txt");

/// Names and kinds alone, no text that another version of Postgres words otherwise. Partitions and
/// what stands on them follow from their tables.
const LINES: &str = "
    with home as (
        select oid, nspname from pg_namespace where nspname in ('etl', 'raw', 'recruiting', 'mart', 'masked')
    ),
    relation as (
        select c.oid, c.relkind, format('%s.%s', home.nspname, c.relname) as name
        from pg_class c join home on home.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
    )
    select 'schema ' || nspname, ''
    from pg_namespace where nspname in ('etl', 'raw', 'recruiting', 'recruiting_partition', 'mart', 'masked')
    union all
    select case relkind when 'v' then 'view ' when 'm' then 'matview ' else 'table ' end || name,
        case relkind when 'p' then 'partitioned' else '' end
    from relation
    union all
    select format('column %s.%s', name, a.attname),
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
            case when a.attidentity <> '' then 'identity' when a.attgenerated <> '' then 'generated'
                 when a.atthasdef then 'default' end)
    from relation join pg_attribute a on a.attrelid = relation.oid
    where a.attnum > 0 and not a.attisdropped
    union all
    select format('constraint %s.%s', relation.name, k.conname),
        concat_ws(' ',
            case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
                 when 'x' then 'exclusion' else 'check' end,
            case when k.contype <> 'c' then (
                select format('(%s)', string_agg(a.attname, ', ' order by place))
                from unnest(k.conkey) with ordinality as key (number, place)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number) end,
            'to ' || other.name)
    from relation join pg_constraint k on k.conrelid = relation.oid
    left join relation other on other.oid = k.confrelid
    where k.contype in ('p', 'u', 'f', 'c', 'x')
    union all
    select format('index %s.%s', home.nspname, index.relname),
        concat_ws(' ', case when i.indisunique then 'unique' end, 'on', relation.name, am.amname,
            format('(%s)', (
                select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute a
                where a.attrelid = index.oid)),
            case when i.indpred is not null then 'where' end)
    from relation join pg_index i on i.indrelid = relation.oid
    join pg_class index on index.oid = i.indexrelid
    join home on home.oid = index.relnamespace
    join pg_am am on am.oid = index.relam
    where not exists (select from pg_constraint k where k.conindid = index.oid and k.contype in ('p', 'u', 'x'))
    union all
    select format('function %s.%s(%s)', home.nspname, p.proname, (
            select string_agg(format_type(argument, null), ', ' order by place)
            from unnest(p.proargtypes) with ordinality as given (argument, place))),
        concat_ws(' ', 'returns', case when p.proretset then 'setof' end, format_type(p.prorettype, null))
    from pg_proc p join home on home.oid = p.pronamespace";

/// How one thing differs from what the migrations make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// It is not there.
    Missing(String),
    /// It is there, and is otherwise.
    Different {
        /// What it is called.
        name: String,
        /// What the migrations make.
        expected: String,
        /// What stands.
        found: String,
    },
    /// A column or a constraint that somebody added to one of our tables. Whatever else others add
    /// changes nothing for us.
    Added(String),
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "missing: {name}"),
            Self::Different { name, expected, found } => {
                write!(f, "different: {name} is {found}, and was made as {expected}")
            }
            Self::Added(name) => write!(f, "added by somebody: {name}"),
        }
    }
}

/// What stands in a database, in the lines of `migrations/catalogue.txt`.
pub async fn catalogue(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    let mut lines: Vec<String> = sqlx::query_as(LINES)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(
            |(name, says): (String, String)| {
                if says.is_empty() { name } else { format!("{name}: {says}") }
            },
        )
        .collect();
    lines.sort_unstable();
    Ok(lines.join("\n") + "\n")
}

/// How a database differs from what the migrations make; nothing if it is whole.
///
/// # Errors
/// If the database can't be read.
pub async fn deviations(pool: &PgPool) -> Result<Vec<Deviation>, Error> {
    let stands = statement(pool, "reading the tables' catalogue", || async {
        catalogue(&mut *pool.acquire().await?).await
    })
    .await?;
    Ok(compare(CATALOGUE, &stands))
}

fn compare(made: &str, stands: &str) -> Vec<Deviation> {
    let (made, stands) = (by_name(made), by_name(stands));
    let missing_or_different = made.iter().filter_map(|(name, expected)| match stands.get(name) {
        // What belongs to a table or a schema that is missing is not worth a line each.
        None if is_of_missing(name, &made, &stands) => None,
        None => Some(Deviation::Missing((*name).to_owned())),
        Some(found) if found == expected => None,
        Some(found) => Some(Deviation::Different {
            name: (*name).to_owned(),
            expected: (*expected).to_owned(),
            found: (*found).to_owned(),
        }),
    });
    let added = stands
        .keys()
        .filter(|name| !made.contains_key(*name))
        .filter(|name| holder(name).is_some_and(|[table, ..]| made.contains_key(table.as_str())))
        .map(|name| Deviation::Added((*name).to_owned()));
    missing_or_different.chain(added).collect()
}

fn by_name(lines: &str) -> BTreeMap<&str, &str> {
    lines.lines().map(|line| line.split_once(": ").unwrap_or((line, ""))).collect()
}

/// The table or the view, kept or not, to which a column or a constraint belongs.
fn holder(name: &str) -> Option<[String; 3]> {
    let of = name.strip_prefix("column ").or_else(|| name.strip_prefix("constraint "))?;
    let (relation, _) = of.rsplit_once('.')?;
    Some(["table", "view", "matview"].map(|kind| format!("{kind} {relation}")))
}

fn is_of_missing(name: &str, made: &BTreeMap<&str, &str>, stands: &BTreeMap<&str, &str>) -> bool {
    let is_missing = |one: &str| made.contains_key(one) && !stands.contains_key(one);
    schema(name).is_some_and(|schema| is_missing(&schema))
        || holder(name).is_some_and(|holders| holders.iter().any(|one| is_missing(one)))
}

/// The schema in which something lies.
fn schema(name: &str) -> Option<String> {
    let (_, full_name) = name.split_once(' ')?;
    let (schema, _) = full_name.split_once('.')?;
    Some(format!("schema {schema}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: &str = "column etl.run.run_id: uuid not null\ncolumn etl.run.state: text not null default
constraint etl.run.run_pkey: primary key (run_id)\nindex etl.run_started_at: on etl.run btree (started_at)
table etl.run\n";

    fn said(stands: &str) -> Vec<String> {
        compare(MADE, stands).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_missing_different_or_added_is_named() {
        assert_eq!(said(MADE), [""; 0]);
        assert_eq!(
            said(
                &MADE
                    .replace("uuid", "text")
                    .replace("\nindex etl.run_started_at", "\nindex etl.mine")
            ),
            [
                "different: column etl.run.run_id is text not null, and was made as uuid not null",
                "missing: index etl.run_started_at",
            ]
        );
        assert_eq!(
            said(&format!(
                "{MADE}column etl.run.mine: text\ntable mart.theirs\ncolumn mart.theirs.a: text\n"
            )),
            ["added by somebody: column etl.run.mine"]
        );
        let (with_schema, without) = (format!("{MADE}schema etl\n"), "");
        let lines: Vec<_> =
            compare(&with_schema, without).iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["missing: schema etl"]);
        assert_eq!(said(""), ["missing: index etl.run_started_at", "missing: table etl.run"]);
    }
}
