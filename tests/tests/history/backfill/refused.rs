//! Ranges that can't be asked for: each refusal names the flag, the problem and the remedy.

use acceptance::{Scene, by_hand};

use super::backfill;

/// What is refused: exit code 2, these words, no call, no trace in the ledger.
async fn check(scene: &Scene, range: (&str, &str), more: &[&str], words: &[&str]) {
    let plain = ["backfill", "--from", range.0, "--to", range.1];
    let refused = scene.etl104.run(&[&plain[..], more].concat()).await.exits(2);
    for word in words {
        assert!(refused.stderr.contains(word), "{range:?}: {}", refused.stderr);
    }
    assert_eq!(scene.calls(), 0);
}

#[tokio::test]
async fn ranges_that_are_reversed_empty_malformed_or_not_settled_are_refused() {
    let scene = Scene::new(by_hand()).await;
    let reversed = ["--to 2025-08-18", "--from 2025-08-20", "remedy"];
    check(&scene, ("2025-08-20", "2025-08-18"), &[], &reversed).await;
    check(&scene, ("2025-08-20T05", "2025-08-20T05"), &[], &["is not after", "exclusive"]).await;
    check(&scene, ("20.8.2025", "2025-08-20"), &[], &["--from", "2026-11-22T10"]).await;
    let settled = ["--to 2099-01-01T00", "last settled hour", "etl104 run"];
    check(&scene, ("2025-08-20", "2099-01-01"), &[], &settled).await;
    check(&scene, ("2025-08-20", "2099-01-01"), &["--dry-run"], &settled).await;
    let ahead = ["--to 2099-01-02T00", "last settled hour", "hours of the past"];
    check(&scene, ("2099-01-01", "2099-01-02"), &[], &ahead).await;
    check(&scene, ("2025-08-20", "2025-08-21"), &["--list"], &["--dry-run"]).await;
    check(&scene, ("2025-08-20", "2025-08-21"), &["--max-calls", "0"], &["--max-calls"]).await;
    let traces = "select (select count(*) from etl.backfill) + (select count(*) from etl.run)";
    assert_eq!(scene.database.count(traces).await, 0);
}

#[tokio::test]
async fn a_program_finds_the_refusal_in_the_last_line() {
    let scene = Scene::new(by_hand()).await;
    for range in [("2025-08-20", "2025-08-18"), ("2025-08-20", "2099-01-01")] {
        for more in [&[][..], &["--dry-run"], &["--dry-run", "--list"]] {
            let summary = backfill(&scene, range, more).await.exits(2).summary();
            assert_eq!((&summary["schema"], &summary["exit_code"]), (&1.into(), &2.into()));
            assert!(summary["failures"][0]["remedy"].is_string(), "{summary}");
        }
    }
}
