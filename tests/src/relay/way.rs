//! What flows through one connection of a relay, in its two directions.

use std::sync::atomic::Ordering;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{Loss, Mode, Shared, is_open};

/// `COMMIT` as the driver sends it: a simple query.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// One connection.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) number: u64,
    pub(super) shared: &'a Shared,
}

impl Way<'_> {
    /// From client to server. `Some`: the connection ends now, by a reset or not.
    pub(super) async fn questions(
        self,
        mut from: ReadHalf<&mut TcpStream>,
        mut to: WriteHalf<TcpStream>,
        answer_is_lost: &watch::Sender<bool>,
    ) -> Option<bool> {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let length = match from.read(&mut chunk).await {
                Ok(0) => {
                    drop(to.shutdown().await);
                    return None;
                }
                Ok(length) => length,
                Err(_broken) => return Some(true),
            };
            self.wait().await;
            match self.loss_of(&chunk[..length]).await {
                Some(Loss::Question) => return Some(true),
                Some(Loss::Answer) => drop(answer_is_lost.send(true)),
                None => {}
            }
            if to.write_all(&chunk[..length]).await.is_err() {
                return Some(true);
            }
        }
    }

    /// From server to client; gives whether the connection ends by a reset.
    pub(super) async fn answers(
        self,
        mut from: ReadHalf<TcpStream>,
        mut to: WriteHalf<&mut TcpStream>,
        is_lost: watch::Receiver<bool>,
    ) -> bool {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match from.read(&mut chunk).await {
                Ok(0) => return false,
                Ok(length) => {
                    self.wait().await;
                    if *is_lost.borrow() {
                        return true;
                    }
                    if to.write_all(&chunk[..length]).await.is_err() {
                        return true;
                    }
                }
                Err(_broken) => return true,
            }
        }
    }

    /// Whether what the client says is a commit that is to be lost.
    async fn loss_of(self, chunk: &[u8]) -> Option<Loss> {
        if !chunk.windows(COMMIT.len()).any(|window| window == COMMIT) {
            return None;
        }
        let commits = self.shared.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let every = self.shared.every.load(Ordering::SeqCst);
        if every == 0 || !commits.is_multiple_of(every) {
            return None;
        }
        self.shared.lost.fetch_add(1, Ordering::SeqCst);
        *self.shared.loss.lock().await
    }

    /// Holds a chunk back for as long as the link says.
    async fn wait(self) {
        let mut link = self.shared.link.subscribe();
        let number = self.number;
        let mode = link.wait_for(|link| is_open(link, number)).await.map(|link| link.mode);
        if let Ok(Mode::Delay(by)) = mode {
            tokio::time::sleep(by).await;
        }
    }
}
