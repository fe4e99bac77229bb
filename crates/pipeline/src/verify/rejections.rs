//! What must hold of rejections and of what they tell of. One entry, one statement, one name.

use model::{Check, Repair};

use super::items::RECOUNT;

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

/// What must hold of rejections.
pub(super) static REJECTIONS: [Check; 2] = [
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
];
