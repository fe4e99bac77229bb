//! The order of it: the most telling questions first, the second look last.

use std::time::Duration;

use extract::{Client, Clock, Config, Error, LocalPace, LocalShelf};
use jiff::civil::Date;
use model::{CompanyNo, ResumeId, Source};
use serde_json::Value;
use std::sync::Arc;
use tokio::time::Instant;

use crate::answers::Link;
use crate::asking::Asking;
use crate::facts::Facts;
use crate::judge::judge;
use crate::record::Record;
use crate::shape::Shapes;

/// What to ask.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose resumes.
    pub company: CompanyNo,
    /// The environment's name, such as `sandbox`.
    pub environment: String,
    /// Calls at most, retries and tokens included.
    pub budget: u64,
    /// The busy day; else the fullest of those that are found.
    pub date: Option<Date>,
    /// How long after the first look the second one comes.
    pub second_look_after: Duration,
    /// Provoke the limiter.
    pub with_burst: bool,
}

/// What was met so far, and who asks.
pub(crate) struct Probe {
    pub(crate) asking: Asking,
    pub(crate) request: Request,
    pub(crate) api_host: String,
    pub(crate) clock: Clock,
    pub(crate) facts: Facts,
    pub(crate) shapes: Shapes,
    pub(crate) seen: Seen,
}

/// What is held in memory alone.
#[derive(Default)]
pub(crate) struct Seen {
    /// Who was listed.
    pub(crate) lists: Vec<Listed>,
    /// Who was answered.
    pub(crate) resumes: Vec<Resume>,
    /// Files, the newest last, and when their tokens were given.
    pub(crate) links: Vec<(Link, Instant)>,
    /// A file that came, for the second look.
    pub(crate) file: Option<(Link, Instant)>,
    /// The hour that has just ended, and when it was listed.
    pub(crate) hour: Option<(Vec<ResumeId>, Instant)>,
}

/// Who a list holds.
pub(crate) struct Listed {
    pub(crate) date: Date,
    pub(crate) hours: Option<(u8, u8)>,
    pub(crate) source: Option<Source>,
    pub(crate) ids: Vec<ResumeId>,
}

/// Who was answered, and for what.
pub(crate) struct Resume {
    pub(crate) id: ResumeId,
    pub(crate) date: Date,
    pub(crate) source: Option<Source>,
    pub(crate) value: Value,
}

/// Meets 104 and says what was seen. It calls at the pace of its own process: no other one knows of
/// it.
///
/// # Errors
/// When nothing can be asked: no answer, refused credentials or company, a page instead of JSON, a
/// throttle that can't be waited for.
pub async fn probe(config: Config, request: Request) -> Result<Record, Error> {
    let began = Instant::now();
    let (clock, api_host) = (config.clock, config.base_url.host_str().unwrap_or("").to_owned());
    let client = Client::new(config, Arc::new(LocalPace::new()), Arc::new(LocalShelf::new()))?;
    let asking = Asking::new(client, request.company.clone(), request.budget);
    let mut probe = Probe {
        asking,
        request,
        api_host,
        clock,
        facts: Facts::default(),
        shapes: Shapes::default(),
        seen: Seen::default(),
    };
    probe.tokens().await?;
    probe.hour_just_over().await?;
    probe.days().await?;
    if let Some(date) = probe.busy_day() {
        probe.whole_and_sources(date).await?;
        probe.people(date).await?;
        probe.files().await?;
        probe.parts(date).await?;
        probe.slips_of_ids(date).await?;
        probe.two_days(date).await?;
    }
    probe.slips().await?;
    probe.oldest_day().await?;
    probe.more_people().await?;
    probe.second_look().await?;
    let throttled_at_pace = probe.asking.client.calls().throttled;
    probe.facts.throttled_at_pace = throttled_at_pace;
    if probe.request.with_burst {
        probe.burst().await?;
    }

    let Probe { asking, request, facts, shapes, clock, .. } = probe;
    let calls = asking.client.calls();
    let (resumes, shapes) = (shapes.resumes(), shapes.finish());
    let verdicts = judge(&facts, &shapes, resumes);
    Ok(Record {
        schema: 1,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        environment: request.environment,
        made_at: clock.now(),
        seconds: began.elapsed().as_secs(),
        calls: calls.total,
        resumes,
        left_out: asking.left_out(),
        verdicts,
        facts,
        shapes,
    })
}
