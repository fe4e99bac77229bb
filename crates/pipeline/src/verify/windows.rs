//! What must hold of windows, and of what they showed. One entry, one statement, one name.

use model::{Check, Repair};

/// Bounds as hours of a date, in Taiwan; `are_whole` unless they are none.
macro_rules! hours {
    ($starts_at:literal, $ends_at:literal) => {
        concat!(
            "lateral (
                 select date_trunc('day', began)::date as window_on, extract(hour from began) as start_hour,
                     extract(hour from began) + extract(epoch from ended - began) / 3600 as end_hour,
                     began = date_trunc('hour', began) and ended = date_trunc('hour', ended)
                         and began < ended
                         and ended <= date_trunc('day', began) + interval '24 hours' as are_whole
                 from (select ", $starts_at, " at time zone interval '8 hours' as began,
                     ", $ends_at, " at time zone interval '8 hours' as ended) as bounds
             ) as hours"
        )
    };
}

/// Windows whose hours are not their bounds.
macro_rules! with_other_hours {
    () => {
        concat!(
            "etl.fetch_window as window_ cross join ",
            hours!("window_.starts_at", "window_.ends_at"),
            "
             where (window_.window_on, window_.start_hour, window_.end_hour)
                 <> (hours.window_on, hours.start_hour, hours.end_hour)"
        )
    };
}

/// Windows that others are said to cover, and do not.
macro_rules! uncovered {
    () => {
        "window_.state = 'superseded' and exists (
             select from generate_series(window_.start_hour, window_.end_hour - 1) as hour
             where not exists (
                 select from etl.fetch_window as other
                 where other.company_no = window_.company_no and other.source = window_.source
                   and other.window_on = window_.window_on and other.state <> 'superseded'
                   and other.start_hour <= hour and hour < other.end_hour))"
    };
}

/// Sightings, each beside the window that they name.
macro_rules! without_window {
    () => {
        "raw.sighting
         left join etl.fetch_window as window_
             on window_.window_id = sighting.window_id
            and window_.company_no = sighting.company_no and window_.source = sighting.source
            and window_.starts_at = sighting.window_starts_at
            and window_.ends_at = sighting.window_ends_at
         where window_.window_id is null"
    };
}

/// Windows of sightings that have none.
macro_rules! asked {
    () => {
        concat!(
            "sighting.company_no, sighting.source, hours.window_on, hours.start_hour, hours.end_hour,
                 window_starts_at, window_ends_at
             from (select sighting.* from ", without_window!(), " and sighting.company_no = any($1)) as sighting
             cross join ", hours!("window_starts_at", "window_ends_at"), " where hours.are_whole"
        )
    };
}

/// A window about which all of its sightings say the same is what they say, unless another one is.
pub(super) const FOLLOW_SIGHTINGS: &str = concat!(
    "update etl.fetch_window as window_ set
         company_no = shown.company_no, source = shown.source, window_on = hours.window_on,
         start_hour = hours.start_hour, end_hour = hours.end_hour,
         starts_at = shown.starts_at, ends_at = shown.ends_at
     from (
         select window_id, min(company_no) as company_no, min(source) as source,
             min(window_starts_at) as starts_at, min(window_ends_at) as ends_at
         from raw.sighting group by window_id
         having count(distinct (company_no, source, window_starts_at, window_ends_at)) = 1
     ) as shown cross join ",
    hours!("shown.starts_at", "shown.ends_at"),
    "
     where shown.window_id = window_.window_id and shown.company_no = any($1) and hours.are_whole
       and (window_.company_no, window_.source, window_.window_on, window_.start_hour,
            window_.end_hour, window_.starts_at, window_.ends_at)
           <> (shown.company_no, shown.source, hours.window_on, hours.start_hour, hours.end_hour,
               shown.starts_at, shown.ends_at)
       and not exists (
           select from etl.fetch_window as other
           where other.window_id <> window_.window_id and other.company_no = shown.company_no
             and other.source = shown.source and other.window_on = hours.window_on
             and other.start_hour = hours.start_hour and other.end_hour = hours.end_hour)"
);

