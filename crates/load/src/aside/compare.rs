//! What the new tables say otherwise than those that stand: counted for whoever asked for it, and noted for the feed.
//!
//! Whoever has the same fingerprint in both follows from the same input by the same rules, and is not compared.

use sqlx::{Executor, PgConnection};

use super::{Plan, events, safe};
use crate::error::{Error, during};
use crate::person::TableChanges;
use crate::person::table::{Kind, TABLES, Table};
use crate::person::told::{BY_DOCUMENT, UNTOLD};

/// People who are compared.
#[derive(Clone, Debug)]
pub struct Compared {
    /// People of whom no rows stand.
    pub new: u64,
    /// People of whose rows no other follow.
    pub removed: u64,
    /// People whose rows were made by other rules, or of other input.
    pub differing: u64,
    /// Everybody of whom rows follow.
    people: u64,
}

impl Compared {
    /// Whether nobody's rows stand.
    fn is_of_new_people_alone(&self) -> bool {
        self.new == self.people
    }

    /// Whether most people's rows are to be compared.
    fn is_of_most(&self) -> bool {
        self.differing > self.people / 2
    }
}

/// Writes down whose rows are to be compared: all others' follow from what those that stand follow from.
pub async fn compare_people(conn: &mut PgConnection, plan: &Plan) -> Result<Compared, Error> {
    let (compared, built, company) =
        (plan.own("compared"), plan.built("candidate"), plan.company());
    let left = plan.own("left_as_it_is");
    let failed = || during("look whose rows differ");
    for statement in [
        format!(
            "create table {compared} as
             select resume_id, f.document_id, s.resume_id is null as is_new, f.resume_id is null as is_removed
             from (select resume_id, document_id, _etl_fingerprint from {built}) as f
             full join (
                 select resume_id, _etl_fingerprint from recruiting.candidate where company_no = '{company}'
             ) as s using (resume_id)
             where f._etl_fingerprint is distinct from s._etl_fingerprint
               and resume_id not in (select resume_id from {left})"
        ),
        format!("alter table {compared} add primary key (resume_id)"),
        format!("analyze {compared}"),
    ] {
        conn.execute(safe(statement)).await.map_err(failed())?;
    }
    let statement = format!(
        "select count(*) filter (where is_new), count(*) filter (where is_removed),
                count(*) filter (where not is_new and not is_removed),
                (select count(*) from {built})
         from {compared}"
    );
    let (new, removed, differing, people): (i64, i64, i64, i64) =
        sqlx::query_as(safe(statement)).fetch_one(&mut *conn).await.map_err(failed())?;
    Ok(Compared {
        new: new.unsigned_abs(),
        removed: removed.unsigned_abs(),
        differing: differing.unsigned_abs(),
        people: people.unsigned_abs(),
    })
}

/// Compares one of the [`tables`](super::tables): which rows differ, and what the feed is to be told of it.
pub async fn compare_table(
    conn: &mut PgConnection,
    plan: &Plan,
    compared: &Compared,
    table: &str,
) -> Result<TableChanges, Error> {
    let changes = count_and_note(conn, plan, compared, table).await?;
    events::prepare(conn, plan, table).await?;
    Ok(changes)
}

async fn count_and_note(
    conn: &mut PgConnection,
    plan: &Plan,
    compared: &Compared,
    table: &str,
) -> Result<TableChanges, Error> {
    let unknown = Error::Unexpected("a table that is none of recruiting's");
    let (place, table) =
        TABLES.iter().enumerate().find(|(_, known)| known.name == table).ok_or(unknown)?;
    let sides = Sides::of(plan, table);
    let mut changes = TableChanges {
        added: if compared.is_of_new_people_alone() {
            sides.count_all(conn).await?
        } else {
            sides.count(conn, &sides.follows, "is_new", compared.new).await?
        },
        removed: sides.count(conn, &sides.stands, "is_removed", compared.removed).await?,
        ..TableChanges::default()
    };
    if compared.differing == 0 {
        return Ok(changes);
    }
    if sides.note_people(conn, compared).await? > 0 {
        sides.count_rows(conn, &mut changes).await?;
        sides.note_fields(conn, place).await?;
    }
    Ok(changes)
}

