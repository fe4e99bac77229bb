//! What must hold of items, and of the windows that count them. One entry, one statement, one name.

use model::{Check, CompanyNo, Repair};
use sqlx::PgConnection;

use super::windows::FOLLOW_SIGHTINGS;
use super::{Reopened, mend};
use crate::Error;

/// The windows, each beside what its items say, where that is something else.
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
         cross join lateral (
             select window_.state in ('closed', 'empty_unconfirmed') as is_done,
                    items.listed < window_.listed as is_short,
                    items.listed < window_.listed
                        or items.listed <> items.stored + items.absent + items.rejected as is_open
         ) as judged
         where (window_.listed, window_.stored, window_.absent, window_.rejected)
            <> (items.listed, items.stored, items.absent, items.rejected)"
    };
}

/// Sightings of windows that have no item for them, or one that knows of nobody.
macro_rules! without_item {
    () => {
        "raw.sighting
         join etl.fetch_window as window_
             on window_.window_id = sighting.window_id and window_.company_no = sighting.company_no
            and window_.source = sighting.source
         left join etl.window_item as item
             on item.window_id = sighting.window_id and item.resume_id = sighting.resume_id
         where (item.window_id is null or item.state = 'absent')"
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

/// The counts follow from the items. Where fewer items are left than were listed, ids are lost: the
/// window is asked for its list again. Whoever opened it, it is the next run's now.
pub(super) const RECOUNT: &str = concat!(
    "with recounted as (
     update etl.fetch_window as window_ set
         listed = right_.listed, stored = right_.stored, absent = right_.absent,
         rejected = right_.rejected, is_listed = right_.is_listed, state = right_.state,
         closed_at = case when right_.state in ('closed', 'empty_unconfirmed')
             then coalesce(window_.closed_at, now()) end,
         is_of_backfill = window_.is_of_backfill and not right_.is_reopened
     from (
         select window_.window_id, items.*, window_.is_listed and not is_short as is_listed,
             is_done and is_open as is_reopened,
             case when is_done then case when is_open then 'open' else 'closed' end
                 else window_.state end as state
         from ",
    counted!(),
    " and window_.company_no = any($1)
     ) as right_
     where right_.window_id = window_.window_id
     returning right_.is_reopened
     )
     select 'window' as reopened from recounted where is_reopened"
);

/// What must hold of items.
pub(super) static ITEMS: [Check; 5] = [
    Check {
        name: "item_company",
        holds: "an item is of its window's company",
        // Either may be the one that is looked at.
        offenders: "
            select case when item.company_no = any($1::text[]) then item.company_no
                else window_.company_no end as company_no, item.resume_id,
                format('window %s of %s, resume %s of %s', window_id, window_.company_no,
                    item.resume_id, item.company_no) as example
            from etl.window_item as item join etl.fetch_window as window_ using (window_id)
            where item.company_no <> window_.company_no",
        repair: Repair::Statements(&[
            FOLLOW_SIGHTINGS,
            "update etl.window_item as item set company_no = window_.company_no
             from etl.fetch_window as window_
             where window_.window_id = item.window_id and window_.company_no = any($1)
               and item.company_no <> window_.company_no",
        ]),
    },
    Check {
        name: "sighting_item",
        holds: "whoever a window showed has an item there, which is not absent",
        offenders: concat!(
            "select sighting.company_no, sighting.resume_id, format('sighting %s: window %s, resume %s %s',
                 sighting.sighting_id, sighting.window_id, sighting.resume_id,
                 coalesce('is ' || item.state, 'has no item')) as example
             from ", without_item!()
        ),
        // Whoever has no rows goes on from raw.
        repair: Repair::Statements(&[
            concat!(
                "select from etl.fetch_window where window_id in (select sighting.window_id from ",
                without_item!(), " and sighting.company_no = any($1)) order by window_id for update"
            ),
            concat!(
                "insert into etl.window_item as item (window_id, company_no, resume_id, position, state,
                     document_id, listed_at, settled_at)
                 select newest.window_id, newest.company_no, newest.resume_id,
                     last.position + row_number() over (
                         partition by newest.window_id order by newest.resume_id),
                     case when has_rows then 'stored' else 'kept' end, newest.document_id,
                     newest.first_fetched_at, case when has_rows then newest.last_fetched_at end
                 from (
                     select distinct on (sighting.window_id, sighting.resume_id) sighting.*
                     from ", without_item!(), " and sighting.company_no = any($1)
                     order by sighting.window_id, sighting.resume_id, sighting.last_fetched_at desc
                 ) as newest
                 cross join lateral (select coalesce(max(position), 0) as position
                     from etl.window_item where window_id = newest.window_id) as last
                 cross join lateral (select exists (
                     select from recruiting.candidate where candidate.company_no = newest.company_no
                         and candidate.resume_id = newest.resume_id) as has_rows) as known
                 on conflict (window_id, resume_id) do update set state = excluded.state,
                     document_id = excluded.document_id, settled_at = excluded.settled_at
                     where item.state = 'absent'"
            ),
            RECOUNT,
        ]),
    },
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
        name: "window_empty",
        holds: "a window whose emptiness is unconfirmed has no item",
        offenders: "
            select company_no, null::text as resume_id, format('window %s', window_id) as example
            from etl.fetch_window as window_
            where state = 'empty_unconfirmed' and (listed > 0 or exists (
                select from etl.window_item where window_item.window_id = window_.window_id))",
        repair: Repair::Statements(&[
            RECOUNT,
            "update etl.fetch_window set state = 'closed'
             where company_no = any($1) and state = 'empty_unconfirmed' and listed > 0",
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
];

/// Has the next run ask 104 again for those who were shown with one of these documents. Their items
/// keep it: should 104 have nothing else to say, it is what is held.
pub async fn ask_again(
    conn: &mut PgConnection,
    company: &CompanyNo,
    documents: &[i64],
) -> Result<Reopened, Error> {
    for statement in [
        "select from etl.fetch_window where window_id in (select window_id from etl.window_item
             where company_no = $1 and document_id = any($2)) order by window_id for update",
        "update etl.window_item set state = 'listed', settled_at = null
         where company_no = $1 and document_id = any($2) and state in ('kept', 'stored')",
    ] {
        sqlx::query(statement)
            .bind(company.as_str())
            .bind(documents)
            .execute(&mut *conn)
            .await
            .map_err(Error::statement("asking again for what is damaged"))?;
    }
    mend(conn, "asking again for what is damaged", RECOUNT, &[company.to_string()]).await
}
