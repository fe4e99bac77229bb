//! Processes that share a credential share its newest token (A-02), and nobody reads it in the database.

use std::time::Duration;

use acceptance::{Company, Etl104, FIRST_DAY, ONE_DAY, Scene, TWO_DAYS, eventually, generated};
use simulator::{Action, Endpoint, Options, Rule};

const KNOWN: &str = "known-token-of-this-test";

/// 104 takes the old token back with each new one.
fn revoking(resumes_per_day: u32) -> Options {
    Options { new_token_revokes_old: true, ..generated(resumes_per_day) }
}

fn token_calls(scene: &Scene) -> u64 {
    scene.simulator.stats().calls.get(&Endpoint::Token).copied().unwrap_or(0)
}

async fn tokens_obtained(scene: &Scene) -> i64 {
    scene.database.count("select serial from etl.access_token").await
}

#[tokio::test]
async fn processes_at_once_and_the_next_one_use_one_token() {
    let scene = Scene::with(revoking(20), |it| it.calls_per_second(60)).await;
    let (one, other) = tokio::join!(scene.run(ONE_DAY), scene.run(TWO_DAYS));
    for finished in [one, other] {
        assert!(matches!(finished.code, Some(0 | 4)), "{:?} {}", finished.code, finished.stderr);
        assert!(!finished.stderr.contains("credentials"), "{}", finished.stderr);
    }
    assert_eq!(token_calls(&scene), 1);
    assert_eq!(scene.simulator.stats().statuses.get(&401), None);

    // What another process held is left over, and the rechecks are due.
    let aged = "update etl.fetch_window set last_listed_at = ends_at + interval '10 minutes'";
    assert!(scene.database.change(aged).await > 0);
    let summary = scene.run(TWO_DAYS).await.exits(0).summary();
    assert!(summary["calls"].as_u64() > Some(0), "{summary}");
    assert_eq!(token_calls(&scene), 1, "the next run uses the kept token");
    assert_eq!(tokens_obtained(&scene).await, 1);
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_renewed_by_one_process_for_all() {
    let scene = Scene::with(revoking(60), |it| it.calls_per_second(60)).await;
    for nth in [2, 12] {
        scene.simulator.script(Rule::on(Endpoint::QueryBatch).nth(nth).then(Action::RevokeTokens));
    }
    let (one, other) = tokio::join!(scene.run(TWO_DAYS), scene.run(TWO_DAYS));
    for finished in [one, other] {
        assert!(matches!(finished.code, Some(0 | 4)), "{:?} {}", finished.code, finished.stderr);
    }
    assert!(scene.simulator.stats().statuses[&401] > 0, "the script took tokens back");
    assert!((2..=3).contains(&token_calls(&scene)), "{:?}", scene.simulator.stats().calls);
    assert_eq!(u64::try_from(tokens_obtained(&scene).await), Ok(token_calls(&scene)));
}

#[tokio::test]
async fn a_process_waits_for_the_one_that_asks_and_not_for_one_that_is_gone() {
    let scene = Scene::new(revoking(5)).await;
    let slow = Action::Delay { ms: 20_000 };
    scene.simulator.script(Rule::on(Endpoint::Token).first(1).then(slow));
    let first = scene.spawn(ONE_DAY);
    eventually("the first run asks for a token", async || token_calls(&scene) == 1).await;
    let second = scene.spawn(TWO_DAYS);
    let waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted
                 and database = (select oid from pg_database where datname = current_database())";
    eventually("the second run waits for it", async || scene.database.count(waits).await == 1)
        .await;
    assert_eq!(token_calls(&scene), 1);

    first.kill();
    drop(second.finish().await.exits(0));
    assert_eq!((token_calls(&scene), tokens_obtained(&scene).await), (2, 1));
}

#[tokio::test]
async fn a_wrong_secret_opens_nothing_and_is_refused_at_once() {
    let scene = Scene::new(revoking(3)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let company = Company { client_secret: "wrong-secret".into(), ..Company::demo(FIRST_DAY) };
    let wrong = scene.settings.clone().without_companies().company(company);
    let run = ["run", "--output", "json", "--until", TWO_DAYS];
    drop(Etl104::new(&wrong).run(&run).await.exits(5));
    assert_eq!(token_calls(&scene), 3, "the first one's, and the wrong secret in two ways");

    drop(scene.run(TWO_DAYS).await.exits(0));
    assert_eq!(token_calls(&scene), 3, "the right secret's token is still there, and good");
}

#[tokio::test]
async fn the_database_never_sees_a_usable_token() {
    let scene = Scene::new(generated(3)).await;
    let body = format!(r#"{{"access_token":"{KNOWN}","expires_in":3600,"token_type":"Bearer"}}"#);
    let answer = Action::Status {
        status: 200,
        body,
        content_type: None,
        headers: std::collections::BTreeMap::new(),
    };
    scene.simulator.script(Rule::on(Endpoint::Token).first(1).then(answer));
    drop(scene.run_with(ONE_DAY, &["--max-calls", "1"]).await.exits(0));

    let kept: Vec<(Vec<u8>, String, f64)> = scene
        .database
        .rows(
            "select sealed, to_jsonb(kept)::text,
                 extract(epoch from expires_at - obtained_at)::double precision
             from etl.access_token as kept",
        )
        .await;
    let [(sealed, row, seconds)] = &kept[..] else { panic!("one token: {kept:?}") };
    assert_eq!(sealed.len(), 12 + KNOWN.len() + 16, "nonce, token, tag");
    let known: Vec<&[u8]> = vec![KNOWN.as_bytes(), b"known", b"token", b"demo-secret"];
    for text in known {
        assert!(!sealed.windows(text.len()).any(|window| window == text), "{row}");
    }
    assert!(!row.contains(KNOWN), "{row}");
    let life = Duration::from_secs_f64(*seconds);
    assert!((Duration::from_mins(58)..=Duration::from_mins(59)).contains(&life), "{life:?}");

    // 104 does not know that token: it is replaced, and nothing is lost.
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "complete");
    assert_eq!((token_calls(&scene), tokens_obtained(&scene).await), (2, 2));
}
