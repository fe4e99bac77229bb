//! Resumes by their ids: in batches of ten, one by one where a batch does not answer them.

use std::collections::HashSet;
use std::sync::Arc;

use async_stream::stream;
use futures::stream::{FuturesUnordered, Stream, StreamExt};
use jiff::Timestamp;
use model::{Outcome, RawResume, Redacted, Rejection, RejectionCode, ResumeId, Window};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::answer::{Arrival, Unreadable, parse_json};
use crate::call::Call;
use crate::client::{Client, Read};
use crate::error::{Ending, Error, ErrorKind};
use crate::listing::Page;
use crate::pairing::{Names, Pairing, Single, pair, single};

/// Ids in one batch at most (from public client code).
const BATCH_SIZE: usize = 10;
/// Batches of one stream under way at once.
const BATCHES_IN_FLIGHT: usize = 4;

/// So many ids at which 104 fails in turn make it doubtful that they are to blame.
const DOUBTFUL: usize = 2;

/// What became of the ids of one batch.
#[derive(Default)]
struct Batch {
    outcomes: Vec<Outcome<RawResume>>,
    /// Ids that the answer left out, though it held others.
    left_out: Vec<ResumeId>,
    /// The error that ended it early.
    error: Option<Error>,
}

/// Whether what a batch leaves out is asked for again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Last,
}

impl Client {
    /// The resumes of these ids, in any order: one item an id, and one for each resume that
    /// nobody asked for.
    ///
    /// Batches are asked as the stream is polled, a few at once. What they leave out is asked for
    /// once more at the end, ten ids a call: left out twice, it is absent. An error is the stream's last
    /// item: what was in flight comes before it, and ids without an item were not asked or have
    /// failed. `ids` is what the window listed, as far as it is to be fetched; repeated ids count
    /// once.
    pub fn resumes(
        &self,
        window: &Window,
        ids: Vec<ResumeId>,
    ) -> impl Stream<Item = Result<Outcome<RawResume>, Error>> + Send + 'static + use<> {
        let listed: Arc<HashSet<ResumeId>> = Arc::new(ids.iter().cloned().collect());
        let mut left = HashSet::clone(&listed);
        let ids: Vec<_> = ids.into_iter().filter(|id| left.remove(id)).collect();
        let inquiry = Inquiry { client: self.clone(), window: Arc::new(window.clone()), listed };
        stream! {
            let mut left_out: Vec<ResumeId> = Vec::new();
            let mut failure: Option<Error> = None;
            for turn in [Turn::First, Turn::Last] {
                let ids = if turn == Turn::First { &ids } else { &std::mem::take(&mut left_out) };
                let mut batches = ids.chunks(BATCH_SIZE);
                let mut in_flight = FuturesUnordered::new();
                loop {
                    while failure.is_none() && in_flight.len() < BATCHES_IN_FLIGHT {
                        let Some(batch) = batches.next() else { break };
                        in_flight.push(inquiry.clone().fetch(batch.to_vec(), turn));
                    }
                    let Some(batch) = in_flight.next().await else { break };
                    for outcome in batch.outcomes {
                        yield Ok(outcome);
                    }
                    left_out.extend(batch.left_out);
                    failure = match (failure, batch.error) {
                        (Some(one), Some(other)) if one.scope() >= other.scope() => Some(one),
                        (one, other) => other.or(one),
                    };
                }
            }
            if let Some(error) = failure {
                yield Err(error);
            }
        }
    }
}

/// What the calls of one stream have in common.
#[derive(Clone)]
struct Inquiry {
    client: Client,
    window: Arc<Window>,
    /// All ids of the stream: a resume that names one of them belongs to it alone.
    listed: Arc<HashSet<ResumeId>>,
}

/// An id at which 104 failed when it was asked alone.
struct Suspect {
    id: ResumeId,
    failed_at: Instant,
    error: Error,
}

/// An answer's resumes, each with its exact bytes.
struct Answer {
    resumes: Vec<Box<RawValue>>,
    body: bytes::Bytes,
    at: Timestamp,
}

#[derive(Deserialize)]
struct Wire {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    list: Box<RawValue>,
}

/// Splits the answer before anything looks into a resume, so that a bad one harms no other.
fn split(arrival: &Arrival) -> Result<Answer, Unreadable> {
    let Wire { data } = parse_json(arrival.bytes())?;
    let text = data.list.get();
    let resumes =
        if text.starts_with('{') { vec![data.list] } else { parse_json(text.as_bytes())? };
    Ok(Answer { resumes, body: arrival.bytes().clone(), at: arrival.at })
}

