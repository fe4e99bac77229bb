//! The ledger against itself, and against what is kept.
//!
//! [`checks`] lists what must hold: to add one, add an entry. [`look`] finds what breaks a check (of
//! this list, or of another crate's), [`repair`] mends what its own statements can mend. What is
//! absent: what follows from documents, and objects; their crate knows them.

mod windows;
mod items;
mod rejections;
mod work;
mod runs;

use database::statement;
use model::{Check, CompanyNo, Repair, ResumeId};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};

use crate::Error;

use self::items::ITEMS;
use self::rejections::REJECTIONS;
use self::runs::RUNS;
use self::windows::WINDOWS;
use self::work::WORK;

pub use self::items::ask_again;

/// Findings that are named; the rest are counted.
pub const EXAMPLES: usize = 5;

/// Whose warehouse is looked at.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The companies.
    pub companies: Vec<String>,
    /// The kinds of files that are fetched.
    pub file_roles: Vec<&'static str>,
}

/// What breaks a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many findings.
    pub count: u64,
    /// The first of them: ids and numbers, no data about a person.
    pub examples: Vec<String>,
}

/// What a repair opened again: the next run asks 104 for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reopened {
    /// Windows.
    pub windows: u64,
    /// File tasks.
    pub files: u64,
}

impl std::ops::AddAssign for Reopened {
    fn add_assign(&mut self, more: Self) {
        self.windows += more.windows;
        self.files += more.files;
    }
}

/// What must hold of the ledger.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    WINDOWS.iter().chain(&ITEMS).chain(&REJECTIONS).chain(&WORK).chain(&RUNS)
}

/// Looks for what breaks a check.
pub async fn look(pool: &PgPool, check: &Check, asked: &Asked) -> Result<Found, Error> {
    let ask = || {
        let offenders = check.offenders;
        let wanted = format!(
            "select example, count(*) over () from ({offenders}) as offender
             where company_no = any($1::text[]) and $2::text[] is not null
             order by example limit {EXAMPLES}"
        );
        sqlx::query_as(AssertSqlSafe(wanted))
            .bind(&asked.companies)
            .bind(&asked.file_roles)
            .fetch_all(pool)
    };
    let rows: Vec<(String, i64)> = statement(pool, check.name, ask).await?;
    let count = rows.first().map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0));
    Ok(Found { count, examples: rows.into_iter().map(|(example, _)| example).collect() })
}

/// People of one company whom a check's findings name, by their ids, after `after`.
pub async fn people(
    pool: &PgPool,
    check: &Check,
    asked: &Asked,
    company: &CompanyNo,
    after: Option<&ResumeId>,
    limit: i64,
) -> Result<Vec<ResumeId>, Error> {
    let ask = || {
        let offenders = check.offenders;
        let wanted = format!(
            "select distinct resume_id from ({offenders}) as offender
             where company_no = any($1::text[]) and $2::text[] is not null
               and company_no = $3 and resume_id > $4 order by resume_id limit $5"
        );
        sqlx::query_scalar(AssertSqlSafe(wanted))
            .bind(&asked.companies)
            .bind(&asked.file_roles)
            .bind(company.as_str())
            .bind(after.map_or("", ResumeId::as_str))
            .bind(limit)
            .fetch_all(pool)
    };
    let ids: Vec<String> = statement(pool, check.name, ask).await?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

/// Mends what the check's own statements can mend, and says what they opened again; nothing for other
/// repairs.
pub async fn repair(pool: &PgPool, check: &Check, asked: &Asked) -> Result<Reopened, Error> {
    let Repair::Statements(statements) = check.repair else { return Ok(Reopened::default()) };
    database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Error::statement("beginning a transaction"))?;
        let mut reopened = Reopened::default();
        for statement in statements {
            reopened += mend(&mut tx, check.name, statement, &asked.companies).await?;
        }
        Ok::<_, Error>((tx, reopened))
    })
    .await
}

/// One statement of a repair.
async fn mend(
    conn: &mut PgConnection,
    what: &'static str,
    statement: &'static str,
    companies: &[String],
) -> Result<Reopened, Error> {
    let asked = sqlx::query(statement).bind(companies).fetch_all(conn).await;
    let mut reopened = Reopened::default();
    for row in asked.map_err(Error::statement(what))? {
        match row.try_get("reopened") {
            Ok("window") => reopened.windows += 1,
            Ok("file") => reopened.files += 1,
            _ => {}
        }
    }
    Ok(reopened)
}
