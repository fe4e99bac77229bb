//! What must hold of windows, their items and what they showed. One entry, one statement, one name.

use model::{Check, Repair};

/// The windows, each beside what its items say.
macro_rules! counted {
    () => {
        "etl.fetch_window as window_
         left join (
             select window_id, count(*)::integer as listed,
                    (count(*) filter (where state = 'stored'))::integer as stored,
                    (count(*) filter (where state = 'absent'))::integer as absent,
                    (count(*) filter (where state = 'rejected'))::integer as rejected
             from etl.window_item group by window_id
         ) as counted using (window_id)
         cross join lateral (
             select coalesce(counted.listed, 0) as listed, coalesce(counted.stored, 0) as stored,
                    coalesce(counted.absent, 0) as absent,
                    coalesce(counted.rejected, 0) as rejected
         ) as items
         where (window_.listed, window_.stored, window_.absent, window_.rejected)
            <> (items.listed, items.stored, items.absent, items.rejected)"
    };
}

/// Items that lost what they point to.
macro_rules! without_document {
    () => {
        "etl.window_item as item
         left join raw.resume_document as document
             on document.document_id = item.document_id
            and document.company_no = item.company_no and document.resume_id = item.resume_id
         left join raw.sighting
             on sighting.company_no = item.company_no and sighting.resume_id = item.resume_id
            and sighting.window_id = item.window_id and sighting.document_id = item.document_id
         where item.state in ('kept', 'stored')
           and (document.document_id is null or sighting.sighting_id is null)"
    };
}

/// Rejected items of which no rejection tells.
macro_rules! without_rejection {
    () => {
        "etl.window_item as item
         where item.state = 'rejected'
           and not exists (select from etl.rejection where rejection.company_no = item.company_no
               and rejection.resume_id = item.resume_id)
           and not exists (select from etl.rejection where rejection.window_id = item.window_id
               and rejection.resume_id is null)"
    };
}

/// Open rejections of what came through after all, or was never listed.
macro_rules! rejection_without_item {
    () => {
        "rejection.resolved_at is null and rejection.resume_id is not null
         and rejection.window_id is not null
         and not exists (
             select from etl.window_item as item
             where item.window_id = rejection.window_id and item.resume_id = rejection.resume_id
               and item.state in ('rejected', 'listed', 'kept'))"
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

/// The counts follow from the items. Where fewer items are left than were listed, ids are lost: the
/// window is asked for its list again.
const RECOUNT: &str = concat!(
    "update etl.fetch_window as window_ set
         listed = right_.listed, stored = right_.stored, absent = right_.absent,
         rejected = right_.rejected, is_listed = right_.is_listed, state = right_.state,
         closed_at = case when right_.state in ('closed', 'empty_unconfirmed')
             then coalesce(window_.closed_at, now()) end
     from (
         select window_.window_id, items.*,
             window_.is_listed and items.listed >= window_.listed as is_listed,
             case when window_.state not in ('closed', 'empty_unconfirmed') then window_.state
                 when items.listed < window_.listed
                     or items.listed <> items.stored + items.absent + items.rejected then 'open'
                 else 'closed' end as state
         from ",
    counted!(),
    " and window_.company_no = any($1)
     ) as right_
     where right_.window_id = window_.window_id"
);

/// What must hold of windows.
pub(super) static WINDOWS: [Check; 5] = [
    Check {
        name: "window_counts",
        holds: "a window counts what its items say, and a closed one has none open",
        offenders: concat!(
            "select window_.company_no, null::text as resume_id, format(
                 'window %s (%s) counts %s listed = %s stored + %s absent + %s rejected; its items say %s = %s + %s + %s',
                 window_.window_id, window_.state, window_.listed, window_.stored, window_.absent,
                 window_.rejected, items.listed, items.stored, items.absent, items.rejected) as example
             from ", counted!()
        ),
        repair: Repair::Statements(&[
            concat!(
                "select from etl.fetch_window where window_id in (select window_.window_id from ",
                counted!(), " and window_.company_no = any($1)) order by window_id for update"
            ),
            RECOUNT,
        ]),
    },
    Check {
        name: "item_document",
        holds: "a kept or stored item has a document of its resume, and its window's sighting of it",
        offenders: concat!(
            "select item.company_no, item.resume_id, format('window %s, resume %s (%s): %s %s',
                 item.window_id, item.resume_id, item.state,
                 case when document.document_id is null then 'no document'
                     else 'no sighting of document' end, item.document_id) as example
             from ", without_document!()
        ),
        repair: Repair::Statements(&[
            concat!(
                "select from etl.fetch_window where window_id in (select item.window_id from ",
                without_document!(), " and item.company_no = any($1)) order by window_id for update"
            ),
            concat!(
                "update etl.window_item as open set state = 'listed', document_id = null, settled_at = null
                 from (select item.window_id, item.resume_id from ", without_document!(),
                " and item.company_no = any($1)) as lost
                 where open.window_id = lost.window_id and open.resume_id = lost.resume_id"
            ),
            RECOUNT,
        ]),
    },
    Check {
        name: "item_rejection",
        holds: "a rejected item has its rejection, which says why",
        offenders: concat!(
            "select item.company_no, item.resume_id,
                 format('window %s, resume %s', item.window_id, item.resume_id) as example
             from ", without_rejection!()
        ),
        repair: Repair::Statements(&[
            concat!(
                "select from etl.fetch_window where window_id in (select item.window_id from ",
                without_rejection!(), " and item.company_no = any($1)) order by window_id for update"
            ),
            concat!(
                "update etl.window_item as open set state = 'listed', document_id = null, settled_at = null
                 from (select item.window_id, item.resume_id from ", without_rejection!(),
                " and item.company_no = any($1)) as lost
                 where open.window_id = lost.window_id and open.resume_id = lost.resume_id"
            ),
            RECOUNT,
        ]),
    },
    Check {
        name: "rejection_item",
        holds: "an open rejection of a window's resume has an item that is rejected, or asked for again",
        offenders: concat!(
            "select rejection.company_no, rejection.resume_id, format('rejection %s: window %s, resume %s',
                 rejection.rejection_id, rejection.window_id, rejection.resume_id) as example
             from etl.rejection where ", rejection_without_item!()
        ),
        repair: Repair::Statements(&[concat!(
            "update etl.rejection set resolved_at = now()
             where company_no = any($1) and ", rejection_without_item!()
        )]),
    },
    Check {
        name: "sighting_window",
        holds: "a sighting has its window in the ledger, of the same company, source and hours",
        offenders: concat!(
            "select sighting.company_no, sighting.resume_id, format('sighting %s of document %s: window %s',
                 sighting.sighting_id, sighting.document_id, sighting.window_id) as example
             from ", without_window!()
        ),
        // The window is there again, open, and asked by the next run; its sightings stay.
        repair: Repair::Statements(&[
            concat!(
                "insert into etl.fetch_window
                     (window_id, company_no, source, window_on, start_hour, end_hour, starts_at, ends_at)
                 overriding system value
                 select distinct on (sighting.window_id) sighting.window_id, sighting.company_no,
                     sighting.source, (window_starts_at at time zone interval '8 hours')::date,
                     extract(hour from window_starts_at at time zone interval '8 hours'),
                     extract(hour from window_starts_at at time zone interval '8 hours')
                         + extract(epoch from window_ends_at - window_starts_at) / 3600,
                     window_starts_at, window_ends_at
                 from ", without_window!(), " and sighting.company_no = any($1)
                 order by sighting.window_id, sighting.sighting_id
                 on conflict do nothing"
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
];