impl Inquiry {
    async fn fetch(self, ids: Vec<ResumeId>, turn: Turn) -> Batch {
        if ids.len() == 1 || !self.client.batch_habit().is_worth_a_batch() {
            return self.one_by_one(ids, None).await;
        }
        match self.ask(Call::batch(&self.window, &ids)).await {
            Ok(answer) => {
                let names: Vec<_> = answer.resumes.iter().map(|raw| Names::of(raw)).collect();
                match pair(&ids, &names) {
                    Pairing::Paired(owners) => {
                        self.client.batch_habit().paired();
                        let given = owners.iter().flatten().next().and_then(|at| ids.get(*at));
                        if let Some(id) = given {
                            self.client.evidence().given(&self.window, id);
                        }
                        paired(ids, &owners, answer, turn)
                    }
                    Pairing::OneByOne => {
                        if !names.is_empty() {
                            self.client.batch_habit().unpaired();
                        }
                        self.one_by_one(ids, None).await
                    }
                }
            }
            Err(error) => match error.ending() {
                Ending::Split => self.one_by_one(ids, Some(1)).await,
                Ending::Reject(_) | Ending::FailWindow | Ending::StopCompany | Ending::StopRun => {
                    Batch { error: Some(error), ..Batch::default() }
                }
            },
        }
    }

    /// Asks each id alone. Ids at which 104 fails are put aside and asked once more at the end: one
    /// is to blame only if 104 answered for another meanwhile, by a call that began after it had
    /// failed at this one.
    async fn one_by_one(&self, ids: Vec<ResumeId>, attempts: Option<u32>) -> Batch {
        let mut outcomes = Vec::with_capacity(ids.len());
        let mut suspects: Vec<Suspect> = Vec::new();
        for id in ids {
            let mut call = Call::resume(&self.window, &id);
            if let Some(attempts) = attempts {
                call = call.at_most(attempts);
            }
            match self.ask(call).await {
                Ok(answer) => self.take(id, answer, &mut outcomes),
                Err(error) if is_suspicion(&error) => {
                    self.client.evidence().failed(&id);
                    suspects.push(Suspect { id, failed_at: Instant::now(), error });
                    // In an outage the rest need not be asked to know it.
                    if suspects.len() == DOUBTFUL
                        && let Some(suspect) = suspects.pop()
                    {
                        if !self.is_104_well(suspects.first().unwrap_or(&suspect)).await {
                            return self.away(outcomes, suspect);
                        }
                        suspects.push(suspect);
                    }
                }
                Err(error) => match refusal(id, error) {
                    Ok(rejection) => outcomes.push(Outcome::Rejected(rejection)),
                    Err(error) => {
                        return Batch { outcomes, error: Some(error), ..Batch::default() };
                    }
                },
            }
        }
        for suspect in suspects {
            if !self.is_104_well(&suspect).await {
                return self.away(outcomes, suspect);
            }
            match self.ask(Call::resume(&self.window, &suspect.id).at_most(2)).await {
                Ok(answer) => self.take(suspect.id, answer, &mut outcomes),
                // Its list alone spoke for 104, and meanwhile it failed at others too.
                Err(error) if is_suspicion(&error) && self.is_alone_and_others_fail() => {
                    return self.away(outcomes, Suspect { error, ..suspect });
                }
                Err(error) => match refusal(suspect.id, error) {
                    Ok(rejection) => outcomes.push(Outcome::Rejected(rejection)),
                    Err(error) => {
                        return Batch { outcomes, error: Some(error), ..Batch::default() };
                    }
                },
            }
        }
        Batch { outcomes, ..Batch::default() }
    }

    /// Nothing says that the id alone is to blame: the window fails, and nobody is rejected.
    fn away(&self, outcomes: Vec<Outcome<RawResume>>, suspect: Suspect) -> Batch {
        self.client.resumes_failed();
        Batch {
            outcomes,
            error: Some(suspect.error.with_ending(Ending::FailWindow)),
            ..Batch::default()
        }
    }

