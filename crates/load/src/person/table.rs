//! The tables of `recruiting`: their columns, and the statements that follow from them.

use sqlx::AssertSqlSafe;

use crate::schema::SchemaName;

/// How a table's rows are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One row a resume: updated in place where it differs.
    OneRow,
    /// A list of the newest document: replaced, unless that document stayed.
    OfNewestDocument,
    /// Rows out of the whole history: replaced.
    OfHistory,
    /// The same, and out of the receipts of files.
    OfReceipts,
}

/// The schema that people live in; statements name it before each of its tables and nowhere else.
const LIVE: &str = "recruiting.";

/// A table and its statements, as those of `recruiting`.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The columns of the primary key, which come first.
    pub(crate) key: &'static [&'static str],
    /// All columns, in the order in which rows have them.
    pub(crate) columns: &'static [&'static str],
    /// `$1` the company, `$2` the resumes.
    pub(crate) delete: &'static str,
    /// `$1` the company; gives the count of rows and a sum over their hashes.
    pub(crate) digest: &'static str,
    /// `$1` the company, `$2` a resume; gives the table's name and the count of rows.
    pub(crate) count: &'static str,
}

impl Table {
    /// The statement that digests the same table of another schema.
    pub(crate) fn digest_in(&self, schema: &SchemaName) -> AssertSqlSafe<String> {
        elsewhere(self.digest, schema)
    }
}

/// Safe: the statement is a constant of this file, and the name is a checked identifier.
fn elsewhere(statement: &'static str, schema: &SchemaName) -> AssertSqlSafe<String> {
    AssertSqlSafe(statement.replace(LIVE, &format!("\"{schema}\".")))
}

/// Numbers of documents differ between two warehouses that hold the same: their contents' hashes
/// stand in for them. Who wrote a row, and when, is no part of what it says.
macro_rules! digest {
    ($name:literal) => {
        concat!(
            "select count(*), coalesce(sum(('x' || substr(md5(line), 1, 15))::bit(60)::bigint), 0)::text
            from (
                select ((row - array['document_id', 'newest_document_id', 'contact_document_id',
                    'fetched_at', '_etl_run_id', '_etl_extracted_at', '_etl_loaded_at',
                    '_etl_fingerprint']) || jsonb_build_object('documents', (
                        select jsonb_object_agg(pointer.key, encode(d.content_hash, 'hex'))
                        from jsonb_each_text(row) pointer
                        join raw.resume_document d on d.document_id = pointer.value::bigint
                        where pointer.key in
                            ('document_id', 'newest_document_id', 'contact_document_id')
                    )))::text as line
                from (select to_jsonb(t) as row from recruiting.", $name, " t where company_no = $1) rows
            ) lines"
        )
    };
}

macro_rules! count {
    ($name:literal) => {
        concat!(
            "select '",
            $name,
            "' as table, count(*) as rows from recruiting.",
            $name,
            " where company_no = $1 and resume_id = $2"
        )
    };
}

macro_rules! table {
    ($kind:ident, $name:literal: $([$($key:literal),+],)? $($column:literal),+ $(,)?) => {
        Table {
            name: $name,
            kind: Kind::$kind,
            key: &["company_no", "resume_id" $($(, $key)+)?],
            columns: &["company_no", "resume_id" $($(, $key)+)?, $($column),+],
            delete: concat!(
                "delete from recruiting.", $name, " where company_no = $1 and resume_id = any($2)"
            ),
            digest: digest!($name),
            count: count!($name),
        }
    };
}

