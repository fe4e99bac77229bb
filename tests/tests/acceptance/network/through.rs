//! A whole run through a company's proxy, and what the proxy learns of it.

use std::time::Duration;

use acceptance::{
    Authority, Etl104, FIRST_DAY, Front, Manner, ONE_DAY, ObjectServer, Relay, Routes, Scene,
    Settings, applied, by_hand,
};
use jiff::SignedDuration;
use serde_json::json;

use super::{HOST, assert_says, check, settings};

const S3: &str = "s3.example";
/// What must not cross the proxy in the clear.
const SECRETS: [&str; 6] =
    ["Bearer", "guiNum", "01234567", "demo-secret", "test-access-key", "Authorization"];

/// 104 and a bucket, both behind one proxy and under one private authority.
struct Company {
    scene: Scene,
    server: ObjectServer,
    fronts: [Front; 2],
    routes: Routes,
    settings: Settings,
}

impl Company {
    async fn new() -> Self {
        let server = ObjectServer::start();
        let scene = Scene::with(by_hand(), |it| it.object_server(&server)).await;
        let authority = Authority::new("Company CA");
        let tls = |name: &str, target| Front::with_tls(&authority.certificate(&[name]), target);
        let port = scene.simulator.port();
        let fronts = [tls(HOST, ([127, 0, 0, 1], port).into()), tls(S3, server.address())];
        let routes = [(HOST, &fronts[0]), (S3, &fronts[1])];
        let routes = routes.map(|(host, front)| (format!("{host}:443"), front.address())).into();
        std::fs::write(scene.etl104.folder().join("ca.pem"), authority.pem()).unwrap();
        let ca_file = scene.etl104.folder().join("ca.pem").display().to_string();
        let settings = scene
            .settings
            .clone()
            .text("api", "token_url", &format!("https://{HOST}/oauth2/token"))
            .text("api", "base_url", &format!("https://{HOST}/ehrweb_resume/1.0"))
            .text("api", "ca_file", &ca_file)
            .text("storage", "ca_file", &ca_file)
            .text("storage", "endpoint", &format!("https://{S3}"))
            .calls_per_second(3);
        Self { scene, server, fronts, routes, settings }
    }

    fn proxy(&self, manner: Manner) -> Front {
        Front::web_proxy(manner, &self.routes)
    }
}

#[tokio::test]
async fn a_run_through_the_proxy_shows_it_no_secret() {
    let company = Company::new().await;
    let resume = json!({
        "idno": "N-1", "attachFiles": [{"type": 1, "resourceLink": "sim:attachment:0"}],
    });
    company.scene.simulator.add_listing(applied(FIRST_DAY, 9, "N-1", resume));
    let (of_api, of_storage) = (company.proxy(Manner::Carry), company.proxy(Manner::Carry));
    let etl104 = Etl104::new(
        &company
            .settings
            .clone()
            .text("api", "proxy", &of_api.url())
            .environment("https_proxy", &of_storage.url()),
    );
    let run = ["run", "--output", "json", "--until", ONE_DAY];
    let summary = etl104.run(&run).await.exits(0).summary();
    assert_eq!(summary["counts"]["files_stored"], 1, "{summary}");
    assert_eq!(company.server.objects().len(), 1);

    for (proxy, host) in [(&of_api, HOST), (&of_storage, S3)] {
        let heard = proxy.heard();
        assert!(heard.starts_with(&format!("CONNECT {host}:443 HTTP/1.1\r\n")), "{heard}");
        for secret in SECRETS {
            assert!(!heard.contains(secret), "{host}: the proxy heard {secret}");
        }
    }
    assert!(!of_api.heard().contains(S3), "a setting's proxy is for its own section");
    assert!(!of_storage.heard().contains(HOST), "and comes before the variable's");
}

/// A connection that takes long costs its call a second start time. Where there is none, the call
/// has not left, and is not counted.
#[tokio::test]
async fn a_call_that_gets_no_second_start_time_is_not_counted() {
    let company = Company::new().await;
    let far = Relay::to(company.fronts[0].address());
    far.delay(Duration::from_millis(50));
    let proxy = Front::web_proxy(Manner::Carry, &[(format!("{HOST}:443"), far.address())].into());
    let etl104 = Etl104::new(&company.settings.clone().text("api", "proxy", &proxy.url()));
    let one_call = ["run", "--output", "json", "--until", ONE_DAY, "--max-calls", "1"];
    let spent = etl104.run(&one_call).await.exits(0).summary();
    assert_eq!((&spent["state"], &spent["calls"]), (&"budget_spent".into(), &0.into()));
    assert_eq!(company.scene.calls(), 0);
}

