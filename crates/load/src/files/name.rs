//! What a file is called: a word of its owner, never a path.

use model::resume::FileRole;
use model::{CompanyNo, ResumeId};
use sqlx::PgExecutor;

use crate::error::{Error, during};

/// Names of pages.
const PAGES: [&str; 8] = ["html", "htm", "xhtml", "shtml", "mht", "mhtml", "xml", "svg"];
/// Names of texts, which may be claimed to be pages.
const TEXTS: [&str; 6] = ["txt", "json", "csv", "md", "log", "tex"];

/// Whether the file in a slot is a page by its name or title; unless it `is_markup`, a text will do.
pub async fn is_page_by_name(
    conn: impl PgExecutor<'_>,
    company: &CompanyNo,
    resume_id: &ResumeId,
    document_id: i64,
    (role, item_no): (FileRole, u32),
    is_markup: bool,
) -> Result<bool, Error> {
    let names: Vec<Option<String>> = sqlx::query_scalar(
        "select unnest(array[file_name, title]) from recruiting.resume_file
         where company_no = $1 and resume_id = $2 and document_id = $3 and role = $4 and item_no = $5",
    )
    .bind(company.as_str())
    .bind(resume_id.as_str())
    .bind(document_id)
    .bind(role.as_str())
    .bind(i32::try_from(item_no).unwrap_or(i32::MAX))
    .fetch_all(conn)
    .await
    .map_err(during("read a file's name"))?;
    Ok(names.iter().flatten().any(|name| is_page(name, is_markup)))
}

fn is_page(name: &str, is_markup: bool) -> bool {
    let Some((_, extension)) = name.rsplit_once('.') else { return false };
    let extension = extension.trim().to_ascii_lowercase();
    let is_one_of = |known: &[&str]| known.contains(&extension.as_str());
    is_one_of(&PAGES) || !is_markup && is_one_of(&TEXTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_pages_from_other_files() {
        for (name, is_markup, expected) in [
            ("作品集.html", true, true),
            ("INDEX.HTM ", true, true),
            ("cv.txt", true, false),
            ("cv.txt", false, true),
            ("履歷.pdf", false, false),
            ("html", true, false),
            ("", false, false),
        ] {
            assert_eq!(is_page(name, is_markup), expected, "{name}");
        }
    }
}
