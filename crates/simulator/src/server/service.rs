//! The service: all state, and the way of one call through it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use tokio::time::Instant;

use super::answer::Reply;
use super::call::Call;
use super::content::Content;
use super::manner::Manner;
use super::refusal::{Refusal, code, message};
use super::token::{self, Tokens};
use super::wire::Wire;
use super::{control, endpoints};
use crate::calendar::Catalogue;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::files::Mint;
use crate::journal::{Delivery, Endpoint, Journal, Outcome};
use crate::locked::locked;
use crate::options::Options;
use crate::script::{Action, Script, edit_json};

/// The largest body that is read.
const BODY_LIMIT: usize = 1 << 20;

/// Everything that the calls share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) options: Arc<Options>,
    pub(crate) catalogue: Catalogue,
    pub(crate) clock: Clock,
    pub(crate) tokens: Tokens,
    pub(crate) mint: Mint,
    pub(crate) journal: Journal,
    pub(crate) script: Script,
    pub(crate) link_host: String,
    started: Instant,
    delays: Mutex<Dice>,
}

impl Service {
    pub(crate) fn new(options: Options, address: &str) -> Self {
        let salt: u64 = rand::random();
        let options = Arc::new(options);
        Self {
            catalogue: Catalogue::new(Arc::clone(&options)),
            clock: Clock::new(options.now, options.clock_speed),
            tokens: Tokens::new(salt),
            mint: Mint::new(salt, options.file_tokens_differ, options.file_token_lifetime)
                .once(options.file_tokens_once),
            journal: Journal::new(options.journal_capacity),
            script: Script::default(),
            link_host: options.link_host.clone().unwrap_or_else(|| address.to_owned()),
            started: Instant::now(),
            delays: Mutex::new(Dice::of("delays", &[options.seed])),
            options,
        }
    }

    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// With 104's own time in the head, if it tells it.
    fn dated(&self, reply: Reply) -> Reply {
        match self.clock.http_date().filter(|_| self.options.tells_time) {
            Some(date) => reply.with("Date", &date),
            None => reply,
        }
    }

    fn delay(&self, low: Duration, high: Duration) -> Duration {
        let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(locked(&self.delays).between(micros(low), micros(high)))
    }

    /// The credential that a call shows, as far as it is known.
    fn client_id(&self, call: &Call) -> Option<String> {
        if call.endpoint == Endpoint::Token {
            let (shown, _) = token::shown(call)?;
            return self
                .options
                .credentials
                .iter()
                .map(|known| &known.client_id)
                .find(|id| **id == shown)
                .cloned();
        }
        self.tokens.owner(call.bearer()?)
    }

    /// Tells the company of a resource call, once token and company are right.
    fn admit<'a>(&self, call: &'a Call, client_id: Option<&str>) -> Result<&'a str, Refusal> {
        let token = call.bearer().ok_or(Refusal::Unauthorised)?;
        if !self.tokens.holds(token, self.now()) {
            return Err(Refusal::Unauthorised);
        }
        let company = call
            .company()
            .ok_or_else(|| code(900, "104-Additional-Info must be guiNum= and 8 digits"))?;
        let mut credentials = self
            .options
            .credentials
            .iter()
            .filter(|known| Some(known.client_id.as_str()) == client_id);
        if !credentials.any(|known| known.companies.iter().any(|own| own == company)) {
            return Err(code(900, "the company does not belong to this credential"));
        }
        Ok(company)
    }

    /// The answer, before anything is done to the connection.
    fn answer(
        &self,
        call: &Call,
        client_id: Option<&str>,
        actions: &[Action],
    ) -> (Reply, Delivery) {
        if let Some(reply) = actions.iter().find_map(|action| self.instead(action)) {
            return (reply, Delivery::Nothing);
        }
        let result = if call.endpoint == Endpoint::Token {
            let granted = token::grant(call, &self.options, &self.tokens, self.now());
            granted.map(|reply| (reply, Delivery::Nothing))
        } else {
            self.admit(call, client_id)
                .and_then(|company| endpoints::answer(self, call, company, actions, self.now()))
        };
        let (mut reply, delivery) =
            result.unwrap_or_else(|refusal| (refusal.reply(&self.options), Delivery::Nothing));
        if let Content::Held(body) = &reply.body
            && let Some(edited) = edit_json(body, actions)
        {
            reply.body = Content::Held(edited.into());
        }
        (reply, delivery)
    }

    /// The answer that a script gives instead.
    fn instead(&self, action: &Action) -> Option<Reply> {
        match action {
            Action::Status { status, body, content_type, headers } => {
                let kind = content_type.as_deref().unwrap_or("application/json");
                let reply = Reply::text(*status, kind, body.clone());
                Some(headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value)))
            }
            Action::Code { code, message: text, status } => {
                let text = text.clone().unwrap_or_else(|| message(*code).to_owned());
                let mut reply = Refusal::Code(*code, text).reply(&self.options);
                reply.status = status.unwrap_or(reply.status);
                Some(reply)
            }
            Action::Throttle { retry_after } => {
                Some(Refusal::Throttled(retry_after.clone()).reply(&self.options))
            }
            Action::HtmlPage { status } => {
                let page = "<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1></body></html>";
                Some(Reply::text(*status, "text/html; charset=utf-8", page))
            }
            Action::EmptyBody => Some(Reply::text(200, "application/json", "")),
            _ => None,
        }
    }
}