/// Names that go past the proxy are looked for directly, which here finds nobody.
#[tokio::test]
async fn api_and_storage_honour_no_proxy() {
    let company = Company::new().await;
    let proxy = company.proxy(Manner::Carry);
    for (variable, value) in [("NO_PROXY", ".example"), ("no_proxy", "apis.104.example,s3.example")]
    {
        let settings = company.settings.clone().environment("HTTPS_PROXY", &proxy.url());
        let etl104 = Etl104::new(&settings.environment(variable, value));
        let (api, storage) = (check(&etl104, "api", 6), check(&etl104, "storage", 7));
        for (said, host) in [(api.await.unwrap(), HOST), (storage.await.unwrap(), S3)] {
            assert_says(&said, &[&format!("{host}:443: no name server")], &["proxy"]);
            assert!(!said.problem.contains("through"), "{said:?}");
        }
    }
    assert_eq!(proxy.heard(), "");
}

/// The same exit codes and words as `check`, at once.
#[tokio::test]
async fn a_run_says_what_check_says() {
    let company = Company::new().await;
    let inspecting =
        company.proxy(Manner::Inspect(Authority::new("Inspection CA").certificate(&[HOST])));
    let etl104 = Etl104::new(&company.settings.clone().text("api", "proxy", &inspecting.url()));
    let began = std::time::Instant::now();
    let failed = etl104.run(&["run", "--output", "json", "--until", ONE_DAY]).await.exits(2);
    assert!(began.elapsed().as_secs() < 10, "what can't heal is not tried again");
    let failure = &failed.summary()["failures"][0];
    let text = |key: &str| failure[key].as_str().unwrap().to_owned();
    assert!(text("what").contains("\"Inspection CA\" (Example Ltd)"), "{failure}");
    assert!(text("remedy").contains("[api] ca_file"), "{failure}");
    assert_eq!(company.scene.calls(), 0);

    // A certificate is judged by this host's clock, and the database's tells whose fault it is.
    let carrying = company.proxy(Manner::Carry);
    let settings = company.settings.clone().text("api", "proxy", &carrying.url());
    let Some(wrong) = settings.wrong_clock(SignedDuration::from_hours(-24 * 3652)) else { return };
    let etl104 = Etl104::new(&wrong);
    let failed = etl104.run(&["run", "--output", "json", "--until", ONE_DAY]).await.exits(6);
    let failure = &failed.summary()["failures"][0];
    let words = failure["what"].as_str().unwrap();
    assert!(words.contains("it is 3652 days behind the database's"), "{failure}");
    assert_eq!(failure["remedy"], "set this host's clock (NTP), then run again");
    let clock = check(&etl104, "database", 2).await.unwrap();
    assert_says(&clock, &["this host's clock is", "behind the database's"], &["NTP"]);
}

#[tokio::test]
async fn a_file_of_certificates_is_read_before_anything_is_asked() {
    let authority = Authority::new("Company CA");
    let etl104 =
        Etl104::new(&settings("https://apis.104.example").text("api", "ca_file", "ca.pem"));
    let cut = authority.pem().replace("-----END", "AAAA-----END").replacen("MII", "MIJ", 1);
    for (content, said) in [
        (authority.pem().into_bytes(), None),
        (format!("# two\n{0}\n{0}", authority.pem()).into_bytes(), None),
        (authority.der(), Some("openssl x509 -inform der")),
        (b"nothing".to_vec(), Some("holds no certificate")),
        (format!("{}{cut}", authority.pem()).into_bytes(), Some("the 2. in it")),
    ] {
        std::fs::write(etl104.folder().join("ca.pem"), content).unwrap();
        let code = if said.is_some() { 2 } else { 0 };
        let checked = etl104.run(&["check", "--offline"]).await.exits(code);
        assert!(checked.stderr.contains(said.unwrap_or_default()), "{}", checked.stderr);
        assert!(said.is_none() || checked.stderr.contains("[api] ca_file"), "{}", checked.stderr);
    }
    std::fs::remove_file(etl104.folder().join("ca.pem")).unwrap();
    drop(etl104.run(&["check", "--offline"]).await.exits(2));
}
