//! Connections that know when a request's first byte came.
//!
//! The time is taken where the bytes leave the socket, before any of them is parsed: the first read after a
//! connection was opened, or after the answer before. Pipelined requests, which share a read, count when they are
//! taken up.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::locked::locked;

/// What a call knows of its connection.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    state: Arc<Mutex<State>>,
    stream: Arc<TcpStream>,
}

#[derive(Debug, Default)]
struct State {
    first_byte: Option<Instant>,
    is_cut: bool,
}

impl Wire {
    /// When the current request's first byte came.
    pub(crate) fn first_byte(&self) -> Instant {
        locked(&self.state).first_byte.take().unwrap_or_else(Instant::now)
    }

    /// The current request has been read: the next byte is another one's first.
    pub(crate) fn answered(&self) {
        locked(&self.state).first_byte = None;
    }

    /// Nothing more is written on this connection.
    pub(crate) fn cut(&self) {
        locked(&self.state).is_cut = true;
    }

    /// Writes past the server, for answers that it would not write. Nothing else may be written meanwhile.
    pub(super) async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Once it is closed, the peer sees a reset.
    pub(super) fn reset(&self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    fn bytes_came(&self) {
        locked(&self.state).first_byte.get_or_insert_with(Instant::now);
    }

    fn check(&self) -> io::Result<()> {
        if locked(&self.state).is_cut { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, Door>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().0.clone()
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
        (Line(Wire { state: Arc::default(), stream: Arc::new(stream) }), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// One connection, as the server reads and writes it.
#[derive(Debug)]
pub(crate) struct Line(Wire);

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.stream.poll_read_ready(cx))?;
            match self.0.stream.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    if count > 0 {
                        self.0.bytes_came();
                    }
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.check()?;
        loop {
            ready!(self.0.stream.poll_write_ready(cx))?;
            match self.0.stream.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// The connection is closed when its last holder lets go.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
