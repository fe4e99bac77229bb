//! Whether a body is the file, all of it: a check that its bytes pass through.
//!
//! HTTP tells a cut body from a whole one by its length or its chunks. Where neither is given, or
//! where the length is wrong, the kind of file tells by its end; where its kind has no end, the
//! same must come twice. And what comes may be somebody's page about an error instead.

use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt, try_unfold};
use model::Redacted;

/// As much of the start tells the kind.
const START: usize = 8 << 10;
/// As much of the end is looked at for the kind's end.
const TAIL: usize = 1 << 10;

/// What is known of a body before it comes.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// HTTP says where the body ends.
    pub is_framed: bool,
    /// Nothing but a picture will do.
    pub is_photo: bool,
    /// A page is what is asked for.
    pub may_be_page: bool,
    /// The media type that is claimed.
    pub claimed_type: Option<String>,
    /// What came before, without a proof that it was all.
    pub seen: Option<Seen>,
}

/// How a body ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    bytes: u64,
    tail: Redacted<Vec<u8>>,
}

/// Why a body is not taken for the file.
#[derive(Debug, thiserror::Error)]
pub enum BodyError<E> {
    /// It broke off.
    #[error(transparent)]
    Broken(E),
    /// It is a page or a message instead of the file.
    #[error("a page or a message came instead of the file")]
    Page {
        /// It is markup by its bytes, and not only by what is claimed.
        is_markup: bool,
        /// How it begins.
        start: Redacted<Vec<u8>>,
    },
    /// It may be cut: it lacks the end of its kind, or nobody says where it ends.
    #[error("nothing proves that the file came whole")]
    Unproven(Seen),
}

/// Passes a body through, and ends in an error if it is not the file, or may not be all of it.
pub fn checked<E: Send + 'static>(
    expected: Expected,
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> BoxStream<'static, Result<Bytes, BodyError<E>>> {
    let check = Check { expected, start: Vec::new(), tail: Vec::new(), bytes: 0 };
    try_unfold((body.boxed(), check), async |(mut body, mut check)| {
        if let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(BodyError::Broken)?;
            check.passes(&chunk);
            return Ok(Some((chunk, (body, check))));
        }
        check.verdict()?;
        Ok(None)
    })
    .boxed()
}

struct Check {
    expected: Expected,
    start: Vec<u8>,
    tail: Vec<u8>,
    bytes: u64,
}

impl Check {
    fn passes(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        let missing = START.saturating_sub(self.start.len()).min(chunk.len());
        self.start.extend_from_slice(chunk.get(..missing).unwrap_or_default());
        self.tail.extend_from_slice(chunk.get(chunk.len().saturating_sub(TAIL)..).unwrap_or(chunk));
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
    }

    fn verdict<E>(self) -> Result<(), BodyError<E>> {
        let sniffed = infer::get(&self.start).map(|kind| kind.mime_type());
        let is_markup = matches!(sniffed, Some("text/html"));
        let is_page = is_markup || sniffed.is_none() && self.is_claimed_page();
        if self.bytes > 0 && is_page && (self.expected.is_photo || !self.expected.may_be_page) {
            return Err(BodyError::Page { is_markup, start: self.start.into() });
        }
        let is_proven = match end_of(sniffed, &self.start, &self.tail, self.bytes) {
            End::Found => true,
            // 104 may hold a file that its owner cut: it is the same each time.
            End::Missing => self.expected.is_framed && self.is_seen(),
            End::None => self.expected.is_framed || self.is_seen(),
        };
        let seen = Seen { bytes: self.bytes, tail: self.tail.into() };
        if is_proven { Ok(()) } else { Err(BodyError::Unproven(seen)) }
    }

    fn is_seen(&self) -> bool {
        let is_same = |seen: &Seen| seen.bytes == self.bytes && *seen.tail.expose() == self.tail;
        self.expected.seen.as_ref().is_some_and(is_same)
    }

    fn is_claimed_page(&self) -> bool {
        let claimed = self.expected.claimed_type.as_deref().unwrap_or_default();
        let claimed = claimed.to_ascii_lowercase();
        let is_text = ["html", "json", "xml"].iter().any(|kind| claimed.contains(kind));
        is_text || self.expected.is_photo && claimed.starts_with("text/")
    }
}

/// Whether the end of a kind is there.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Found,
    Missing,
    /// The kind has none, or is not known.
    None,
}