/// Whole tables are read in the order of their keys, in which both were written: a hash table of one would hold all of its
/// texts, and go to disk.
const BY_MERGING: &str = "set local enable_hashjoin = off";
/// As the session does otherwise.
const AS_OTHERWISE: &str = "set local enable_hashjoin to default";

/// A table as it is built and as it stands.
struct Sides<'a> {
    table: &'a Table,
    follows: String,
    stands: String,
    compared: String,
    difference: String,
    told: String,
}

impl<'a> Sides<'a> {
    fn of(plan: &Plan, table: &'a Table) -> Self {
        let (name, company) = (table.name, plan.company());
        Self {
            table,
            follows: plan.built(name),
            stands: format!("recruiting_partition.{name}_{company}"),
            compared: plan.own("compared"),
            difference: plan.own("difference"),
            told: plan.own("told"),
        }
    }

    /// All rows that are built.
    async fn count_all(&self, conn: &mut PgConnection) -> Result<u64, Error> {
        let count: i64 = sqlx::query_scalar(safe(format!("select count(*) from {}", self.follows)))
            .fetch_one(conn)
            .await
            .map_err(during("count rows that are new"))?;
        Ok(count.unsigned_abs())
    }

    /// Rows of people all of whose rows come or go.
    async fn count(
        &self,
        conn: &mut PgConnection,
        rows: &str,
        whose: &str,
        people: u64,
    ) -> Result<u64, Error> {
        if people == 0 {
            return Ok(0);
        }
        let compared = &self.compared;
        let statement = format!(
            "select count(*) from {rows} as t
             join {compared} as c on c.resume_id = t.resume_id and c.{whose}"
        );
        let count: i64 = sqlx::query_scalar(safe(statement))
            .fetch_one(conn)
            .await
            .map_err(during("count rows that are new or gone"))?;
        Ok(count.unsigned_abs())
    }

    /// Notes the people some of whose rows differ, and says how many they are. Columns are compared as they are; how
    /// rows came about is no difference.
    async fn note_people(&self, conn: &mut PgConnection, people: &Compared) -> Result<u64, Error> {
        let Self { table, follows, stands, compared, difference, .. } = self;
        let columns = |side: &str| {
            let counts = |column: &&&str| !column.starts_with("_etl_") || **column == "_etl_notes";
            let columns: Vec<String> = table
                .columns
                .iter()
                .filter(counts)
                .map(|column| format!("{side}.{column}"))
                .collect();
            columns.join(", ")
        };
        let (name, key) = (table.name, table.key.join(", "));
        let (of_follows, of_stands) = (columns("f"), columns("s"));
        let concerned = format!(
            "resume_id in (select resume_id from {compared} where not is_new and not is_removed)"
        );
        // Whose rows are looked at is asked of all rows, or, where that is nearly everybody, of those that differ: the
        // others' are the same, or do not stand on both sides.
        let (of_all, of_those_that_differ) = if people.is_of_most() {
            (String::new(), format!("and {concerned}"))
        } else {
            (format!("where {concerned}"), String::new())
        };
        let statement = format!(
            "insert into {difference} (table_name, resume_id)
             select distinct '{name}', resume_id
             from (select * from {follows} {of_all}) as f
             full join (select * from {stands} {of_all}) as s using ({key})
             where (f.resume_id is null or s.resume_id is null
                 or ({of_follows}) is distinct from ({of_stands})) {of_those_that_differ}"
        );
        let failed = || during("compare the new tables with those that stand");
        if people.is_of_most() {
            conn.execute(BY_MERGING).await.map_err(failed())?;
        }
        let noted = sqlx::query(safe(statement)).execute(&mut *conn).await.map_err(failed())?;
        conn.execute(AS_OTHERWISE).await.map_err(failed())?;
        Ok(noted.rows_affected())
    }

