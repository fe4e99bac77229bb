//! Files, streamed: never whole in memory.

use std::fmt;

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
        let silence = self.silence();
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
                let chunk = next_chunk(response, Instant::now() + silence).await;
                match chunk.map_err(|cause| broken(&operation, Some(cause)))? {
                    Some(chunk) => {
                        received += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                        yield chunk;
                    }
                    None => rest = None,
                }
            }
            if length.is_some_and(|length| length != received) {
                Err(broken(&operation, None))?;
            }
        };
        Ok(Download { content_type: arrival.content_type, length, body: Box::pin(body) })
    }
}

fn broken(operation: &str, cause: Option<Cause>) -> Error {
    Error::new(operation, ErrorKind::Unavailable, Ending::FailWindow)
        .with_detail("the file broke off")
        .with_source(cause)
}