/// What must hold of windows.
pub(super) static WINDOWS: [Check; 3] = [
    Check {
        name: "window_hours",
        holds: "a window's hours of its date are its bounds",
        offenders: concat!(
            "select company_no, null::text as resume_id, format('window %s: %s %s-%s, and %s to %s', window_id,
                 window_.window_on, window_.start_hour, window_.end_hour,
                 to_char(starts_at at time zone interval '8 hours', 'YYYY-MM-DD HH24:MI'),
                 to_char(ends_at at time zone interval '8 hours', 'YYYY-MM-DD HH24:MI')) as example
             from ", with_other_hours!()
        ),
        // Without a sighting that tells, nobody knows which hours were asked for: they are asked again.
        repair: Repair::Statements(&[
            FOLLOW_SIGHTINGS,
            concat!(
                "with mended as (
                     update etl.fetch_window as mended set
                         starts_at = (mended.window_on + mended.start_hour * interval '1 hour')
                             at time zone interval '8 hours',
                         ends_at = (mended.window_on + mended.end_hour * interval '1 hour')
                             at time zone interval '8 hours',
                         state = case when mended.state = 'superseded' then mended.state else 'open' end,
                         is_listed = false, is_of_backfill = false, closed_at = null
                     where mended.company_no = any($1)
                       and window_id in (select window_.window_id from ", with_other_hours!(), ")
                     returning state
                 )
                 select 'window' as reopened from mended where state = 'open'"
            ),
        ]),
    },
    Check {
        name: "sighting_window",
        holds: "a sighting has its window in the ledger, of the same company, source and hours",
        offenders: concat!(
            "select sighting.company_no, sighting.resume_id, format('sighting %s of document %s: window %s',
                 sighting.sighting_id, sighting.document_id, sighting.window_id) as example
             from ", without_window!()
        ),
        // What is gone is there again, open, and asked by the next run; its sightings stay.
        repair: Repair::Statements(&[
            FOLLOW_SIGHTINGS,
            // A sighting that is wrong by itself: its window has an item for what it shows.
            concat!(
                "update raw.sighting as wrong set source = window_.source,
                     window_starts_at = window_.starts_at, window_ends_at = window_.ends_at
                 from (select sighting.sighting_id from ", without_window!(),
                "     and sighting.company_no = any($1)) as lost, etl.fetch_window as window_
                 join etl.window_item as item using (window_id)
                 where wrong.sighting_id = lost.sighting_id and window_.window_id = wrong.window_id
                   and window_.company_no = wrong.company_no and item.resume_id = wrong.resume_id
                   and item.document_id = wrong.document_id
                   and not exists (
                       select from raw.sighting as right_
                       where right_.window_id = wrong.window_id and right_.resume_id = wrong.resume_id
                         and right_.document_id = wrong.document_id
                         and (right_.company_no, right_.source, right_.window_starts_at,
                              right_.window_ends_at) = (window_.company_no, window_.source,
                              window_.starts_at, window_.ends_at))"
            ),
            concat!(
                "insert into etl.fetch_window
                     (window_id, company_no, source, window_on, start_hour, end_hour, starts_at, ends_at)
                 overriding system value
                 select distinct on (sighting.window_id) sighting.window_id, ", asked!(), "
                 order by sighting.window_id, sighting.sighting_id
                 on conflict do nothing returning 'window' as reopened"
            ),
            concat!(
                "insert into etl.fetch_window
                     (company_no, source, window_on, start_hour, end_hour, starts_at, ends_at)
                 select distinct ", asked!(), "
                 on conflict do nothing returning 'window' as reopened"
            ),
            concat!(
                "update raw.sighting as moved set window_id = asked.window_id
                 from (select sighting.sighting_id from ", without_window!(),
                "     and sighting.company_no = any($1)) as lost, etl.fetch_window as asked
                 where moved.sighting_id = lost.sighting_id and asked.company_no = moved.company_no
                   and asked.source = moved.source and asked.starts_at = moved.window_starts_at
                   and asked.ends_at = moved.window_ends_at"
            ),
            "select setval(pg_get_serial_sequence('etl.fetch_window', 'window_id'), greatest(
                 nextval(pg_get_serial_sequence('etl.fetch_window', 'window_id')),
                 (select max(window_id) from etl.fetch_window))) where $1::text[] is not null",
        ]),
    },
    Check {
        name: "window_superseded",
        holds: "a window that others cover is covered by them",
        offenders: concat!(
            "select company_no, null::text as resume_id, format('window %s', window_id) as example
             from etl.fetch_window as window_ where ", uncovered!()
        ),
        repair: Repair::Statements(&[concat!(
            "update etl.fetch_window as window_ set state = 'open', is_of_backfill = false,
                 attempts = 0, next_attempt_at = null, failure = null, remedy = null
             where company_no = any($1) and ", uncovered!(), " returning 'window' as reopened"
        )]),
    },
];
