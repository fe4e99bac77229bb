//! Connections that know when a request's first byte came.
//!
//! The time is taken where the bytes leave the socket, before any of them is parsed: the first read after a
//! connection was opened, or after the answer before. Pipelined requests, which share a read, count when they are
//! taken up.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::locked::locked;

/// What a call knows of its connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    first_byte: Option<Instant>,
    is_cut: bool,
}

impl Wire {
    /// When the current request's first byte came.
    pub(crate) fn first_byte(&self) -> Instant {
        locked(&self.0).first_byte.take().unwrap_or_else(Instant::now)
    }

    /// The current request has been read: the next byte is another one's first.
    pub(crate) fn answered(&self) {
        locked(&self.0).first_byte = None;
    }

    /// Nothing more is written on this connection.
    pub(crate) fn cut(&self) {
        locked(&self.0).is_cut = true;
    }

    fn bytes_came(&self) {
        locked(&self.0).first_byte.get_or_insert_with(Instant::now);
    }

    fn check(&self) -> io::Result<()> {
        if locked(&self.0).is_cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, Door>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().wire.clone()
    }
}

/// Lets connections in.
#[derive(Debug)]
pub(crate) struct Door(pub(crate) TcpListener);

impl Listener for Door {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Without it answers would wait for the peer's acknowledgements; a failure costs time only.
        drop(stream.set_nodelay(true));
        (Line { stream, wire: Wire::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    wire: Wire,
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.wire.bytes_came();
        }
        result
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.wire.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