/// All tables, `candidate` first: the others refer to it.
pub(crate) static TABLES: [Table; 20] = [
    table!(OneRow, "candidate": "member_no", "full_name", "english_name", "reg_source",
        "employment_status", "is_employed", "seniority_text", "seniority_years_min", "seniority_years_max",
        "driving_licenses", "transports", "highest_degree_level", "degree_rank", "unknown_fields",
        "first_listed_at", "last_listed_at", "listed_precision", "newest_source", "document_id",
        "document_count", "version_count", "_etl_run_id", "_etl_extracted_at", "_etl_loaded_at",
        "_etl_transform_version", "_etl_notes", "_etl_fingerprint"),
    table!(OneRow, "candidate_contact": "email", "cell_phone", "sub_cell_phone", "tel", "contact_info",
        "address", "address_city", "address_district", "personal_pages", "contact_source", "contact_document_id"),
    table!(OneRow, "candidate_sensitive": "gender", "birthday_text", "birthday", "nationality",
        "military_status", "military_state", "military_retire_text", "military_retire_on",
        "military_retire_precision", "disabled_types", "has_disability_card",
        "assistive_devices", "special_identities"),
    table!(OneRow, "candidate_narrative": "introduction_html", "introduction", "motto",
        "characteristic", "biography", "english_biography", "certificates_text",
        "other_certificates_text"),
    table!(OneRow, "job_preference": "job_characteristic", "work_interval", "other_work_interval",
        "is_shift_work_accepted", "start_text", "start_on", "start_precision",
        "start_notice_days", "wage_text", "wage_kind", "wage_min", "wage_max",
        "wage_monthly_min", "wage_monthly_max", "work_place", "work_cities", "work_districts", "remote_work", "job_name",
        "job_category", "industry_category", "work_desc"),
    table!(OfNewestDocument, "education": ["item_no"], "school_name", "degree_level", "degree_rank",
        "major", "major_category", "degree_status", "school_country", "start_text", "start_on",
        "start_precision", "end_text", "end_on", "end_precision", "is_ongoing"),
    table!(OfNewestDocument, "experience": ["item_no"], "firm_name", "industry_category",
        "company_size", "work_place", "work_city", "work_district", "job_name", "job_role", "job_category", "start_text",
        "start_on", "start_precision", "end_text", "end_on", "end_precision", "is_ongoing",
        "job_desc_html", "job_desc", "skills", "management", "wage_type_desc", "wage",
        "wage_year"),
    table!(OfNewestDocument, "skill": ["item_no"], "skill", "description_html", "description", "tag"),
    table!(OfNewestDocument, "skill_term": ["item_no"], "term", "term_text", "origin",
        "origin_item_no"),
    table!(OfNewestDocument, "language": ["item_no"], "kind", "lang_type", "listen_degree",
        "listen_rank", "speak_degree", "speak_rank", "read_degree", "read_rank", "write_degree",
        "write_rank", "degree", "degree_rank", "certificates"),
    table!(OfNewestDocument, "certificate": ["item_no"], "name", "origin"),
    table!(OfNewestDocument, "project": ["item_no"], "title", "start_text", "start_on",
        "start_precision", "end_text", "end_on", "end_precision", "is_ongoing",
        "description_html", "description", "kind", "website"),
    table!(OfNewestDocument, "custom_section": ["item_no"], "title", "content"),
    table!(OfNewestDocument, "recommender": ["item_no"], "name", "corp", "job_title", "email", "tel"),
    table!(OfHistory, "application": ["job_no", "applied_text", "unnumbered_job_name"], "applied_on",
        "job_name", "apply_source", "first_listed_at", "last_listed_at",
        "first_window_starts_at", "first_source", "document_id", "newest_document_id",
        "is_in_newest_document"),
    table!(OfHistory, "application_answer": ["document_id", "item_no"], "kind", "question", "answer",
        "link", "job_no", "applied_text", "unnumbered_job_name", "is_in_newest_document"),
    table!(OfReceipts, "resume_file": ["document_id", "role", "item_no"], "title", "file_name",
        "website", "link_host", "state", "sha256", "size_bytes", "media_type_claimed",
        "media_type_sniffed", "object_key", "reason", "fetched_at", "is_in_newest_document"),
    table!(OfHistory, "candidate_source": ["source"], "first_listed_at", "last_listed_at",
        "window_count"),
    table!(OfHistory, "candidate_version": ["version_no"], "valid_from", "valid_to", "valid_after",
        "is_current", "is_late", "precision", "source", "document_id", "changed_fields",
        "degree_level", "degree_rank", "firm_name", "job_name", "job_category",
        "seniority_years_min", "employment_status", "is_employed", "wage_text", "wage_kind",
        "wage_monthly_min", "wage_monthly_max", "work_place", "work_cities"),
    table!(OfHistory, "candidate_change": ["version_no", "field"], "table_name", "column_name",
        "before", "after"),
];
