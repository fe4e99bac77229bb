//! What may be exported, by its name.

use std::fmt;

use sqlx::PgConnection;

use crate::error::{Error, during};

/// The schemas whose tables and views may be exported. `raw` holds whole documents, from which
/// nothing can be masked or left out, and `etl` the ledger: their place is a backup.
pub const SCHEMAS: [&str; 3] = ["mart", "masked", "recruiting"];
/// Where a bare name is looked for.
const OF_BARE_NAMES: [&str; 2] = ["mart", "recruiting"];

/// A table or view, as `mart.job_overview`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    schema: String,
    relation: String,
}

impl Name {
    /// A name that is not looked up.
    pub fn new(schema: impl Into<String>, relation: impl Into<String>) -> Self {
        Self { schema: schema.into(), relation: relation.into() }
    }

    /// The schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The table or view.
    pub fn relation(&self) -> &str {
        &self.relation
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.relation)
    }
}

/// Why a name leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// Nothing has it.
    #[error("there is no such table or mart")]
    Unknown,
    /// Several have it: all of them.
    #[error("several have this name")]
    Ambiguous(Vec<Name>),
    /// It is of a schema that is not exported.
    #[error("this schema is not exported")]
    Schema,
}

/// All that may be exported.
pub async fn known(conn: &mut PgConnection) -> Result<Vec<Name>, Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select nspname::text, relname::text
         from pg_class join pg_namespace on pg_namespace.oid = relnamespace
         where nspname = any ($1) and relkind in ('r', 'p', 'v', 'm')
           and relname <> 'mask_key' -- the secret of the pseudonyms
         order by 1, 2",
    )
    .bind(SCHEMAS.as_slice())
    .fetch_all(conn)
    .await
    .map_err(during("list the tables"))?;
    Ok(rows.into_iter().map(|(schema, relation)| Name::new(schema, relation)).collect())
}

/// What was meant: `schema.name`, or a bare name of a mart or of a table of `recruiting`.
pub fn resolve(asked: &str, known: &[Name]) -> Result<Name, Unresolved> {
    if let Some((schema, relation)) = asked.split_once('.') {
        let name = Name::new(schema, relation);
        if known.contains(&name) {
            return Ok(name);
        }
        let is_open = SCHEMAS.contains(&schema);
        return Err(if is_open { Unresolved::Unknown } else { Unresolved::Schema });
    }
    let is_meant =
        |name: &&Name| name.relation == asked && OF_BARE_NAMES.contains(&name.schema.as_str());
    let found: Vec<Name> = known.iter().filter(is_meant).cloned().collect();
    match found.as_slice() {
        [] => Err(Unresolved::Unknown),
        [one] => Ok(one.clone()),
        _ => Err(Unresolved::Ambiguous(found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_leads_to_the_one_that_has_it() {
        let known = [
            Name::new("mart", "candidate_change"),
            Name::new("mart", "job_overview"),
            Name::new("masked", "candidate"),
            Name::new("masked", "only_masked"),
            Name::new("recruiting", "candidate"),
            Name::new("recruiting", "candidate_change"),
        ];
        let found = |asked| resolve(asked, &known).map(|name| name.to_string());
        assert_eq!(found("job_overview"), Ok("mart.job_overview".into()));
        assert_eq!(found("candidate"), Ok("recruiting.candidate".into()), "masked is asked for");
        assert_eq!(found("masked.candidate"), Ok("masked.candidate".into()));
        assert_eq!(found("only_masked"), Err(Unresolved::Unknown));
        assert_eq!(found("recruiting.job_overview"), Err(Unresolved::Unknown));
        assert_eq!(found("raw.resume_document"), Err(Unresolved::Schema));
        let both = vec![known[0].clone(), known[5].clone()];
        assert_eq!(found("candidate_change"), Err(Unresolved::Ambiguous(both)));
    }
}
