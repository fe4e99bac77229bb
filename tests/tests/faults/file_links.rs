//! Links to files expire, are used up, lead elsewhere or nowhere: renewed through the resume, never followed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use acceptance::{FIRST_DAY, ONE_DAY, Scene, applied, by_hand};
use serde_json::json;
use simulator::{Action, Endpoint, Options, Rule};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Somebody who was never to hear of us: counts whoever comes.
struct Stranger {
    address: SocketAddr,
    guests: Arc<AtomicUsize>,
    _door: JoinSet<()>,
}

impl Stranger {
    async fn listens() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let guests = Arc::new(AtomicUsize::new(0));
        let (mut door, counted) = (JoinSet::new(), Arc::clone(&guests));
        door.spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { address, guests, _door: door }
    }

    #[track_caller]
    fn heard_nothing(&self) {
        assert_eq!(self.guests.load(Ordering::Relaxed), 0, "somebody else was connected to");
    }
}

/// So many people with a photo, in one hour.
async fn scene(people: usize, options: Options, calls_per_second: u32) -> Scene {
    let at_once = |it: acceptance::Settings| it.set("files", "at_once", "6");
    let scene = Scene::with(options, |it| at_once(it).calls_per_second(calls_per_second)).await;
    for number in 0..people {
        let id = format!("F-{number:02}");
        let resume = json!({"idno": id, "fullName": id, "headshotUrl": "sim:headshot"});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, &id, resume));
    }
    scene
}

/// How often resumes were asked for, in batches or alone.
fn resume_calls(scene: &Scene) -> u64 {
    let calls = scene.simulator.stats().calls;
    [Endpoint::QueryBatch, Endpoint::Query].iter().filter_map(|it| calls.get(it)).sum()
}

fn photo_calls(scene: &Scene) -> u64 {
    scene.simulator.stats().calls.get(&Endpoint::Headshot).copied().unwrap_or(0)
}

/// Calls for somebody alone whose renewed token was older than a second when it was refused, which a busy machine makes
/// some: it proves nothing of the file, and is renewed once more.
fn renewals_of_aged_tokens(scene: &Scene) -> u64 {
    let mut asked: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    let mut aged = 0;
    for entry in scene.simulator.journal() {
        if !matches!(entry.endpoint, Endpoint::QueryBatch | Endpoint::Query) {
            continue;
        }
        if let [id] = &*entry.ids
            && let Some([_, .., latest]) = asked.get(id).map(Vec::as_slice)
            && entry.at.saturating_sub(*latest) > Duration::from_secs(1)
        {
            aged += 1;
        }
        for id in entry.ids {
            asked.entry(id).or_default().push(entry.at);
        }
    }
    aged
}

/// No token is good for anything: each file is asked for twice and then final, and nothing has failed.
async fn check_unavailable(options: Options, rule: Option<Rule>) {
    let scene = scene(30, options, 400).await;
    if let Some(rule) = rule {
        scene.simulator.script(rule);
    }
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(summary["counts"]["files_unavailable"], 30, "{summary}");
    assert_eq!(summary["counts"]["files_failed"], 0, "{summary}");
    assert_eq!(scene.database.file_tasks().await, [("unavailable".into(), 30)]);
    let aged = renewals_of_aged_tokens(&scene);
    let renewals = resume_calls(&scene) - 3 - aged;
    assert!((3..=12).contains(&renewals), "ten resumes a call, not one: {renewals}");
    let photos = photo_calls(&scene) - aged;
    assert!((60..=75).contains(&photos), "once with each token: {photos}");
    scene.database.assert_sound().await;

    let calls = scene.calls();
    assert_eq!(scene.run(ONE_DAY).await.exits(0).summary()["state"], "nothing_due");
    assert_eq!(scene.calls(), calls, "unavailable is final");
    let status = scene.etl104.run(&["status"]).await.exits(0);
    assert!(status.stdout.contains("nothing is open"), "{}", status.stdout);
}

#[tokio::test]
async fn tokens_that_expire_at_once_make_files_unavailable() {
    check_unavailable(Options { file_token_lifetime: Some(Duration::ZERO), ..by_hand() }, None)
        .await;
}

