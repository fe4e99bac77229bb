//! A page of people in one transaction: compared, written, and the ledger with them.

use std::collections::BTreeSet;

use extract::Clock;
use load::person::{Difference, OldWindows, PersonState, Recompute, RefetchFiles};
use model::resume::FileRole;
use model::{CompanyNo, Rejection, RejectionCode, ResumeId};
use pipeline::file_task::Opening;
use pipeline::rejection::Place;
use pipeline::reread::{self, Verdicts};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use super::{Interpreter, Reprocessed};
use crate::company::Company;
use crate::failure::Failure;
use crate::people::{FreshLinks, new_tasks, refetch};
use crate::{reading, settings};

/// What the tasks of a reprocess share.
pub(super) struct Workshop {
    pub(super) pool: PgPool,
    pub(super) company: CompanyNo,
    run_id: Uuid,
    clock: Clock,
    pub(super) old_windows: settings::OldWindows,
    share_between_sources: bool,
    refetch: RefetchFiles,
    file_roles: Vec<FileRole>,
    pub(super) interpreter: Interpreter,
    is_dry_run: bool,
}

/// What a transaction came to.
enum Attempt {
    Done(Reprocessed),
    /// Items of these windows move: their rows are to be locked before the people are.
    Concerns(Vec<i64>),
}

impl Workshop {
    pub(super) fn of(company: &Company, interpreter: Interpreter, is_dry_run: bool) -> Self {
        Self {
            pool: company.ledger.pool().clone(),
            company: company.settings.no.clone(),
            run_id: company.ledger.run_id(),
            clock: company.clock,
            old_windows: company.run.old_windows,
            share_between_sources: company.run.share_between_sources,
            refetch: refetch(&company.files),
            file_roles: company.files.kinds.clone(),
            interpreter,
            is_dry_run,
        }
    }

    /// Rows that Postgres refuses for what they hold concern their own resume: what was to be
    /// written together is parted until that resume is alone.
    pub(super) async fn work(&self, people: &[ResumeId]) -> Result<Reprocessed, Failure> {
        let mut sum = Reprocessed::default();
        let mut parts = vec![people];
        parts.retain(|part| !part.is_empty());
        while let Some(part) = parts.pop() {
            match self.settled(|windows| self.together(part, windows)).await {
                Ok(done) => sum.add(&done),
                Err(failure) => {
                    let Some(refusal) = failure.refused_rows() else { return Err(failure) };
                    match part {
                        [one] => {
                            let refused = self.settled(|it| self.refuse(one, &refusal, it));
                            sum.add(&refused.await?);
                        }
                        several => {
                            let (first, rest) = several.split_at(several.len() / 2);
                            parts.extend([rest, first]);
                        }
                    }
                }
            }
        }
        Ok(sum)
    }

    /// Those of these people whose rows can't be others than they are, and of whom nothing is rejected.
    pub(super) async fn unchanged(
        &self,
        people: impl Iterator<Item = &ResumeId>,
    ) -> Result<BTreeSet<ResumeId>, Failure> {
        let people: Vec<ResumeId> = people.cloned().collect();
        database::transaction(&self.pool, || async {
            let mut tx = self.begin().await?;
            let old_windows = reading::in_force(&mut tx, &self.company, self.old_windows).await?;
            let settings = self.settings(old_windows);
            let mut unchanged = load::person::unchanged(&mut tx, &settings, &people).await?;
            let ids: Vec<&str> = unchanged.iter().map(ResumeId::as_str).collect();
            for rejected in reread::rejected_among(&mut tx, &self.company, &ids).await? {
                unchanged.retain(|id| id.as_str() != rejected);
            }
            Ok::<_, Failure>((tx, unchanged))
        })
        .await
    }

