//! One company within one run: its client, its ledger, and what stops its work.

use std::sync::Arc;

use database::Rank;
use extract::{Client, Clock};
use load::files::FileStore;
use pipeline::file_task::Opening;
use pipeline::rejection;
use pipeline::tally::{FailureKind, Tally};
use pipeline::verdict::Stop;
use pipeline::window::{Lease, Ledger};
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, Reach, fail};
use crate::learnt::Learnt;
use crate::pace::PacedByDatabase;
use crate::settings::{self, FilesWhen};
use crate::signals::Signals;
use crate::window::place;

/// What the work of one company needs.
pub(crate) struct Company {
    pub(crate) settings: settings::Company,
    pub(crate) run: settings::Run,
    pub(crate) files: settings::Files,
    /// When this run fetches the files of what it finds.
    pub(crate) files_when: settings::FilesWhen,
    /// Who goes first where several processes share the credential.
    pub(crate) rank: Rank,
    pub(crate) client: Client,
    /// The host of the API; links may name another.
    pub(crate) api_host: Option<String>,
    /// What this run has learnt of 104 and noted.
    pub(crate) learnt: Learnt,
    /// What hands the client its start times.
    pub(crate) pace: Arc<PacedByDatabase>,
    pub(crate) store: Option<FileStore>,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Arc<Tally>,
    /// Set by the database's clock when the run began.
    pub(crate) clock: Clock,
    /// When the run began: what was fetched since is shared between sources.
    pub(crate) started_at: jiff::Timestamp,
    pub(crate) signals: Signals,
    /// Cancelled when this company's work must end: by a failure of its own, by one of the
    /// whole run, or by a signal.
    pub(crate) halt: CancellationToken,
    /// Cancelled when the whole run must end; the parent of `halt`.
    pub(crate) run_halt: CancellationToken,
}

impl Company {
    /// How this run opens file tasks.
    pub(crate) fn opening(&self) -> Opening {
        Opening {
            is_backfill: self.rank == Rank::Backfill,
            is_left_out: self.files_when == FilesWhen::None,
        }
    }

    /// Counts file tasks that were opened, once that is committed.
    pub(crate) fn count_wanted(&self, opened: u64) {
        match self.files_when {
            FilesWhen::Now => self.tally.files_wanted.add(opened),
            FilesWhen::Later | FilesWhen::None => self.tally.files_left.add(opened),
        }
    }

    /// Whether its work must end.
    pub(crate) fn is_halted(&self) -> bool {
        self.halt.is_cancelled()
    }

    /// Whether the run ended because the database is away: what else is asked of it is asked in vain,
    /// and each time for as long as the run is patient.
    pub(crate) fn has_lost_database(&self) -> bool {
        self.run_halt.is_cancelled()
            && self.signals.reason().is_none()
            && self.tally.has_failed(FailureKind::Warehouse)
    }

    /// Counts a failure and stops what it concerns. A lost lease and a spent budget are none.
    pub(crate) fn failed(&self, at: &str, failure: &Failure) {
        if failure.is_lease_lost() {
            tracing::warn!(at, "another process took over");
            return;
        }
        if failure.is_budget_spent() {
            self.signals.stop(Stop::BudgetSpent);
            self.run_halt.cancel();
            return;
        }
        // What stops a company or a run is said once, not by each of its windows.
        let (is_known, stops) = match failure.reach() {
            Reach::Item => (false, None),
            Reach::Company => (self.halt.is_cancelled(), Some(&self.halt)),
            Reach::Run => (self.run_halt.is_cancelled(), Some(&self.run_halt)),
        };
        if is_known && self.tally.has_failed(failure.kind()) {
            return;
        }
        if let Some(stopped) = stops {
            stopped.cancel();
        }
        tracing::error!(at, what = failure.what(), "failed");
        fail(&self.tally, at, failure);
    }

    /// Gives a window back after a failure: marked as failed if the failure is the window's own,
    /// else just released, since nothing is wrong with it. A database that is away would not hear it.
    pub(crate) async fn give_back(&self, lease: &Lease, failure: &Failure) {
        let at = lease.window.to_string();
        if failure.is_of_database_away() {
            return self.failed(&at, failure);
        }
        if let Err(error) = self.keep_answer(lease, failure).await {
            tracing::warn!(at, error = %error.what(), "an answer that can't be used could not be kept");
        }
        let given_back = if failure.is_its_own() {
            self.tally.windows_failed.add(1);
            self.ledger.fail(lease, &failure.what(), &failure.remedy()).await
        } else {
            self.ledger.release(lease).await
        };
        self.failed(&at, failure);
        if let Err(error) = given_back {
            // The lease ends by itself; the window is taken up again by the next run.
            tracing::warn!(at, error = %error, "a window could not be given back");
        }
    }

    /// The answer, or its start, that stands in a window's way is kept with the reason.
    async fn keep_answer(&self, lease: &Lease, failure: &Failure) -> Result<(), Failure> {
        let Some(answer) = failure.unusable_answer() else { return Ok(()) };
        let (what, remedy) = (failure.what(), failure.remedy());
        let mut tx = self.ledger.begin(lease).await?;
        rejection::record_answer(&mut tx, place(self, lease), &what, &remedy, answer).await?;
        tx.commit().await.map_err(Failure::transaction)
    }
}
