//! Fresh tokens for files, through the resumes that show them.

use futures::StreamExt;
use jiff::Timestamp;
use load::files::ReceiptOutcome;
use model::resume::FileLink;
use model::{Outcome, Redacted, ResumeId};
use pipeline::file_task::FileTask;

use super::desk::Errand;
use super::{give_back, record};
use crate::company::Company;
use crate::failure::Failure;
use crate::kept::{fresh_links, hashed, learn_old_windows, own_of_window, read};
use crate::people::{FreshLinks, recompute, tell};

/// What asking a resume again gave for a task.
pub(super) enum Renewed {
    Token(Redacted<String>, Timestamp),
    Gone(&'static str),
}

/// Fresh tokens, ten resumes a call; a task whose file is gone is settled.
pub(super) async fn renew(company: &Company, mut stale: Vec<Errand>) -> Vec<Errand> {
    let mut ready = Vec::new();
    stale.sort_by_key(|errand| errand.task.window_id);
    while let Some(window_id) = stale.first().map(|errand| errand.task.window_id) {
        let rest =
            stale.split_off(stale.partition_point(|errand| errand.task.window_id == window_id));
        let of_window = std::mem::replace(&mut stale, rest);
        let tasks: Vec<FileTask> = of_window.iter().map(|errand| errand.task.clone()).collect();
        let links = match ask_again(company, &tasks).await {
            Ok(links) => links,
            Err(failure) => {
                for task in &tasks {
                    give_back(company, task, &failure).await;
                }
                continue;
            }
        };
        for errand in of_window {
            match renewed(&links, &errand.task) {
                Renewed::Token(token, token_at) => {
                    let renewals = errand.renewals + 1;
                    ready.push(Errand { token, token_at, renewals, ..errand });
                }
                Renewed::Gone(reason) => {
                    let outcome = ReceiptOutcome::Unavailable { reason: reason.to_owned() };
                    if let Err(failure) = record(company, &errand.task, outcome).await {
                        give_back(company, &errand.task, &failure).await;
                    }
                }
            }
        }
    }
    ready
}

pub(super) fn renewed(links: &FreshLinks, task: &FileTask) -> Renewed {
    let Some(fresh) = links.get(&task.document_id) else {
        return Renewed::Gone("104 no longer answers this version of the resume");
    };
    let of_slot = |link: &&FileLink| link.role == task.role && link.item_no == task.item_no;
    let slot = fresh.links().iter().find(of_slot);
    match slot.and_then(|link| link.token.clone()) {
        Some(token) => Renewed::Token(token, fresh.raw.fetched_at),
        None => Renewed::Gone("104's answer no longer holds a link to this file"),
    }
}

/// Asks the tasks' resumes again in the window that showed them. An answer that differs from
/// what is held is kept like any other: a sighting of that window, and the person's rows.
pub(super) async fn ask_again(
    company: &Company,
    tasks: &[FileTask],
) -> Result<FreshLinks, Failure> {
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
    // What belongs to another id says nothing of this one; its window has rejected it.
    let (fetched, _strangers) = own_of_window(company, first.window_id, fetched).await?;
    let (kept, links, done) = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.pool().begin().await.map_err(Failure::transaction)?;
        let kept = load::raw::keep(&mut tx, &first.window, first.window_id, &fetched).await?;
        // What they show was noted when they were first fetched.
        let (links, _seen) = fresh_links(company, &first.window, read(fetched.clone()), &kept);
        let changed: Vec<ResumeId> = kept
            .iter()
            .filter(|kept| !kept.seen_before_alike)
            .map(|kept| kept.resume_id.clone())
            .collect();
        let done = recompute(&mut tx, company, &changed, &links, false).await?;
        tell(&mut tx, company, &done).await?;
        Ok::<_, Failure>((tx, (kept, links, done)))
    })
    .await?;
    company.count_wanted(done.files_wanted);
    learn_old_windows(company, &first.window, &kept).await?;
    Ok(links)
}
