//! The second stream: open file tasks, from token to receipt.
//!
//! It runs beside the windows and ends when they are done and no task is due. Resumes go first:
//! the client gives file calls the slots that resumes leave.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_stream::stream;
use futures::{Stream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use load::files::{
    BodyError, Expected, FileStore, Receipt, ReceiptOutcome, StoreFileError, checked,
};
use model::resume::FileRole;
use model::{Outcome, Redacted, ResumeId};
use pipeline::file_task::{self, FileTask, Settled};
use tokio_util::sync::CancellationToken;

use crate::company::Company;
use crate::failure::Failure;
use crate::kept::{fresh_links, hashed, learn_old_windows};
use crate::people::{FreshLinks, now, recompute, repeated};

/// How long to wait for new tasks while resumes are still being fetched.
const IDLE: Duration = Duration::from_millis(200);
/// Tasks taken at once; within their leases.
const TAKE: i64 = 20;
/// A body that breaks off is asked for again, so often in all.
const BODY_ATTEMPTS: u32 = 3;

/// Fetches the files of all open tasks until `no_more` resumes will come and none is due.
pub(crate) async fn work(company: &Company, no_more: &CancellationToken) {
    let Some(store) = &company.store else { return };
    let storage_failed = AtomicBool::new(false);
    tasks(company, no_more, &storage_failed)
        .for_each_concurrent(company.files.at_once, |task| async {
            let Task { task, token } = task;
            if company.is_halted() || storage_failed.load(Ordering::Relaxed) {
                release(company, &[task]).await;
                return;
            }
            match fetch(company, store, &task, token).await {
                Ok(()) => {}
                Err(failure) => {
                    if matches!(failure, Failure::Storage(_)) {
                        storage_failed.store(true, Ordering::Relaxed);
                    }
                    give_back(company, &task, &failure).await;
                }
            }
        })
        .await;
}

/// A task with a token that is worth a try.
struct Task {
    task: FileTask,
    token: Redacted<String>,
}

/// The tasks that are due, each with a token: those whose token is stale are asked for again,
/// ten resumes a call.
fn tasks(
    company: &Company,
    no_more: &CancellationToken,
    storage_failed: &AtomicBool,
) -> impl Stream<Item = Task> {
    stream! {
        while !company.is_halted() && !storage_failed.load(Ordering::Relaxed) {
            let is_last_look = no_more.is_cancelled();
            let taken = match company.ledger.take_files(&company.settings.no, TAKE).await {
                Ok(taken) => taken,
                Err(error) => {
                    company.failed("file tasks", &error.into());
                    break;
                }
            };
            if taken.is_empty() {
                if is_last_look {
                    break;
                }
                tokio::select! {
                    () = no_more.cancelled() => {}
                    () = tokio::time::sleep(IDLE) => {}
                }
                continue;
            }
            let oldest = now()
                .checked_sub(SignedDuration::try_from(company.files.token_max_age).unwrap_or_default())
                .unwrap_or(Timestamp::MIN);
            let (fresh, stale): (Vec<_>, Vec<_>) = taken.into_iter().partition(|task| {
                task.token.as_ref().is_some_and(|(_, fetched_at)| *fetched_at >= oldest)
            });
            for task in fresh {
                if let Some((token, _)) = task.token.clone() {
                    yield Task { task, token };
                }
            }
            for task in renew(company, stale).await {
                yield task;
            }
        }
    }
}

/// One file: fetched, hashed, stored by content; its receipt, the person's rows and the task's
/// end in one transaction.
async fn fetch(
    company: &Company,
    store: &FileStore,
    task: &FileTask,
    token: Redacted<String>,
) -> Result<(), Failure> {
    let outcome = match download(company, store, task, &token).await {
        Err(failure) if is_gone(&failure) => {
            // Expired, or for now unavailable: a fresh token through the resume, then once more.
            match renew_one(company, task).await? {
                Renewed::Token(token) => match download(company, store, task, &token).await {
                    Err(failure) if is_gone(&failure) => ReceiptOutcome::Unavailable {
                        reason: "104 answers that the file is expired or unavailable (code 895)"
                            .to_owned(),
                    },
                    ended => ended?,
                },
                Renewed::Gone(reason) => ReceiptOutcome::Unavailable { reason: reason.to_owned() },
            }
        }
        ended => ended?,
    };
    record(company, task, outcome).await
}

fn is_gone(failure: &Failure) -> bool {
    matches!(failure, Failure::Extract(error) if error.kind() == extract::ErrorKind::FileGone)
}

async fn download(
    company: &Company,
    store: &FileStore,
    task: &FileTask,
    token: &Redacted<String>,
) -> Result<ReceiptOutcome, Failure> {
    let mut attempt = 1;
    let mut expected =
        Expected { is_photo: task.role == FileRole::Headshot, ..Expected::default() };
    loop {
        let download = company.client.download(&company.settings.no, task.role, token).await?;
        let claimed = download.content_type.clone();
        expected.is_framed = download.is_framed;
        expected.claimed_type.clone_from(&claimed);
        let stored = store
            .store(
                &company.settings.no,
                claimed.as_deref(),
                download.length,
                checked(expected.clone(), download.body),
                company.ledger.pool(),
            )
            .await;
        match stored {
            Ok(stored) => {
                company.tally.file_bytes.add(stored.size_bytes);
                return Ok(ReceiptOutcome::Stored(stored));
            }
            Err(StoreFileError::TooLarge { size }) => return Ok(ReceiptOutcome::TooLarge { size }),
            Err(StoreFileError::Storage(error)) => return Err(error.into()),
            Err(StoreFileError::Database(error)) => return Err(error.into()),
            Err(StoreFileError::Body(BodyError::Page { is_markup, .. }))
                if attempt < BODY_ATTEMPTS =>
            {
                attempt += 1;
                expected.may_be_page = load::files::is_page_by_name(
                    company.ledger.pool(),
                    &company.settings.no,
                    &task.resume_id,
                    task.document_id,
                    (task.role, task.item_no),
                    is_markup,
                )
                .await?;
            }
            Err(StoreFileError::Body(BodyError::Unproven(seen))) if attempt < BODY_ATTEMPTS => {
                attempt += 1;
                expected.seen = Some(seen);
            }
            Err(
                StoreFileError::Body(BodyError::Broken(_)) | StoreFileError::LengthMismatch { .. },
            ) if attempt < BODY_ATTEMPTS =>
            {
                attempt += 1;
            }
            Err(StoreFileError::Body(BodyError::Broken(error))) => {
                return Err(Failure::FileBroken(error));
            }
            Err(StoreFileError::Body(BodyError::Page { .. })) => return Err(Failure::FileIsPage),
            Err(StoreFileError::Body(BodyError::Unproven(_))) => return Err(Failure::FileUnproven),
            Err(StoreFileError::LengthMismatch { announced, received }) => {
                return Err(Failure::FileCut { announced, received });
            }
        }
    }
}

/// The receipt, what follows from it for the person's rows, and the task's end.
async fn record(
    company: &Company,
    task: &FileTask,
    outcome: ReceiptOutcome,
) -> Result<(), Failure> {
    let settled = match &outcome {
        ReceiptOutcome::Stored(_) => Settled::Stored,
        ReceiptOutcome::Unavailable { .. } => Settled::Unavailable,
        ReceiptOutcome::TooLarge { .. } => Settled::TooLarge,
    };
    let receipt = Receipt {
        company: company.settings.no.clone(),
        resume_id: task.resume_id.clone(),
        document_id: task.document_id,
        role: task.role,
        item_no: task.item_no,
        window_ends_at: task.window.ends_at(),
        outcome,
        fetched_at: now(),
    };
    let ids = std::slice::from_ref(&task.resume_id);
    repeated(|| async {
        let mut tx = company.ledger.pool().begin().await.map_err(Failure::transaction)?;
        load::person::lock_people(&mut tx, &company.settings.no, ids).await?;
        file_task::hold(&mut tx, task).await?;
        load::files::record(&mut tx, &receipt).await?;
        file_task::settle(&mut tx, task, settled).await?;
        recompute(&mut tx, company, ids, &FreshLinks::new(), false).await?;
        tx.commit().await.map_err(Failure::transaction)?;
        Ok(())
    })
    .await?;
    match settled {
        Settled::Stored => company.tally.files_stored.add(1),
        Settled::Unavailable | Settled::TooLarge => company.tally.files_unavailable.add(1),
    }
    Ok(())
}

/// What asking a resume again gave for a task.
enum Renewed {
    Token(Redacted<String>),
    Gone(&'static str),
}

/// Fresh tokens for stale tasks, ten resumes a call; a task whose file is gone is settled.
async fn renew(company: &Company, stale: Vec<FileTask>) -> Vec<Task> {
    let mut ready = Vec::new();
    for of_window in stale.chunk_by(|one, other| one.window_id == other.window_id) {
        let links = match ask_again(company, of_window).await {
            Ok(links) => links,
            Err(failure) => {
                for task in of_window {
                    give_back(company, task, &failure).await;
                }
                continue;
            }
        };
        for task in of_window {
            match renewed(&links, task) {
                Renewed::Token(token) => ready.push(Task { task: task.clone(), token }),
                Renewed::Gone(reason) => {
                    let outcome = ReceiptOutcome::Unavailable { reason: reason.to_owned() };
                    if let Err(failure) = record(company, task, outcome).await {
                        give_back(company, task, &failure).await;
                    }
                }
            }
        }
    }
    ready
}

async fn renew_one(company: &Company, task: &FileTask) -> Result<Renewed, Failure> {
    let links = ask_again(company, std::slice::from_ref(task)).await?;
    Ok(renewed(&links, task))
}

fn renewed(links: &FreshLinks, task: &FileTask) -> Renewed {
    let Some((_, links)) = links.get(&task.document_id) else {
        return Renewed::Gone("104 no longer answers this version of the resume");
    };
    let slot = links.iter().find(|link| link.role == task.role && link.item_no == task.item_no);
    match slot.and_then(|link| link.token.clone()) {
        Some(token) => Renewed::Token(token),
        None => Renewed::Gone("104's answer no longer holds a link to this file"),
    }
}

/// Asks the tasks' resumes again in the window that showed them. An answer that differs from
/// what is held is kept like any other: a sighting of that window, and the person's rows.
async fn ask_again(company: &Company, tasks: &[FileTask]) -> Result<FreshLinks, Failure> {
    let Some(first) = tasks.first() else { return Ok(FreshLinks::new()) };
    let mut ids: Vec<ResumeId> = tasks.iter().map(|task| task.resume_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut answers = Box::pin(company.client.resumes(&first.window, ids));
    let mut fetched = Vec::new();
    while let Some(answer) = answers.next().await {
        if let Outcome::Ready(raw) = answer?
            && let Ok(raw) = hashed(raw)
        {
            fetched.push(raw);
        }
    }
    let (kept, links) = repeated(|| async {
        let mut tx = company.ledger.pool().begin().await.map_err(Failure::transaction)?;
        let kept = load::raw::keep(&mut tx, &first.window, first.window_id, &fetched).await?;
        let links = fresh_links(&fetched, &kept);
        let changed: Vec<ResumeId> = kept
            .iter()
            .filter(|kept| !kept.seen_before_alike)
            .map(|kept| kept.resume_id.clone())
            .collect();
        recompute(&mut tx, company, &changed, &links, false).await?;
        tx.commit().await.map_err(Failure::transaction)?;
        Ok((kept, links))
    })
    .await?;
    learn_old_windows(company, &first.window, &kept).await?;
    Ok(links)
}

async fn give_back(company: &Company, task: &FileTask, failure: &Failure) {
    let at = format!("file task {}", task.task_id);
    if failure.is_budget_spent() || failure.is_lease_lost() {
        release(company, std::slice::from_ref(task)).await;
    } else {
        company.tally.files_failed.add(1);
        let failed = company
            .ledger
            .fail_file(task, &failure.what(), &failure.remedy(), failure.is_its_own())
            .await;
        if let Err(error) = failed {
            tracing::warn!(at, error = %error, "a file task could not be given back");
        }
    }
    company.failed(&at, failure);
}

async fn release(company: &Company, tasks: &[FileTask]) {
    if let Err(error) = company.ledger.release_files(tasks).await {
        // The lease ends by itself; the next run takes the task up again.
        tracing::warn!(error = %error, "file tasks could not be given back");
    }
}