fn end_of(sniffed: Option<&str>, start: &[u8], tail: &[u8], bytes: u64) -> End {
    let has = |mark: &[u8]| tail.windows(mark.len()).any(|window| window == mark);
    let is_there = match sniffed {
        Some("image/png") => has(b"IEND\xae\x42\x60\x82"),
        Some("image/jpeg") => has(b"\xff\xd9"),
        Some("image/gif") => has(b";"),
        Some("application/pdf") => has(b"%%EOF"),
        Some("image/webp") => match start.get(4..8) {
            Some(&[a, b, c, d]) => u64::from(u32::from_le_bytes([a, b, c, d])) + 8 <= bytes,
            _ => false,
        },
        // Archives, and the documents of office programs, which are archives.
        _ if start.starts_with(b"PK\x03\x04") => has(b"PK\x05\x06"),
        _ => return End::None,
    };
    if is_there { End::Found } else { End::Missing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n 0000 IEND\xae\x42\x60\x82";

    /// What a body is taken for, in pieces of three bytes.
    async fn taken(expected: &Expected, body: &[u8]) -> Result<usize, &'static str> {
        let pieces: Vec<_> =
            body.chunks(3).map(|it| Ok::<_, ()>(Bytes::from(it.to_vec()))).collect();
        let passed = checked(expected.clone(), futures::stream::iter(pieces));
        match passed.try_collect::<Vec<_>>().await {
            Ok(chunks) => Ok(chunks.concat().len()),
            Err(BodyError::Broken(())) => Err("broken"),
            Err(BodyError::Page { .. }) => Err("page"),
            Err(BodyError::Unproven(_)) => Err("unproven"),
        }
    }

    /// What is expected after this came.
    fn after(body: &[u8]) -> Expected {
        let seen = Seen { bytes: body.len() as u64, tail: body.to_vec().into() };
        Expected { seen: Some(seen), ..Expected::default() }
    }

    #[tokio::test]
    async fn an_unframed_body_needs_its_end_or_comes_twice() {
        let unframed = Expected::default();
        assert_eq!(taken(&unframed, PNG).await, Ok(PNG.len()));
        assert_eq!(taken(&unframed, &PNG[..15]).await, Err("unproven"));
        let again = after(&PNG[..15]);
        assert_eq!(taken(&again, &PNG[..15]).await, Err("unproven"), "a photo is never cut so");
        assert_eq!(taken(&again, PNG).await, Ok(PNG.len()));
        assert_eq!(taken(&unframed, b"some words").await, Err("unproven"));
        let again = after(b"some words");
        assert_eq!(taken(&again, b"some words").await, Ok(10));
        assert_eq!(taken(&again, b"some wor").await, Err("unproven"));
        assert_eq!(taken(&unframed, b"").await, Err("unproven"));
    }

    #[tokio::test]
    async fn a_framed_body_without_its_end_comes_twice() {
        let framed = Expected { is_framed: true, ..Expected::default() };
        for whole in [PNG, b"", b"some words", b"%PDF-1.4 x %%EOF\n", b"PK\x03\x04 x PK\x05\x06 "] {
            assert_eq!(taken(&framed, whole).await, Ok(whole.len()));
        }
        for cut in [&PNG[..15], b"%PDF-1.4 x", b"PK\x03\x04 x PK", b"\xff\xd8\xff\xe0 x"] {
            assert_eq!(taken(&framed, cut).await, Err("unproven"));
            let again = Expected { is_framed: true, ..after(cut) };
            assert_eq!(taken(&again, cut).await, Ok(cut.len()), "its owner cut it");
        }
    }

    #[tokio::test]
    async fn a_page_is_no_photo_and_no_file_unless_it_is_asked_for() {
        let page = b"<!DOCTYPE html><p>no</p>";
        let claimed = |kind: &str| Expected {
            is_framed: true,
            claimed_type: Some(kind.to_owned()),
            ..Expected::default()
        };
        for kind in ["text/html", "image/png", "application/octet-stream"] {
            assert_eq!(taken(&claimed(kind), page).await, Err("page"), "{kind}");
            let asked = Expected { may_be_page: true, ..claimed(kind) };
            assert_eq!(taken(&asked, page).await, Ok(page.len()), "{kind}");
            let photo = Expected { is_photo: true, ..asked };
            assert_eq!(taken(&photo, page).await, Err("page"), "{kind}");
        }
        assert_eq!(taken(&claimed("application/json"), b"{\"message\":1}").await, Err("page"));
        assert_eq!(taken(&claimed("text/html"), PNG).await, Ok(PNG.len()), "bytes rule");
        assert_eq!(taken(&claimed("text/plain"), b"words").await, Ok(5));
        let photo = Expected { is_photo: true, ..claimed("text/plain") };
        assert_eq!(taken(&photo, b"words").await, Err("page"));
    }
}
