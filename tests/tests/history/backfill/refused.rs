//! Ranges that can't be asked for: each refusal names the flag, the problem and the remedy.

use acceptance::{ONE_DAY, Scene, by_hand, generated};
use serde_json::{Value, json};
use simulator::{Beyond, Options};

use super::{FROM, backfill, lists};

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

/// 104 answers for no date before 2025-08-20, and says so.
async fn shallow() -> Scene {
    let oldest_day = Some("2025-08-20".parse().unwrap());
    Scene::new(Options { oldest_day, beyond_oldest: Beyond::Refused, ..generated(10) }).await
}

async fn accepted(scene: &Scene) -> Value {
    let accept = ["windows", "accept", "--output", "json"];
    scene.etl104.run(&accept).await.exits(0).summary()["accepted"].clone()
}

async fn backfills(scene: &Scene) -> Value {
    let status = ["status", "--output", "json"];
    scene.etl104.run(&status).await.exits(0).summary()["backfills"].clone()
}

#[tokio::test]
async fn dates_that_104_refuses_before_anything_it_listed_can_be_accepted_as_empty() {
    let scene = shallow().await;
    let range = (FROM, "2025-08-22");
    let refused = backfill(&scene, range, &["--newest-first"]).await.exits(2).summary();
    assert_eq!(refused["counts"]["windows_failed"], 6, "{refused}");
    assert_eq!(refused["counts"]["windows_unconfirmed"], 6, "{refused}");
    assert_eq!(refused["open"]["windows_failed"], 0, "{refused}");
    assert!(refused["resume_command"].is_string(), "{refused}");
    let status = scene.etl104.run(&["status"]).await.exits(0).stdout;
    assert!(status.contains("6 windows empty and older than anything"), "{status}");
    assert!(!status.contains("failed: `etl104"), "{status}");

    assert_eq!(accepted(&scene).await, 6);
    assert_eq!(backfills(&scene).await, json!([]), "nothing is left to go on with");
    let again = backfill(&scene, range, &["--newest-first"]).await.exits(0).summary();
    assert_eq!(again["state"], "nothing_due", "{again}");

    // Another one asks again, is refused as before, and comes to its end.
    let before = lists(&scene);
    let another = backfill(&scene, range, &[]).await.exits(0).summary();
    assert!(another["resume_command"].is_null(), "{another}");
    assert_eq!(lists(&scene), before + 12);
    assert_eq!(scene.database.windows().await, [("closed".into(), 12)]);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn dates_that_104_refuses_are_no_empty_past_before_it_listed_anybody() {
    let scene = shallow().await;
    let refused = backfill(&scene, (FROM, "2025-08-20"), &[]).await.exits(2).summary();
    assert_eq!(refused["counts"]["windows_unconfirmed"], 0, "{refused}");
    assert_eq!(accepted(&scene).await, 0, "nothing tells a wrong date from an old one");
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_eq!(accepted(&scene).await, 6);
    assert_eq!(backfills(&scene).await, json!([]));
    scene.database.assert_sound().await;
}
