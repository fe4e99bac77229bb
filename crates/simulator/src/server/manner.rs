//! Answers that break the rules of HTTP or of patience, written to the socket past the server.

use std::io;
use std::time::Duration;

use axum::http::StatusCode;

use super::answer::{PIECE, Reply};
use super::wire::Wire;
use crate::script::Action;

/// How an answer goes over the wire, if not as HTTP wants it.
#[derive(Debug, Default)]
pub(super) struct Manner {
    framing: Option<Framing>,
    stop: Option<Stop>,
    trickle: Option<Trickle>,
}

/// What the head says of the body's length.
#[derive(Debug, Clone, Copy)]
enum Framing {
    /// So many bytes more or fewer than there are.
    Off(i64),
    /// Nothing: the body ends with the connection.
    Unframed,
}

/// Where an answer ends before its end, and how.
#[derive(Debug, Clone, Copy)]
struct Stop {
    /// Bytes of the body that are still sent; without them not even a head is.
    after: Option<u64>,
    how: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more comes, and the connection stays.
    Silence,
}

/// So much at a time.
#[derive(Debug, Clone, Copy)]
struct Trickle {
    bytes: usize,
    pause: Duration,
    /// The first bytes come at once.
    after: u64,
}

impl Manner {
    /// What a script wants, if it wants anything of the kind.
    pub(super) fn of(actions: &[Action]) -> Option<Self> {
        let mut manner = Self::default();
        for action in actions {
            let stop = |after: Option<usize>, how| {
                Some(Stop { after: after.map(|after| after as u64), how })
            };
            match action {
                Action::HangUp => manner.stop = stop(None, End::Close),
                Action::Cut { after } => manner.stop = stop(Some(*after), End::Close),
                Action::Reset { after } => manner.stop = stop(*after, End::Reset),
                Action::Silence { after } => manner.stop = stop(*after, End::Silence),
                Action::Length { by } => manner.framing = Some(Framing::Off(*by)),
                Action::Unframed { after } => {
                    manner.framing = Some(Framing::Unframed);
                    manner.stop = stop(Some(after.unwrap_or(usize::MAX)), End::Close);
                }
                Action::Trickle { bytes, ms, after } => {
                    let pause = Duration::from_millis(*ms);
                    let after = *after as u64;
                    manner.trickle = Some(Trickle { bytes: (*bytes).max(1), pause, after });
                }
                _ => {}
            }
        }
        let is_odd = manner.framing.is_some() || manner.stop.is_some() || manner.trickle.is_some();
        is_odd.then_some(manner)
    }

    /// Whether the answer arrives, if late.
    pub(super) fn is_whole(&self) -> bool {
        self.framing.is_none() && self.stop.is_none()
    }

    /// Whether there is an answer at all.
    pub(super) fn has_head(&self) -> bool {
        self.stop.is_none_or(|stop| stop.after.is_some())
    }

    /// Writes an answer that way. Whoever asked may leave before its end.
    pub(super) async fn send(self, wire: &Wire, reply: &Reply) -> io::Result<()> {
        if self.has_head() {
            self.send_answer(wire, reply).await?;
        }
        match self.stop.map_or(End::Close, |stop| stop.how) {
            End::Close => Ok(()),
            End::Reset => {
                // A reset overtakes what is still on its way.
                tokio::time::sleep(Duration::from_millis(20)).await;
                wire.reset()
            }
            End::Silence => std::future::pending().await,
        }
    }

    async fn send_answer(&self, wire: &Wire, reply: &Reply) -> io::Result<()> {
        let is_chunked = self.framing.is_none() && reply.body.len().is_none();
        wire.write(self.head(reply).as_bytes()).await?;
        let ends = self.stop.and_then(|stop| stop.after).unwrap_or(u64::MAX);
        let mut sent = 0;
        loop {
            let trickle = self.trickle.filter(|trickle| sent >= trickle.after);
            let until =
                self.trickle.filter(|_| trickle.is_none()).map_or(ends, |it| it.after.min(ends));
            let left = usize::try_from(until - sent).unwrap_or(usize::MAX);
            let most = trickle.map_or(PIECE, |trickle| trickle.bytes).min(left);
            let piece = reply.body.piece(sent, most);
            if piece.is_empty() {
                break;
            }
            sent += piece.len() as u64;
            if is_chunked {
                wire.write(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            }
            wire.write(&piece).await?;
            if is_chunked {
                wire.write(b"\r\n").await?;
            }
            if let Some(trickle) = trickle {
                tokio::time::sleep(trickle.pause).await;
            }
        }
        Ok(())
    }

    fn head(&self, reply: &Reply) -> String {
        let reason = StatusCode::from_u16(reply.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Unknown");
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        // What is cut off must not end by itself.
        let least = |stop: Stop| stop.after.filter(|_| stop.how == End::Close).map(|it| it + 1);
        let length = match (self.framing, reply.body.len()) {
            (Some(Framing::Unframed), _) => None,
            (Some(Framing::Off(by)), length) => {
                Some(length.unwrap_or(0).saturating_add_signed(by).to_string())
            }
            (None, Some(length)) => {
                Some(length.max(self.stop.and_then(least).unwrap_or(0)).to_string())
            }
            (None, None) => {
                head.push_str("transfer-encoding: chunked\r\n");
                None
            }
        };
        if let Some(length) = length {
            head.extend(["content-length: ", &length, "\r\n"]);
        }
        head.push_str("connection: close\r\n\r\n");
        head
    }
}