#[tokio::test]
async fn files_that_are_gone_for_ever_are_unavailable() {
    let gone = Action::Code { code: 895, message: None, status: None };
    check_unavailable(by_hand(), Some(Rule::on(Endpoint::Headshot).then(gone))).await;
}

#[tokio::test]
async fn tokens_that_live_for_two_seconds_are_renewed_ten_a_call() {
    let options = Options { file_token_lifetime: Some(Duration::from_secs(2)), ..by_hand() };
    // At this pace the photos take twice as long as a token lives.
    let scene = scene(40, options, 10).await;
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(summary["counts"]["files_stored"], 40, "{summary}");
    assert_eq!(scene.database.file_tasks().await, [("stored".into(), 40)]);
    let refused = scene.simulator.stats().codes.get(&895).copied().unwrap_or(0);
    assert!(refused > 0, "tokens did expire");
    let renewals = resume_calls(&scene) - 4;
    assert!(renewals <= 24, "{renewals} renewals, {refused} refused");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn a_token_that_is_used_up_by_a_cut_file_is_renewed() {
    let scene = scene(12, Options { file_tokens_once: true, ..by_hand() }, 400).await;
    scene.simulator.script(Rule::on(Endpoint::Headshot).every(3).then(Action::Cut { after: 90 }));
    let summary = scene.run(ONE_DAY).await.exits(0).summary();
    assert_eq!(summary["counts"]["files_stored"], 12, "{summary}");
    assert!(scene.simulator.stats().codes[&895] >= 4, "used up, and renewed");
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn links_to_another_host_or_to_none_are_asked_at_the_configured_one() {
    let stranger = Stranger::listens().await;
    for host in [format!("http://{}", stranger.address), String::new()] {
        let options = Options { link_host: Some(host.clone()), ..by_hand() };
        let scene = scene(3, options, 400).await;
        let resume = json!({"idno": "L-1", "headshotUrl": format!("http://{}/me.png", stranger.address),
            "attachFiles": [{"type": 1, "title": "附件", "resourceLink": "sim:attachment:0"},
                {"type": 1, "title": "無代碼", "resourceLink": format!("//{}/files/x", stranger.address)},
                {"type": 2, "title": "連結", "website": format!("http://{}/", stranger.address)}]});
        scene.simulator.add_listing(applied(FIRST_DAY, 9, "L-1", resume));
        drop(scene.run(ONE_DAY).await.exits(0));
        let states: Vec<(String, i64)> = scene
            .database
            .rows("select state, count(*) from recruiting.resume_file group by 1 order by 1")
            .await;
        assert_eq!(states, [("foreign_link".into(), 3), ("stored".into(), 4)], "{host:?}");
        assert_eq!(scene.files_delivered(), 4, "{host:?}");
        stranger.heard_nothing();
        scene.database.assert_sound().await;
    }
}

#[tokio::test]
async fn redirects_are_named_and_never_followed() {
    let stranger = Stranger::listens().await;
    for (endpoint, status) in [
        (Endpoint::Token, 307),
        (Endpoint::QueryList, 301),
        (Endpoint::QueryBatch, 308),
        (Endpoint::Headshot, 302),
        (Endpoint::Headshot, 303),
    ] {
        let scene = scene(3, by_hand(), 400).await;
        let location = format!("http://{}/files/headshot?fileId=x", stranger.address);
        let away = Action::Status {
            status,
            body: String::new(),
            content_type: None,
            headers: [("Location".to_owned(), location)].into(),
        };
        scene.simulator.script(Rule::on(endpoint).then(away));
        let run = scene.run(ONE_DAY).await.exits(6);
        assert!(run.stderr.contains("redirect, which is not followed"), "{}", run.stderr);
        assert!(run.stderr.contains("`[api] token_url`, `base_url` and `proxy`"), "{}", run.stderr);
        stranger.heard_nothing();
        scene.database.assert_sound().await;
        scene.simulator.clear_script();
        drop(scene.run(ONE_DAY).await.exits(0));
        assert_eq!(scene.database.file_tasks().await, [("stored".into(), 3)]);
        scene.database.assert_sound().await;
    }
    stranger.heard_nothing();
}
