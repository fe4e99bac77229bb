//! The second stream: open file tasks, from token to receipt.
//!
//! It runs beside the windows and ends when they are done and no task is due. Resumes go first:
//! the client gives file calls the slots that resumes leave.

mod desk;
mod renewal;

use std::time::Duration;

use async_stream::stream;
use database::Rank;
use futures::{Stream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use load::files::{
    BodyError, Expected, FileStore, Receipt, ReceiptOutcome, StoreFileError, checked,
};
use model::Redacted;
use model::resume::FileRole;
use pipeline::file_task::{self, FileTask, Settled, Whose};
use tokio_util::sync::CancellationToken;

use self::desk::{Desk, Errand};
use self::renewal::{Renewed, ask_again, renew, renewed};
use crate::company::Company;
use crate::failure::Failure;
use crate::learnt::{self, Seen, broken, held};
use crate::people::{FreshLinks, recompute, tell};
use crate::settings::FilesWhen;
use crate::storage::abort_abandoned;

/// How long to wait for new tasks while resumes are still being fetched.
const IDLE: Duration = Duration::from_millis(200);
/// The files of so many people are taken at once: as many as one call gives fresh tokens for.
const PEOPLE: i64 = 10;
/// As many refused tokens are renewed together while there are other files to fetch.
const ENOUGH: usize = 10;
/// A token that is refused so soon was good: its file is unavailable.
const JUST_RENEWED: Duration = Duration::from_secs(1);
/// Tokens that were older when their turn came prove nothing; so many of them do.
const MOST_RENEWALS: u32 = 3;
/// A body that breaks off is asked for again, so often in all.
const BODY_ATTEMPTS: u32 = 3;

/// Fetches the files of all open tasks until `no_more` resumes will come and none is due.
pub(crate) async fn work(company: &Company, no_more: &CancellationToken) {
    if company.files_when != FilesWhen::Now {
        return;
    }
    let Some(store) = &company.store else { return };
    abort_abandoned(company, store).await;
    let desk = Desk::new(company.files.token_max_age);
    tasks(company, no_more, &desk)
        .for_each_concurrent(company.files.at_once, async |errand| {
            if company.is_halted() || desk.outlook.is_given_up() {
                // All of them are given back together: where the database is away, each would wait for it.
                desk.lay_aside(errand);
            } else {
                let task = errand.task.clone();
                match fetch(company, store, errand, &desk).await {
                    Ok(Some(Settled::Stored)) => desk.outlook.works(),
                    Ok(Some(Settled::Unavailable | Settled::TooLarge) | None) => {}
                    Err(failure) => {
                        desk.outlook.failed(&failure);
                        give_back(company, &task, &failure).await;
                    }
                }
            }
            desk.ended();
        })
        .await;
    let left: Vec<FileTask> = desk.laid_aside(0).into_iter().map(|errand| errand.task).collect();
    release(company, &left).await;
}

/// The tasks that are due, each with a token: those whose token is stale, or was refused, are asked
/// for again, ten resumes a call.
fn tasks(
    company: &Company,
    no_more: &CancellationToken,
    desk: &Desk,
) -> impl Stream<Item = Errand> {
    let whose = match company.rank {
        Rank::Schedule => Whose::Everyones,
        // Its end is its own: the files of live hours are the schedule's.
        Rank::Backfill => Whose::Backfills,
    };
    stream! {
        while !company.is_halted() && !desk.outlook.is_given_up() {
            let mut ready = renew(company, desk.laid_aside(ENOUGH)).await;
            let is_last_look = no_more.is_cancelled();
            if ready.is_empty() {
                match company.ledger.take_files(&company.settings.no, PEOPLE, whose).await {
                    Ok(taken) => {
                        let (fresh, stale) = sorted(company, taken, desk.token_max_age());
                        ready = fresh;
                        ready.extend(renew(company, stale).await);
                        if ready.is_empty() && desk.is_idle() {
                            ready = renew(company, desk.laid_aside(1)).await;
                        }
                    }
                    Err(error) => {
                        company.failed("file tasks", &error.into());
                        break;
                    }
                }
            }
            if ready.is_empty() {
                if is_last_look && desk.is_idle() && !desk.has_laid_aside() {
                    break;
                }
                tokio::select! {
                    () = no_more.cancelled(), if !is_last_look => {}
                    () = desk.changed() => {}
                    () = tokio::time::sleep(IDLE) => {}
                }
            }
            for errand in ready {
                desk.begun();
                yield errand;
            }
        }
    }
}

/// Tasks whose token is young enough, and those that need another.
fn sorted(
    company: &Company,
    taken: Vec<FileTask>,
    max_age: Duration,
) -> (Vec<Errand>, Vec<Errand>) {
    let oldest = company
        .clock
        .now()
        .checked_sub(SignedDuration::try_from(max_age).unwrap_or_default())
        .unwrap_or(Timestamp::MIN);
    let with_token = |task: FileTask| {
        let (token, token_at) =
            task.token.clone().unwrap_or_else(|| (Redacted::new(String::new()), Timestamp::MIN));
        Errand { task, token, token_at, renewals: 0, refused_at_age: None }
    };
    taken.into_iter().map(with_token).partition(|errand| errand.token_at >= oldest)
}

/// What a token shows that was refused, while a fresh one was not.
const REFUSED_FOR_AGE: Seen = broken("A-20", "a fileId was refused, and a fresh one was not");
/// What a file of an attachment shows that came.
const CAME: Seen = held("A-07", "a file of an attachment came by its fileId");

/// One file: fetched, hashed, stored by content; its receipt, the person's rows and the task's
/// end in one transaction. One whose token is refused is laid aside (`None`).
async fn fetch(
    company: &Company,
    store: &FileStore,
    mut errand: Errand,
    desk: &Desk,
) -> Result<Option<Settled>, Failure> {
    let mut has_begun = false;
    let outcome = loop {
        let gone = match download(company, store, &errand, &mut has_begun).await {
            Err(failure) if is_gone(&failure) => failure,
            ended => break ended?,
        };
        // Expired, or for now unavailable: only a token that 104 has just given tells which.
        let age = company.clock.now().duration_since(errand.token_at);
        let age = Duration::try_from(age).unwrap_or_default();
        if errand.renewals == 0 {
            errand.refused_at_age = Some(age);
            desk.lay_aside(errand);
            return Ok(None);
        }
        if has_begun && errand.renewals >= MOST_RENEWALS {
            return Err(gone);
        }
        // A file that came in part is there: its token is used up.
        if !has_begun && (age <= JUST_RENEWED || errand.renewals >= MOST_RENEWALS) {
            let reason = "104 answers that the file is expired or unavailable (code 895)";
            break ReceiptOutcome::Unavailable { reason: reason.to_owned() };
        }
        let links = ask_again(company, std::slice::from_ref(&errand.task)).await?;
        match renewed(&links, &errand.task) {
            Renewed::Token(token, token_at) => {
                let renewals = errand.renewals + 1;
                errand = Errand { token, token_at, renewals, ..errand };
            }
            Renewed::Gone(reason) => {
                break ReceiptOutcome::Unavailable { reason: reason.to_owned() };
            }
        }
    };
    if let (ReceiptOutcome::Stored(_), Some(age)) = (&outcome, errand.refused_at_age) {
        desk.learn(age);
        learnt::note(company, [REFUSED_FOR_AGE]).await?;
    }
    if matches!(outcome, ReceiptOutcome::Stored(_)) && errand.task.role != FileRole::Headshot {
        learnt::note(company, [CAME]).await?;
    }
    Ok(Some(record(company, &errand.task, outcome).await?))
}

/// What concerns the file alone is helped by asking for the file again.
fn of_file(error: extract::Error) -> Failure {
    use extract::ErrorKind as Kind;
    match error.kind() {
        Kind::ServerError
        | Kind::UnreadableAnswer
        | Kind::ClientError899
        | Kind::IdRefused
        | Kind::Unexpected => Failure::File(error),
        Kind::CredentialsRefused
        | Kind::CompanyRefused
        | Kind::Settings
        | Kind::BadRequest
        | Kind::Throttled
        | Kind::Unavailable
        | Kind::SourceAddressRefused
        | Kind::Redirected
        | Kind::FileGone
        | Kind::PaceUnavailable
        | Kind::BudgetSpent => error.into(),
    }
}

fn is_gone(failure: &Failure) -> bool {
    matches!(failure, Failure::Extract(error) if error.kind() == extract::ErrorKind::FileGone)
}

async fn download(
    company: &Company,
    store: &FileStore,
    Errand { task, token, .. }: &Errand,
    has_begun: &mut bool,
) -> Result<ReceiptOutcome, Failure> {
    let mut attempt = 1;
    let mut expected =
        Expected { is_photo: task.role == FileRole::Headshot, ..Expected::default() };
    loop {
        let download = company.client.download(&company.settings.no, task.role, token).await;
        let download = download.map_err(of_file)?;
        *has_begun = true;
        let claimed = download.content_type.clone();
        expected.is_framed = download.is_framed;
        expected.claimed_type.clone_from(&claimed);
        let stored = store
            .store(
                &company.settings.no,
                company.ledger.run_id(),
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
            ) if attempt < BODY_ATTEMPTS => {
                attempt += 1;
            }
            Err(StoreFileError::Body(BodyError::Broken(error))) => {
                return Err(Failure::File(error));
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
) -> Result<Settled, Failure> {
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
        fetched_at: company.clock.now(),
    };
    let ids = std::slice::from_ref(&task.resume_id);
    let (settled, done) = database::transaction(company.ledger.pool(), || async {
        let mut tx = company.ledger.pool().begin().await.map_err(Failure::transaction)?;
        load::person::lock_people(&mut tx, &company.settings.no, ids).await?;
        file_task::hold(&mut tx, task).await?;
        let is_stored = load::files::record(&mut tx, &receipt).await?;
        let settled = if is_stored { Settled::Stored } else { settled };
        file_task::settle(&mut tx, task, settled).await?;
        let done = recompute(&mut tx, company, ids, &FreshLinks::new(), false).await?;
        tell(&mut tx, company, &done).await?;
        Ok::<_, Failure>((tx, (settled, done)))
    })
    .await?;
    company.count_wanted(done.files_wanted);
    match settled {
        Settled::Stored => company.tally.files_stored.add(1),
        Settled::Unavailable | Settled::TooLarge => company.tally.files_unavailable.add(1),
    }
    Ok(settled)
}

async fn give_back(company: &Company, task: &FileTask, failure: &Failure) {
    let at = format!("file task {}", task.task_id);
    if failure.is_budget_spent() || failure.is_lease_lost() {
        release(company, std::slice::from_ref(task)).await;
    } else {
        company.tally.files_failed.add(1);
        // A database that is away would not hear it.
        if !failure.is_of_database_away() {
            let failed = company
                .ledger
                .fail_file(task, &failure.what(), &failure.remedy(), failure.is_its_own())
                .await;
            if let Err(error) = failed {
                tracing::warn!(at, error = %error, "a file task could not be given back");
            }
        }
    }
    company.failed(&at, failure);
}

async fn release(company: &Company, tasks: &[FileTask]) {
    if tasks.is_empty() {
        return;
    }
    if let Err(error) = company.ledger.release_files(tasks).await {
        // The lease ends by itself; the next run takes the task up again.
        tracing::warn!(error = %error, "file tasks could not be given back");
    }
}