    /// Who recomputes, and by which rules.
    pub(super) fn settings(&self, old_windows: OldWindows) -> Recompute<'_> {
        Recompute {
            company: &self.company,
            run_id: self.run_id,
            transform_version: self.interpreter.version,
            loaded_at: self.clock.now(),
            old_windows,
            share_between_sources: self.share_between_sources,
            refetch: self.refetch,
            file_roles: &self.file_roles,
            force: false,
        }
    }

    /// Does it again with the windows locked that it turned out to concern: seldom any.
    async fn settled<F, Fut>(&self, attempt: F) -> Result<Reprocessed, Failure>
    where
        F: Fn(Vec<i64>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<(Transaction<'static, Postgres>, Attempt), Failure>> + Send,
    {
        let mut windows = Vec::new();
        loop {
            let ended = database::transaction(&self.pool, || async {
                let (tx, ended) = attempt(windows.clone()).await?;
                match ended {
                    Attempt::Done(_) if !self.is_dry_run => Ok((tx, ended)),
                    // What is committed is a transaction without a word in it.
                    Attempt::Done(_) | Attempt::Concerns(_) => {
                        tx.rollback().await.map_err(Failure::transaction)?;
                        Ok::<_, Failure>((self.begin().await?, ended))
                    }
                }
            })
            .await?;
            match ended {
                Attempt::Done(done) => return Ok(done),
                Attempt::Concerns(more) => windows.extend(more),
            }
            windows.sort_unstable();
            windows.dedup();
        }
    }

    async fn begin(&self) -> Result<Transaction<'static, Postgres>, Failure> {
        self.pool.begin().await.map_err(Failure::transaction)
    }

    async fn together(
        &self,
        people: &[ResumeId],
        windows: Vec<i64>,
    ) -> Result<(Transaction<'static, Postgres>, Attempt), Failure> {
        let mut tx = self.begin().await?;
        reread::lock(&mut tx, &windows).await?;
        // What was learnt before the people were locked is in force.
        load::person::lock_people(&mut tx, &self.company, people).await?;
        let old_windows = reading::in_force(&mut tx, &self.company, self.old_windows).await?;
        let settings = self.settings(old_windows);
        let interpret = &self.interpreter.interpret;
        let found = load::person::renew(&mut tx, &settings, people, interpret).await?;
        let verdicts = Verdicts {
            people: people.iter().map(ToString::to_string).collect(),
            accepted: found.iter().flat_map(|person| person.accepted.clone()).collect(),
            refused: found.iter().flat_map(|person| &person.rejections).map(|one| one.0).collect(),
        };
        let mut done = Reprocessed::default();
        if let Some(concerns) = self.settle(&mut tx, &verdicts, &windows, &mut done).await? {
            return Ok((tx, Attempt::Concerns(concerns)));
        }
        for person in &found {
            count(person, &mut done);
            for (document_id, rejection) in &person.rejections {
                done.rejections_new +=
                    u64::from(self.record(&mut tx, *document_id, rejection).await?);
            }
            let wanted = new_tasks(&person.resume_id, &person.wanted_files, &FreshLinks::new());
            pipeline::file_task::open(&mut tx, &self.company, &wanted, Opening::default()).await?;
        }
        if !self.is_dry_run {
            // Last: all others who have something to tell wait from here to the commit.
            let events = found.iter().flat_map(|person| &person.events);
            load::feed::write(&mut tx, &self.company, self.run_id, events).await?;
        }
        Ok((tx, Attempt::Done(done)))
    }

    /// The document is kept and its rows are not to be had: it is rejected, and what stands stays.
    async fn refuse(
        &self,
        resume_id: &ResumeId,
        refusal: &str,
        windows: Vec<i64>,
    ) -> Result<(Transaction<'static, Postgres>, Attempt), Failure> {
        let mut tx = self.begin().await?;
        reread::lock(&mut tx, &windows).await?;
        let mut done = Reprocessed { people: 1, rejected: 1, ..Reprocessed::default() };
        let newest = load::raw::newest_document(&mut tx, &self.company, resume_id).await?;
        let Some(document_id) = newest else { return Ok((tx, Attempt::Done(done))) };
        let verdicts = Verdicts {
            people: vec![resume_id.to_string()],
            accepted: Vec::new(),
            refused: vec![document_id],
        };
        if let Some(concerns) = self.settle(&mut tx, &verdicts, &windows, &mut done).await? {
            return Ok((tx, Attempt::Concerns(concerns)));
        }
        let rejection = Rejection {
            resume_id: Some(resume_id.clone()),
            code: RejectionCode::RefusedRows,
            reason: format!("Postgres refused the rows of this resume: {refusal}"),
            payload: Vec::new().into(),
        };
        done.rejections_new = u64::from(self.record(&mut tx, document_id, &rejection).await?);
        Ok((tx, Attempt::Done(done)))
    }

    /// Items and rejections follow their documents. Gives the windows that this concerns, if they are
    /// not all locked: then nothing is done.
    async fn settle(
        &self,
        tx: &mut PgConnection,
        verdicts: &Verdicts,
        windows: &[i64],
        done: &mut Reprocessed,
    ) -> Result<Option<Vec<i64>>, Failure> {
        let concerns = reread::windows(&mut *tx, &self.company, verdicts).await?;
        if concerns.iter().any(|window| !windows.contains(window)) {
            return Ok(Some(concerns));
        }
        let moved = reread::settle(&mut *tx, &self.company, &concerns, verdicts).await?;
        done.items_stored = moved.stored;
        done.items_rejected = moved.rejected;
        done.rejections_resolved = reread::resolve(&mut *tx, &self.company, verdicts).await?;
        Ok(None)
    }

    /// Whether it is new: one that is open already stays as it is.
    async fn record(
        &self,
        tx: &mut PgConnection,
        document_id: i64,
        rejection: &Rejection,
    ) -> Result<bool, Failure> {
        let place = Place {
            company: &self.company,
            run_id: self.run_id,
            window_id: None,
            document_id: Some(document_id),
        };
        if pipeline::rejection::is_open(&mut *tx, place, rejection).await? {
            return Ok(false);
        }
        Ok(pipeline::rejection::record(tx, place, rejection).await?)
    }
}

fn count(person: &Difference, done: &mut Reprocessed) {
    let is_held = person.state != PersonState::Nothing || !person.rejections.is_empty();
    done.people += u64::from(is_held);
    done.rejected += person.rejections.len() as u64;
    match person.state {
        PersonState::Written => done.written += 1,
        PersonState::Unchanged => done.unchanged += 1,
        PersonState::Removed => done.removed += 1,
        PersonState::Nothing => {}
    }
    done.restamped += u64::from(person.is_restamped);
    done.changes.add(&person.changes);
}
