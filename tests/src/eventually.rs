//! Waiting for something that another process does.

use std::time::Duration;

/// Asks again and again until the answer is yes; a test that waits longer than thirty seconds fails.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let ask = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(30), ask).await;
    assert!(outcome.is_ok(), "after thirty seconds still not so: {what}");
}