/// One call: arrival, jitter, count, latency, script, answer, journal.
pub(crate) async fn serve(
    State(service): State<Arc<Service>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let arrived = wire.first_byte().saturating_duration_since(service.started);
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    wire.answered();
    if parts.uri.path().starts_with("/_sim") {
        let body = String::from_utf8_lossy(&body);
        return control::answer(&service, parts.method.as_str(), parts.uri.path(), &body).respond();
    }
    let call = Call::read(&parts, &body);
    let client_id = service.client_id(&call);

    let jitter = service.delay(Duration::ZERO, service.options.jitter);
    if !jitter.is_zero() {
        tokio::time::sleep_until(service.started + arrived + jitter).await;
    }
    let entry = call.entry(client_id.clone(), arrived + jitter);
    let (number, is_admitted) = service.journal.arrive(entry, service.options.calls_per_second);

    let latency = service.delay(*service.options.latency.start(), *service.options.latency.end());
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if !is_admitted {
        let reply = Refusal::Throttled(service.options.retry_after.clone()).reply(&service.options);
        let reply = service.dated(reply);
        service
            .journal
            .finish(number, Outcome { status: Some(reply.status), ..Outcome::default() });
        return reply.respond();
    }
    befall(&service, &wire, &call, client_id, number).await
}

/// The rest of a call that the limiter let pass: what the script does to it, and its answer.
async fn befall(
    service: &Service,
    wire: &Wire,
    call: &Call,
    client_id: Option<String>,
    number: u64,
) -> Response<Body> {
    let mut facts = call.facts(client_id.clone());
    facts.ids.extend(call.param("fileId").and_then(|token| service.mint.owner(token)));
    let (actions, rules) = service.script.consult(&facts);
    for action in &actions {
        match action {
            Action::Delay { ms } => tokio::time::sleep(Duration::from_millis(*ms)).await,
            Action::RevokeTokens => service.tokens.revoke(client_id.as_deref()),
            _ => {}
        }
    }
    let (reply, delivery) = service.answer(call, client_id.as_deref(), &actions);
    let reply = service.dated(actions.iter().fold(reply, wrapped));
    let manner = Manner::of(&actions);
    let is_whole = manner.as_ref().is_none_or(Manner::is_whole) && reply.body.len().is_some();
    let has_head = manner.as_ref().is_none_or(Manner::has_head);
    service.journal.finish(
        number,
        Outcome {
            status: Some(reply.status).filter(|_| has_head),
            code: reply.code,
            rules,
            delivery: if is_whole { delivery } else { Delivery::Nothing },
        },
    );
    if let Some(manner) = manner {
        // Whoever asked may have left.
        drop(manner.send(wire, &reply).await);
        wire.cut();
    }
    reply.respond()
}

/// The answer in another wrapping.
fn wrapped(reply: Reply, action: &Action) -> Reply {
    match action {
        Action::Endless => Reply { body: reply.body.endless(), ..reply },
        Action::Gzip => {
            Reply { body: reply.body.gzipped(), ..reply.with("Content-Encoding", "gzip") }
        }
        Action::GzipBomb => Reply { body: Content::Bomb, ..reply.with("Content-Encoding", "gzip") },
        Action::ContentType { value: Some(value) } => reply.with("Content-Type", value),
        Action::ContentType { value: None } => reply.without("Content-Type"),
        _ => reply,
    }
}
