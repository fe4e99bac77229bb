//! How old windows are read: what was learnt takes effect at once, and for everybody.
//!
//! Rows are computed under the reading that is in force in their own transaction, once the people
//! are locked. The ledger says under which one all tables stand; where that is another, everybody
//! whom an old window showed is recomputed, and then the ledger says so. Whoever is killed between
//! leaves the difference to the next run.

use load::person::OldWindows;
use model::{CompanyNo, ResumeId};
use pipeline::learn::{self, Finding, Standing};
use pipeline::report::Moment;
use sqlx::{PgConnection, PgPool};

use crate::company::Company;
use crate::failure::{Failure, left_out};
use crate::people::{self, FreshLinks, recompute, tell};
use crate::settings;

/// The assumption's number.
const ASSUMPTION: &str = "A-15";
/// People in one transaction.
const BATCH: u32 = 50;

/// What is known of how 104 answers old windows, and what follows from it.
#[derive(Clone, Debug)]
pub struct OldWindowsKnown {
    /// The reading in force: `then`, `now`, or `unknown`, which is taken as `then`.
    pub reading: &'static str,
    /// Whether it is set, and not learnt.
    pub is_set: bool,
    /// What was seen, the first first: that one stands.
    pub findings: Vec<Finding>,
    /// Under which reading the tables stand, and since when; `None` if none ever took effect.
    pub standing: Option<Standing>,
    /// Whether the tables still have to follow: the next run sees to it.
    pub is_pending: bool,
}

impl OldWindowsKnown {
    /// When the reading was learnt; `None` if it is set or unknown.
    pub fn learnt_at(&self) -> Option<Moment> {
        if self.is_set { None } else { self.findings.first().map(|first| first.first_seen_at) }
    }
}

/// What is known of how 104 answers a company's old windows.
///
/// # Errors
/// If the ledger can't be read.
pub async fn old_windows_known(
    pool: &PgPool,
    company: &CompanyNo,
    setting: settings::OldWindows,
) -> Result<OldWindowsKnown, Failure> {
    let (findings, standing) = database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let findings = learn::findings(&mut *tx, company, ASSUMPTION).await?;
        let standing = learn::standing(&mut *tx, company).await?;
        Ok::<_, Failure>((tx, (findings, standing)))
    })
    .await?;
    let in_force = reading(setting, &findings);
    Ok(OldWindowsKnown {
        reading: name(in_force),
        is_set: setting != settings::OldWindows::Learn,
        is_pending: is_other(in_force, standing.as_ref()),
        findings,
        standing,
    })
}

/// The reading in force: as it is set, else as the first evidence has it.
pub(crate) async fn in_force(
    conn: &mut PgConnection,
    company: &CompanyNo,
    setting: settings::OldWindows,
) -> Result<OldWindows, Failure> {
    let findings = match setting {
        settings::OldWindows::Learn => learn::findings(conn, company, ASSUMPTION).await?,
        settings::OldWindows::Then | settings::OldWindows::Now => Vec::new(),
    };
    Ok(reading(setting, &findings))
}

/// Sees to it that all tables of a company stand under the reading in force. `true` if file tasks
/// were opened for it. It is done in parts; stopped between, the next run goes on.
pub(crate) async fn take_effect(company: &Company) -> bool {
    if company.has_lost_database() {
        return false;
    }
    match follow(company).await {
        Ok(files_wanted) => files_wanted > 0,
        Err(failure) => {
            company.failed("people whom old windows showed", &failure);
            false
        }
    }
}

async fn follow(company: &Company) -> Result<u64, Failure> {
    let (pool, no) = (company.ledger.pool(), &company.settings.no);
    let known = old_windows_known(pool, no, company.run.old_windows).await?;
    let mut files_wanted = 0;
    if known.is_pending {
        tracing::info!(company = %no, reading = known.reading, "tables follow how old windows are read");
        let mut after: Option<ResumeId> = None;
        loop {
            if company.is_halted() {
                return Ok(files_wanted);
            }
            let ids = next(pool, no, after.as_ref()).await?;
            let Some(last) = ids.last().cloned() else { break };
            files_wanted += recompute_together(company, &ids).await?;
            after = Some(last);
        }
    }
    let stands = known.standing.as_ref().map(|standing| standing.reading.as_str());
    let wanted = match known.reading {
        "unknown" if known.is_pending => "then",
        other => other,
    };
    if wanted != "unknown" && stands != Some(wanted) {
        learn::stand(pool, no, wanted, company.ledger.run_id()).await?;
    }
    Ok(files_wanted)
}

async fn next(
    pool: &PgPool,
    company: &CompanyNo,
    after: Option<&ResumeId>,
) -> Result<Vec<ResumeId>, Failure> {
    database::transaction(pool, || async {
        let mut tx = pool.begin().await.map_err(Failure::transaction)?;
        let ids = load::raw::next_late_people(&mut tx, company, after, BATCH).await?;
        Ok((tx, ids))
    })
    .await
}

/// Rows that Postgres refuses hold up no neighbour: what was to be written together is parted
/// until that resume is alone; it keeps the rows that it has, and is counted as a failure.
async fn recompute_together(company: &Company, ids: &[ResumeId]) -> Result<u64, Failure> {
    let mut files_wanted = 0;
    let mut parts = vec![ids];
    while let Some(part) = parts.pop() {
        let done = database::transaction(company.ledger.pool(), || async {
            let mut tx = company.ledger.pool().begin().await.map_err(Failure::transaction)?;
            let done = recompute(&mut tx, company, part, &FreshLinks::new(), false).await?;
            tell(&mut tx, company, &done).await?;
            Ok::<_, Failure>((tx, done))
        })
        .await;
        match done {
            Ok(done) => {
                people::count(company, &done);
                files_wanted += done.files_wanted;
            }
            Err(failure) => {
                let Some(refusal) = failure.refused_rows() else { return Err(failure) };
                match part {
                    [one] => left_out(&company.tally, one, &refusal),
                    several => {
                        let (first, rest) = several.split_at(several.len() / 2);
                        parts.extend([rest, first]);
                    }
                }
            }
        }
    }
    Ok(files_wanted)
}

fn reading(setting: settings::OldWindows, findings: &[Finding]) -> OldWindows {
    match setting {
        settings::OldWindows::Now => OldWindows::Now,
        settings::OldWindows::Then => OldWindows::Then,
        settings::OldWindows::Learn => {
            findings.first().map_or(OldWindows::Unknown, |first| of_finding(&first.finding))
        }
    }
}

fn of_finding(finding: &str) -> OldWindows {
    match finding {
        crate::OLD_WINDOWS_ANSWER_AS_NOW => OldWindows::Now,
        crate::OLD_WINDOWS_ANSWER_AS_THEN => OldWindows::Then,
        _ => OldWindows::Unknown,
    }
}

fn name(reading: OldWindows) -> &'static str {
    match reading {
        OldWindows::Then => "then",
        OldWindows::Now => "now",
        OldWindows::Unknown => "unknown",
    }
}

/// What is not known is taken as "then", and so are tables that never followed anything.
fn is_other(in_force: OldWindows, standing: Option<&Standing>) -> bool {
    let stands_as_now = standing.is_some_and(|standing| standing.reading == "now");
    (in_force == OldWindows::Now) != stands_as_now
}
