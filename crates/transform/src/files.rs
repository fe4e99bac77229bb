//! Links to photo and files: `headshotUrl`, `attachFiles[]`, `projectDatas[].resourceLink`.

mod link;

use model::NoteCode;
use model::resume::{FileLink, FileRole};

use crate::json::Value;
use crate::wire::{Fields, List, Numbering};
use link::Link;

const ATTACHMENTS: List = List {
    key: "attachFiles",
    prefix: "attachFiles[].",
    table: "resume_file",
    main: ("title", "title"),
    numbering: Numbering::Positions,
};

/// The column that says what became of a file; notes on links name it.
const STATE: &str = "state";

/// The photo, if the resume has a link to one. Of several links the first counts.
pub(crate) fn headshot(fields: &mut Fields<'_>) -> Option<FileLink> {
    fields.table("resume_file");
    let mut links = fields.links("headshotUrl", STATE).into_iter();
    let first = links.next()?;
    for other in links {
        fields.note(STATE, NoteCode::UnexpectedType, Some(&other));
    }
    Some(with_link(fields, slot(FileRole::Headshot, 1), &first))
}

/// The attachments: files to fetch, and links that are recorded only.
pub(crate) fn attachments(fields: &mut Fields<'_>) -> Vec<FileLink> {
    fields.list(&ATTACHMENTS, |fields, position| {
        let kind = fields.code("type", STATE, &[("1", FILE), ("2", LINK)]);
        let mut slot = slot(FileRole::Attachment, position);
        slot.title = fields.text("title", "title");
        slot.file_name = fields.text("fileName", "file_name");
        slot.website = fields.text("website", "website");
        let resource = fields.link("resourceLink", STATE).or_else(|| bare_link(&mut slot));
        let is_link = kind.as_deref() == Some(LINK);
        if let Some(other) = kind.filter(|kind| ![FILE, LINK].contains(&kind.as_str())) {
            fields.unknown("type", &Value::text(other));
        }
        let Some(resource) = resource else { return slot };
        if !is_link || slot.website.is_none() && Link::of(&resource).is_file() {
            return with_link(fields, slot, &resource);
        }
        // A link of the person's own: what stands in `resourceLink` is no file of 104.
        if slot.website.is_none() {
            slot.host = Link::of(&resource).host;
            slot.website = Some(resource);
        } else {
            fields.unknown("resourceLink", &Value::text(resource));
        }
        slot
    })
}

/// A link that stands alone in the place of an attachment, where its title was looked for.
fn bare_link(slot: &mut FileLink) -> Option<String> {
    let is_alone = slot.file_name.is_none() && slot.website.is_none();
    slot.title.take_if(|title| is_alone && link::looks_like_one(title))
}

/// What `attachFiles[].type` means.
const FILE: &str = "file";
const LINK: &str = "link";

/// The file of a project, if it has one. `fields` are those of `projectDatas[]`.
pub(crate) fn of_project(
    fields: &mut Fields<'_>,
    position: u32,
    title: Option<String>,
    website: Option<String>,
) -> Option<FileLink> {
    fields.table("resume_file");
    let resource = fields.link("resourceLink", STATE)?;
    let slot = FileLink { title, website, ..slot(FileRole::Project, position) };
    Some(with_link(fields, slot, &resource))
}

fn slot(role: FileRole, item_no: u32) -> FileLink {
    FileLink { role, item_no, title: None, file_name: None, website: None, token: None, host: None }
}

/// The slot with what its link says; without a token it is recorded only, and noted.
fn with_link(fields: &mut Fields<'_>, slot: FileLink, resource: &str) -> FileLink {
    let link = Link::of(resource);
    if !link.is_file() {
        fields.note(STATE, NoteCode::LinkWithoutToken, Some(resource));
    }
    FileLink { token: link.token.map(Into::into), host: link.host, ..slot }
}
