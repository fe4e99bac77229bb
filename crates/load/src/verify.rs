//! What must hold of the tables of people and of what was received. One entry, one statement, one
//! name. That every row follows from its documents is [`crate::person`]'s to say, and that every
//! object is there [`crate::files`]'.

use model::{Check, CompanyNo, Repair};
use sqlx::PgConnection;

use crate::error::{Error, during};

/// Numbers of documents in the tables of people, each with the table that names it.
macro_rules! named_documents {
    () => {
        "(select company_no, resume_id, document_id, 'candidate' as table_name from recruiting.candidate
          union all select company_no, resume_id, contact_document_id, 'candidate_contact'
              from recruiting.candidate_contact
          union all select company_no, resume_id, document_id, 'candidate_version'
              from recruiting.candidate_version
          union all select company_no, resume_id, document_id, 'application' from recruiting.application
          union all select company_no, resume_id, newest_document_id, 'application'
              from recruiting.application
          union all select company_no, resume_id, document_id, 'application_answer'
              from recruiting.application_answer
          union all select company_no, resume_id, document_id, 'resume_file' from recruiting.resume_file
         ) as named"
    };
}

/// Receipts of stored files of whose objects no row tells.
macro_rules! without_object {
    () => {
        "raw.document_file as receipt
         left join raw.file_object as held using (company_no, sha256)
         where receipt.sha256 is not null and held.object_key is null"
    };
}

const FROM_BACKUP: &str = "restore these rows of raw from a backup: what 104 sent can't be made up";

