//! The parts of a story, one line an event, in the order of time.

use jiff::Timestamp;
use resumes::held::{Moment, Trace as Held};

use super::Story;
use crate::taiwan::moment;

/// Something that happened.
pub(super) struct Event {
    /// When.
    pub(super) at: Timestamp,
    /// What.
    pub(super) what: String,
}

/// Versions and applications, by the windows that showed them.
pub(super) fn shown(story: &Story) -> Vec<Event> {
    let mut events = Vec::new();
    let mut tell = |at: Moment, what: String| events.push(Event { at: at.0, what });
    for version in &story.held.versions {
        let until = version.valid_to.map_or_else(|| "now".to_owned(), |at| moment(at.0));
        let late = if version.is_late { ", on late evidence alone" } else { "" };
        let changed = if version.changed_fields.is_empty() {
            String::new()
        } else {
            format!("; changed: {}", version.changed_fields.join(", "))
        };
        tell(
            version.valid_from,
            format!(
                "version {} until {until} (document {}, {}, by the {}{late}){changed}",
                version.version_no, version.document_id, version.source, version.precision
            ),
        );
    }
    for application in &story.held.applications {
        let job = application.job_no.as_deref().unwrap_or("without a number");
        let on = application.applied_on.as_deref().unwrap_or("an unknown day");
        let last = moment(application.last_listed_at.0);
        let newest =
            if application.is_in_newest_document { "" } else { "; not in the newest document" };
        tell(
            application.first_listed_at,
            format!("application to job {job} of {on}, listed until {last}{newest}"),
        );
    }
    in_order(events)
}

/// Listings, documents, files, rejections and runs, by the moments at which they happened.
pub(super) fn done(story: &Story) -> Vec<Event> {
    let mut events = Vec::new();
    of_ledger(story, &mut events);
    of_held(&story.held, &mut events);
    in_order(events)
}

fn of_ledger(story: &Story, events: &mut Vec<Event>) {
    let mut tell = |at: Timestamp, what: String| events.push(Event { at, what });
    for run in &story.ledger.runs {
        tell(
            run.started_at.0,
            format!("run {} ({}) began; it ended {}", run.run_id, run.command, run.state),
        );
    }
    for listing in &story.ledger.listings {
        tell(
            listing.listed_at.0,
            format!(
                "listed in window {} ({} {} to {}): {}",
                listing.window_id,
                listing.source,
                moment(listing.starts_at.0),
                moment(listing.ends_at.0),
                listing.state
            ),
        );
    }
    for task in &story.ledger.tasks {
        let slot = slot(task.document_id, &task.role, task.item_no);
        tell(task.created_at.0, format!("file task {}: {slot}", task.task_id));
        if let (Some(failure), None) = (&task.failure, task.closed_at) {
            let tries = task.attempts;
            tell(
                task.created_at.0,
                format!(
                    "file task {}: {}, {tries} runs failed: {failure}",
                    task.task_id, task.state
                ),
            );
        }
        if let Some(at) = task.closed_at {
            tell(at.0, format!("file task {}: {}", task.task_id, task.state));
        }
    }
    for rejection in &story.ledger.rejections {
        let number = rejection.rejection_id;
        tell(
            rejection.rejected_at.0,
            format!("rejection {number}: {} ({})", rejection.code, rejection.reason),
        );
        if let Some(at) = rejection.resolved_at {
            tell(at.0, format!("rejection {number}: resolved"));
        }
    }
}

fn of_held(held: &Held, events: &mut Vec<Event>) {
    let mut tell = |at: Moment, what: String| events.push(Event { at: at.0, what });
    for document in &held.documents {
        tell(
            document.first_fetched_at,
            format!(
                "document {} received: {} bytes, content {}",
                document.document_id, document.byte_length, document.content_hash
            ),
        );
    }
    for sighting in &held.sightings {
        let shown =
            format!("window {} shows document {}", sighting.window_id, sighting.document_id);
        if sighting.last_fetched_at > sighting.first_fetched_at {
            tell(sighting.last_fetched_at, format!("{shown} still"));
        }
        tell(sighting.first_fetched_at, shown);
    }
    for receipt in &held.receipts {
        let slot = slot(receipt.document_id, &receipt.role, receipt.item_no);
        let size = receipt.size_bytes.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
        let content =
            receipt.sha256.as_ref().map_or_else(String::new, |hash| format!(", content {hash}"));
        let outcome = &receipt.outcome;
        tell(receipt.fetched_at, format!("file of {slot}: {outcome}{size}{content}"));
        if let Some(at) = receipt.lost_at {
            tell(at, format!("file of {slot}: the storage has it no more"));
        }
    }
    for slot_ in held.slots.iter().filter(|slot| slot.fetched_at.is_none()) {
        if let Some(document) =
            held.documents.iter().find(|document| document.document_id == slot_.document_id)
        {
            let slot = slot(slot_.document_id, &slot_.role, slot_.item_no);
            tell(document.first_fetched_at, format!("file of {slot}: {} now", slot_.state));
        }
    }
}

fn slot(document_id: i64, role: &str, item_no: i32) -> String {
    format!("document {document_id}, {role} {item_no}")
}

/// What happened at the same moment stays in the order of telling.
fn in_order(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|event| event.at);
    events
}
