//! How far the warehouse reaches, source by source.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use model::{CompanyNo, Source, hour_start};
use serde::Serialize;
use sqlx::PgPool;

use super::gaps::gaps;
use super::{Gap, Moment};
use crate::Error;

/// How much of what is due one source of a company covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The company.
    pub company_no: String,
    /// The source.
    pub source: &'static str,
    /// The first moment that is to be covered.
    pub from: Moment,
    /// Everything from `from` to here is covered, without a gap.
    pub covered_until: Moment,
    /// The end of the last settled hour: what could be covered by now.
    pub due_until: Moment,
    /// Hours from `from` to `due_until` that no closed window covers.
    pub missing_hours: u64,
    /// The oldest gaps, ten at most.
    pub gaps: Vec<Gap>,
    /// How many gaps there are.
    pub gap_count: u64,
}

impl Coverage {
    /// Hours between the end of the last settled hour and the end of the unbroken coverage.
    pub fn lag_hours(&self) -> i64 {
        self.due_until.0.duration_since(self.covered_until.0).as_hours().max(0)
    }
}

/// The coverage of each source from a date (Taiwan time) to a moment, by closed windows;
/// `empty_unconfirmed` ones count as covered and are told apart by [`super::open_work`].
pub async fn coverage(
    pool: &PgPool,
    company: &CompanyNo,
    sources: &[Source],
    from: Date,
    due_until: Timestamp,
) -> Result<Vec<Coverage>, Error> {
    let rows: Vec<(String, jiff_sqlx::Date, i32)> = sqlx::query_as(
        "select source, window_on,
                bit_or(((1 << (end_hour - start_hour)) - 1) << start_hour)
         from etl.fetch_window
         where company_no = $1 and window_on >= $2 and state in ('closed', 'empty_unconfirmed')
         group by source, window_on",
    )
    .bind(company.as_str())
    .bind(from.to_sqlx())
    .fetch_all(pool)
    .await
    .map_err(Error::statement("reading the coverage"))?;
    let mut masks: BTreeMap<String, BTreeMap<Date, i32>> = BTreeMap::new();
    for (source, date, mask) in rows {
        masks.entry(source).or_default().insert(date.to_jiff(), mask);
    }
    let nothing = BTreeMap::new();
    Ok(sources
        .iter()
        .map(|source| {
            let masks = masks.get(source.as_str()).unwrap_or(&nothing);
            of_source(company, *source, masks, from, due_until)
        })
        .collect())
}

fn of_source(
    company: &CompanyNo,
    source: Source,
    masks: &BTreeMap<Date, i32>,
    from: Date,
    due_until: Timestamp,
) -> Coverage {
    let starts_at = hour_start(from, 0);
    let mut found = gaps(masks, from, due_until);
    let covered_until = found.first().map_or(Moment(due_until.max(starts_at)), |gap| gap.from);
    let missing_hours = found.iter().map(|gap| gap.hours).sum();
    let gap_count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    found.truncate(10);
    Coverage {
        company_no: company.to_string(),
        source: source.as_str(),
        from: Moment(starts_at),
        covered_until,
        due_until: Moment(due_until),
        missing_hours,
        gaps: found,
        gap_count,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn covered(masks: &[(Date, i32)], from: Date) -> Coverage {
        let until = hour_start(date(2026, 11, 22), 10);
        let company = "1".parse().unwrap();
        of_source(&company, Source::Applied, &masks.iter().copied().collect(), from, until)
    }

    #[test]
    fn the_lag_counts_from_the_oldest_gap() {
        let morning = covered(&[(date(2026, 11, 22), 0b11)], date(2026, 11, 22));
        assert_eq!((morning.lag_hours(), morning.missing_hours), (8, 8));
        let whole = covered(&[(date(2026, 11, 22), 0b11_1111_1111)], date(2026, 11, 22));
        assert_eq!((whole.lag_hours(), whole.missing_hours), (0, 0));
        assert_eq!(whole.covered_until, whole.due_until);
    }

    #[test]
    fn a_start_in_the_future_lags_by_nothing() {
        let ahead = covered(&[], date(2026, 12, 1));
        assert_eq!((ahead.lag_hours(), ahead.missing_hours), (0, 0));
    }
}