    /// Whether 104 answers for others since it failed at that id: for any other asked alone meanwhile, or
    /// else for one that it gave before. Where it never gave any, and the id is all there is to ask, its
    /// window's list must do; with several ids it may not, or an outage of resumes alone would
    /// reject them all.
    async fn is_104_well(&self, suspect: &Suspect) -> bool {
        let evidence = self.client.evidence();
        if evidence.is_after(suspect.failed_at) {
            return true;
        }
        match evidence.to_ask_again() {
            Some((window, id)) if (&window, &id) != (&self.window, &suspect.id) => {
                match self.ask(Call::resume(&window, &id).at_most(1)).await {
                    Ok(_) => true,
                    // Refused by itself: 104 knows what it says.
                    Err(error) => error.kind() == ErrorKind::IdRefused,
                }
            }
            Some(_) | None if self.listed.len() == 1 && !evidence.has_failed_at_several() => {
                let read: Read<Page> = |arrival| Page::parse(arrival.bytes());
                self.client.send(Call::list(&self.window), read).await.is_ok()
            }
            Some(_) | None => false,
        }
    }

    fn is_alone_and_others_fail(&self) -> bool {
        self.listed.len() == 1 && self.client.evidence().has_failed_at_several()
    }

    async fn ask(&self, call: Call) -> Result<Answer, Error> {
        let read: Read<Answer> = split;
        Ok(self.client.send(call, read).await?.value)
    }

    /// What the answer to a single id holds.
    fn take(&self, id: ResumeId, answer: Answer, outcomes: &mut Vec<Outcome<RawResume>>) {
        let names: Vec<_> = answer.resumes.iter().map(|raw| Names::of(raw)).collect();
        match single(&id, &self.listed, &names) {
            Single::Absent => outcomes.push(Outcome::Absent(id)),
            Single::At(own) => {
                self.client.evidence().given(&self.window, &id);
                for (place, raw) in answer.resumes.into_iter().enumerate() {
                    outcomes.push(if place == own {
                        ready(id.clone(), raw, answer.at)
                    } else {
                        stranger(&raw)
                    });
                }
            }
            Single::Stranger => outcomes.push(Outcome::Rejected(Rejection {
                resume_id: Some(id),
                code: RejectionCode::Stranger,
                reason: "asked alone, 104 answered with a resume of another id".into(),
                payload: Redacted::new(answer.body.to_vec()),
            })),
        }
    }
}

/// A batch whose resumes found their ids. Those without one are absent, if they were left
/// out before.
fn paired(ids: Vec<ResumeId>, owners: &[Option<usize>], answer: Answer, turn: Turn) -> Batch {
    let mut ids: Vec<_> = ids.into_iter().map(Some).collect();
    let mut outcomes = Vec::with_capacity(ids.len());
    for (owner, raw) in owners.iter().zip(answer.resumes) {
        let id = owner.and_then(|place| ids.get_mut(place)).and_then(Option::take);
        outcomes.push(match id {
            Some(id) => ready(id, raw, answer.at),
            None => stranger(&raw),
        });
    }
    let mut left_out: Vec<ResumeId> = ids.into_iter().flatten().collect();
    if turn == Turn::Last {
        outcomes.extend(left_out.drain(..).map(Outcome::Absent));
    }
    Batch { outcomes, left_out, error: None }
}

fn ready(resume_id: ResumeId, raw: Box<RawValue>, fetched_at: Timestamp) -> Outcome<RawResume> {
    let json = String::from(Box::<str>::from(raw));
    Outcome::Ready(RawResume { resume_id, json, fetched_at })
}

fn stranger(raw: &RawValue) -> Outcome<RawResume> {
    Outcome::Rejected(Rejection {
        resume_id: None,
        code: RejectionCode::Stranger,
        reason: "104 answered with a resume that was not asked for".into(),
        payload: Redacted::new(raw.get().as_bytes().to_vec()),
    })
}

/// The failure may be this id's, or 104's for every id.
fn is_suspicion(error: &Error) -> bool {
    match error.ending() {
        Ending::Reject(RejectionCode::ServerErrorForId | RejectionCode::UnreadableAnswer) => true,
        Ending::Reject(
            RejectionCode::IdRefused
            | RejectionCode::Stranger
            | RejectionCode::NotAnObject
            | RejectionCode::UnusableId
            | RejectionCode::RefusedRows,
        )
        | Ending::Split
        | Ending::FailWindow
        | Ending::StopCompany
        | Ending::StopRun => false,
    }
}

/// The rejection that an error amounts to, or the error.
fn refusal(id: ResumeId, mut error: Error) -> Result<Rejection, Error> {
    match error.ending() {
        Ending::Reject(code) => Ok(Rejection {
            resume_id: Some(id),
            code,
            reason: error.to_string(),
            payload: error.take_payload(),
        }),
        Ending::Split | Ending::FailWindow | Ending::StopCompany | Ending::StopRun => Err(error),
    }
}
