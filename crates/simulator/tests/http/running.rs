//! Starting, stopping, and what a call's arrival is.

use std::time::Duration;

use simulator::{Options, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{caller, quick};

#[tokio::test]
async fn a_call_counts_from_its_first_byte() {
    let sim = Simulator::start(quick()).await.unwrap();
    let mut line = TcpStream::connect(("127.0.0.1", sim.port())).await.unwrap();
    let wait = Duration::from_millis(150);
    let rest = "ET /ehrweb_resume/1.0/resumes/queryList HTTP/1.1\r\nHost: sim\r\n\r\n";
    for _ in 0..2 {
        line.write_all(b"G").await.unwrap();
        tokio::time::sleep(wait).await;
        line.write_all(rest.as_bytes()).await.unwrap();
        assert!(line.read(&mut [0; 4_096]).await.unwrap() > 0);
    }
    let now = sim.uptime();
    let journal = sim.journal();
    assert!(now >= journal[1].at + wait, "the second began a wait ago");
    assert!(now >= journal[0].at + wait * 2, "the first two waits ago");
    assert!(journal.iter().all(|entry| entry.status == Some(401)));
}

#[tokio::test]
async fn it_stops_when_told_and_when_dropped() {
    for is_told in [true, false] {
        let caller = caller(quick()).await;
        let port = caller.sim.port();
        if is_told {
            caller.sim.stop().await;
        } else {
            drop(caller.sim);
            tokio::task::yield_now().await;
        }
        if let Ok(mut line) = TcpStream::connect(("127.0.0.1", port)).await {
            assert_eq!(line.read(&mut [0; 1]).await.unwrap_or(0), 0);
        }
    }
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let sim = Simulator::start(quick()).await.unwrap();
    let error = Simulator::start(Options { port: sim.port(), ..quick() }).await.unwrap_err();
    assert!(error.to_string().contains(&sim.port().to_string()));
}
