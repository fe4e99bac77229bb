//! Files, streamed: never whole in memory.

use std::fmt;
use std::time::Duration;

use async_stream::try_stream;
use bytes::Bytes;
use futures::stream::BoxStream;
use model::resume::FileRole;
use model::{CompanyNo, Redacted};
use tokio::time::Instant;

use crate::answer::{Body, next_chunk};
use crate::call::Call;
use crate::client::{Client, Reply};
use crate::error::{Cause, Ending, Error, ErrorKind};

/// A file on its way. It holds its place among the calls in flight until its body is dropped.
pub struct Download {
    /// The media type that 104 claims.
    pub content_type: Option<String>,
    /// The length that 104 claims, bytes.
    pub length: Option<u64>,
    /// The end is told by the length or by chunks; otherwise it is that of the connection, and a
    /// cut body looks whole.
    pub is_framed: bool,
    /// The bytes. An error is the last item, and the bytes before it are not the file: a cut body
    /// and one of another length than claimed end in an error.
    pub body: BoxStream<'static, Result<Bytes, Error>>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Begins to fetch a file by the token in its link. The start is tried again as any call; a
    /// body that breaks is the consumer's to fetch again.
    ///
    /// # Errors
    /// [`ErrorKind::FileGone`] when the token is expired (code 895): ask for the resume again.
    pub async fn download(
        &self,
        company: &CompanyNo,
        role: FileRole,
        token: &Redacted<String>,
    ) -> Result<Download, Error> {
        let call = Call::file(company, role, token);
        let operation = call.operation.clone();
        let Reply { arrival, permit, value: () } = self.send(call, |_| Ok(())).await?;
        let mut patience = self.patience();
        let (first, mut rest) = match arrival.body {
            Body::Whole(bytes) => (bytes, None),
            Body::Streamed { first, rest } => (first, Some(rest)),
        };
        let length = arrival.length;

        let body = try_stream! {
            let _permit = permit;
            let mut received = u64::try_from(first.len()).unwrap_or(u64::MAX);
            if !first.is_empty() {
                yield first;
            }
            while let Some(response) = &mut rest {
                let asked_at = Instant::now();
                let chunk = next_chunk(response, patience.until(asked_at)).await;
                match chunk.map_err(|cause| broken(&operation, Some(cause)))? {
                    Some(chunk) => {
                        received += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                        if !patience.is_kept(asked_at.elapsed(), chunk.len()) {
                            Err(too_slow(&operation))?;
                        }
                        yield chunk;
                    }
                    None => rest = None,
                }
            }
            if length.is_some_and(|length| length != received) {
                Err(broken(&operation, None))?;
            }
        };
        let (content_type, is_framed) = (arrival.content_type, arrival.is_framed);
        Ok(Download { content_type, length, is_framed, body: Box::pin(body) })
    }
}

/// A file that moves slower, in bytes a second, is given up: it would hold its place for hours.
const SLOWEST: f64 = 4096.0;

/// How long a file is waited for. Only waiting counts: the consumer may take its time.
pub(crate) struct Patience {
    silence: Duration,
    stretch: Duration,
    waited: Duration,
    came: usize,
}

impl Patience {
    pub(crate) fn new(silence: Duration, stretch: Duration) -> Self {
        Self { silence, stretch, waited: Duration::ZERO, came: 0 }
    }

    /// Until when a chunk is waited for.
    fn until(&self, asked_at: Instant) -> Instant {
        asked_at + self.silence
    }

    /// Counts a chunk; `false` if a whole stretch has brought too little.
    fn is_kept(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited += waited;
        self.came = self.came.saturating_add(bytes);
        if self.waited < self.stretch {
            return true;
        }
        let came = u32::try_from(self.came).unwrap_or(u32::MAX);
        let is_kept = f64::from(came) >= SLOWEST * self.waited.as_secs_f64();
        (self.waited, self.came) = (Duration::ZERO, 0);
        is_kept
    }
}

fn too_slow(operation: &str) -> Error {
    Error::new(operation, ErrorKind::Unavailable, Ending::FailWindow)
        .with_detail("the file came too slowly to ever end")
}

fn broken(operation: &str, cause: Option<Cause>) -> Error {
    Error::new(operation, ErrorKind::Unavailable, Ending::FailWindow)
        .with_detail("the file broke off")
        .with_source(cause)
}