/// What must hold of `raw` and `recruiting`.
pub static CHECKS: [Check; 8] = [
    Check {
        name: "raw_person",
        holds: "a sighting and a receipt are of the person whose document they name",
        offenders: "
            select shown.company_no, shown.resume_id,
                format('sighting %s: document %s', shown.sighting_id, shown.document_id) as example
            from raw.sighting as shown left join raw.resume_document as document using (document_id)
            where (shown.company_no, shown.resume_id)
                is distinct from (document.company_no, document.resume_id)
            union all
            select receipt.company_no, receipt.resume_id, format('receipt of document %s, %s %s',
                receipt.document_id, receipt.role, receipt.item_no)
            from raw.document_file as receipt
            left join raw.resume_document as document using (document_id)
            where (receipt.company_no, receipt.resume_id)
                is distinct from (document.company_no, document.resume_id)",
        repair: Repair::ByHand(FROM_BACKUP),
    },
    Check {
        name: "receipt_object",
        holds: "a stored file's receipt has the row of its object",
        offenders: concat!(
            "select receipt.company_no, receipt.resume_id, format('document %s, %s %s',
                 receipt.document_id, receipt.role, receipt.item_no) as example
             from ", without_object!()
        ),
        // Whether the object is there is looked at next.
        repair: Repair::Statements(&[concat!(
            "insert into raw.file_object (company_no, sha256, size_bytes, object_key, stored_at)
             select receipt.company_no, receipt.sha256, coalesce(max(receipt.size_bytes), 0),
                 format('files/%s/%s/%s', receipt.company_no, left(encode(receipt.sha256, 'hex'), 2),
                     encode(receipt.sha256, 'hex')),
                 min(receipt.fetched_at)
             from ", without_object!(), " and receipt.company_no = any($1)
             group by receipt.company_no, receipt.sha256 on conflict do nothing"
        )]),
    },
    Check {
        name: "partition",
        holds: "each company with windows has its partition of every table of people",
        offenders: "
            select company.no as company_no, null::text as resume_id,
                format('%s of %s', parent.relname, company.no) as example
            from unnest($1::text[]) as company (no)
            cross join pg_partitioned_table join pg_class as parent on parent.oid = partrelid
            where parent.relnamespace = 'recruiting'::regnamespace
              and exists (select from etl.fetch_window where company_no = company.no)
              and not exists (
                  select from pg_inherits join pg_class as child on child.oid = inhrelid
                  where inhparent = parent.oid and child.relname = parent.relname || '_' || company.no)",
        repair: Repair::Statements(&[
            "select recruiting.add_company(no) from unnest($1::text[]) as company (no)
             where exists (select from etl.fetch_window where company_no = company.no)",
        ]),
    },
    Check {
        name: "row_person",
        holds: "whoever has rows was sighted, with a document",
        offenders: "
            select candidate.company_no, candidate.resume_id,
                format('resume %s', candidate.resume_id) as example
            from recruiting.candidate
            where not exists (
                select from raw.sighting where sighting.company_no = candidate.company_no
                    and sighting.resume_id = candidate.resume_id)",
        repair: Repair::People,
    },
    Check {
        name: "row_document",
        holds: "a document that a row names is one of the same resume",
        offenders: concat!(
            "select named.company_no, named.resume_id,
                 format('%s of resume %s: document %s', table_name, named.resume_id, named.document_id)
                     as example
             from ", named_documents!(), "
             left join raw.resume_document as document
                 on document.document_id = named.document_id
                and document.company_no = named.company_no and document.resume_id = named.resume_id
             where document.document_id is null"
        ),
        repair: Repair::People,
    },
    Check {
        name: "row_file",
        holds: "a file that is shown as stored is held, under the key that is shown",
        offenders: "
            select shown.company_no, shown.resume_id, format('resume %s: document %s, %s %s',
                shown.resume_id, shown.document_id, shown.role, shown.item_no) as example
            from recruiting.resume_file as shown
            left join raw.file_object as held
                on held.company_no = shown.company_no and held.sha256 = shown.sha256
               and held.object_key = shown.object_key
            where shown.state = 'stored' and held.sha256 is null",
        repair: Repair::People,
    },
    Check {
        name: "pending_task",
        holds: "a pending file of a kind that is fetched has an open task",
        offenders: "
            select shown.company_no, shown.resume_id, format('resume %s: document %s, %s %s',
                shown.resume_id, shown.document_id, shown.role, shown.item_no) as example
            from recruiting.resume_file as shown
            where shown.state = 'pending' and shown.role = any($2::text[]) and not exists (
                select from etl.file_task as task
                where task.company_no = shown.company_no and task.resume_id = shown.resume_id
                  and task.document_id = shown.document_id and task.role = shown.role
                  and task.item_no = shown.item_no and task.state in ('open', 'failed'))",
        repair: Repair::People,
    },
    Check {
        name: "lost_file",
        holds: "a file that was stored is still to be had",
        offenders: "
            select receipt.company_no, receipt.resume_id, format('resume %s: document %s, %s %s, lost %s',
                receipt.resume_id, receipt.document_id, receipt.role, receipt.item_no,
                to_char(lost_at at time zone interval '8 hours', 'YYYY-MM-DD HH24:MI')) as example
            from raw.file_object
            join raw.document_file as receipt using (company_no, sha256)
            where lost_at is not null
              -- a receipt of the slot that counts is what became of it
              and not exists (
                  select from raw.document_file as other
                  left join raw.file_object as held using (company_no, sha256)
                  where other.document_id = receipt.document_id and other.role = receipt.role
                    and other.item_no = receipt.item_no and held.lost_at is null
                    and (other.sha256 is null or held.object_key is not null))",
        repair: Repair::ByHand(
            "`etl104 run`: 104 is asked for these files again, and may give them no more",
        ),
    },
];

/// How many people of a company have rows, and of how many of them nothing is kept that they would
/// follow from: rebuilt, their rows would go.
pub async fn people_without_raw(
    conn: &mut PgConnection,
    company: &CompanyNo,
) -> Result<(i64, i64), Error> {
    sqlx::query_as(
        "select count(*), count(*) filter (where not exists (
             select from raw.sighting join raw.resume_document using (document_id)
             where sighting.company_no = person.company_no
               and sighting.resume_id = person.resume_id))
         from recruiting.candidate as person where company_no = $1",
    )
    .bind(company.as_str())
    .fetch_one(conn)
    .await
    .map_err(during("count people without documents"))
}