    /// The people noted.
    fn noted(&self) -> String {
        let (difference, name) = (&self.difference, self.table.name);
        format!("resume_id in (select resume_id from {difference} where table_name = '{name}')")
    }

    async fn count_rows(
        &self,
        conn: &mut PgConnection,
        changes: &mut TableChanges,
    ) -> Result<(), Error> {
        let (Self { table, follows, stands, .. }, noted) = (self, self.noted());
        let same = |column: &&str| format!("f.{column} = s.{column}");
        let same_key: Vec<String> = table.key.iter().map(same).collect();
        let same_key = same_key.join(" and ");
        let statement = format!(
            "with differing as (
                 select s.resume_id is null as is_added, f.resume_id is null as is_removed,
                        case when f.resume_id = s.resume_id then array (
                            select new.key from jsonb_each(to_jsonb(f)) as new
                            join jsonb_each(to_jsonb(s)) as old using (key)
                            where new.value <> old.value
                              and (new.key !~ '^_etl_' or new.key = '_etl_notes')
                            order by 1) else '{{}}' end as columns
                 from (select * from {follows} where {noted}) as f
                 full join (select * from {stands} where {noted}) as s on {same_key}
                 where f is distinct from s
             )
             select is_added, is_removed, columns, count(*) from differing
             where is_added or is_removed or columns <> '{{}}' group by 1, 2, 3"
        );
        let counted: Vec<(bool, bool, Vec<String>, i64)> = sqlx::query_as(safe(statement))
            .fetch_all(conn)
            .await
            .map_err(during("count rows that differ"))?;
        for (is_added, is_removed, columns, count) in counted {
            let count = count.unsigned_abs();
            match (is_added, is_removed) {
                (true, _) => changes.added += count,
                (_, true) => changes.removed += count,
                _ => changes.changed += count,
            }
            for column in columns {
                *changes.columns.entry(column).or_default() += count;
            }
        }
        Ok(())
    }

    /// The fields in which people's rows say something else, as the feed names them: a list is a field, of which the
    /// rows of the newest document count.
    async fn note_fields(&self, conn: &mut PgConnection, place: usize) -> Result<(), Error> {
        let (Self { table, follows, stands, told, .. }, noted) = (self, self.noted());
        let Table { name, kind, .. } = table;
        let counts = if BY_DOCUMENT.contains(name) { "is_in_newest_document" } else { "true" };
        let said = |rows: &str| {
            let row = format!(
                "select resume_id, to_jsonb(t) - $1::text[] as said from {rows} as t where {noted} and {counts}"
            );
            match kind {
                Kind::OneRow => row,
                _ => format!(
                    "select resume_id, jsonb_agg(said order by said) as said from ({row}) as row group by 1"
                ),
            }
        };
        let fields = match kind {
            Kind::OneRow => format!(
                "case when f.said is null or s.said is null then array['{name}'] else array(
                     select '{name}.' || new.key
                     from jsonb_each(f.said) as new join jsonb_each(s.said) as old using (key)
                     where new.value <> old.value) end"
            ),
            _ => format!("array['{name}']"),
        };
        let (follow, stand) = (said(follows), said(stands));
        let statement = format!(
            "insert into {told} (resume_id, table_place, field)
             select resume_id, {place}, field
             from ({follow}) as f full join ({stand}) as s using (resume_id)
             cross join unnest({fields}) as field
             where f.said is distinct from s.said"
        );
        sqlx::query(safe(statement))
            .bind(UNTOLD)
            .execute(conn)
            .await
            .map_err(during("look what the change feed is to be told"))?;
        Ok(())
    }
}
