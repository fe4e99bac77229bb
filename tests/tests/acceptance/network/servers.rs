//! What is in the way to Postgres and to a bucket.

use acceptance::{
    Authority, Etl104, Front, Manner, ObjectServer, OwnPostgres, Relay, Routes, Settings,
};
use jiff::civil::date;
use sqlx::ConnectOptions;

use super::{assert_all_differ, assert_says, check, settings};

fn with_ca(settings: Settings, section: &str, authority: &Authority) -> Etl104 {
    let etl104 = Etl104::new(&settings.text(section, "ca_file", "ca.pem"));
    std::fs::write(etl104.folder().join("ca.pem"), authority.pem()).unwrap();
    etl104
}

#[tokio::test]
async fn postgres_is_verified_and_says_what_is_in_the_way() {
    let server = OwnPostgres::start();
    let company = Authority::new("Company CA");
    let url = |host: &str, port: u16, query: &str| {
        let url = server.options().clone().host(host).port(port).to_url_lossy();
        format!("{}{query}", url.as_str().split('?').next().unwrap())
    };
    let port = server.options().get_port();
    let to = |url: &str| {
        settings("https://apis.104.example")
            .text("database", "url", url)
            .text("database", "patience", "3s")
    };
    let verified = |host: &str| url(host, port, "?sslmode=verify-full");
    let mut said = Vec::new();

    let plain = check(&Etl104::new(&to(&verified("localhost"))), "database", 7).await.unwrap();
    assert_says(&plain, &["localhost:", "takes no TLS"], &["allow_plain_text = true"]);
    said.push(plain);

    server.show(&company.certificate(&["localhost"])).await;
    let unknown = check(&Etl104::new(&to(&verified("localhost"))), "database", 7).await.unwrap();
    assert_says(
        &unknown,
        &["localhost:", "issued by \"Company CA\" (Example Ltd)"],
        &["[database] ca_file"],
    );
    said.push(unknown);
    // With an authority the certificate is verified, whatever the URL leaves out; its tables are still to come.
    let tables = with_ca(to(&url("localhost", port, "")), "database", &company);
    let missing = check(&tables, "database", 2).await.unwrap();
    assert_says(&missing, &["not up to date"], &["etl104 migrate"]);
    let used = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()";
    assert_eq!(server.ask(used).await, "true", "the server takes TLS");
    let other = with_ca(to(&url("127.0.0.1", port, "")), "database", &company);
    let other = check(&other, "database", 7).await.unwrap();
    assert_says(&other, &["for localhost, not for 127.0.0.1"], &["[database] url"]);
    said.push(other);

    let ended = company.certificate_between(&["localhost"], date(2020, 1, 1), date(2021, 6, 1));
    server.show(&ended).await;
    let ended = check(&tables, "database", 7).await.unwrap();
    assert_says(&ended, &["has ended", "2021-06-01"], &["clock"]);
    said.push(ended);

    let relay = Relay::to(([127, 0, 0, 1], port).into());
    relay.fall_silent();
    let mute = Etl104::new(&to(&url("127.0.0.1", relay.address().port(), "")));
    let mute = check(&mute, "database", 7).await.unwrap();
    assert_says(&mute, &["takes the connection and then says nothing"], &["[database] url"]);
    said.push(mute);
    let closed = Etl104::new(&to(&url("127.0.0.1", 1, "")));
    let closed = check(&closed, "database", 7).await.unwrap();
    assert_says(&closed, &["127.0.0.1:1 refuses"], &["check that Postgres runs"]);
    said.push(closed);
    let nobody =
        check(&Etl104::new(&to(&url("db.invalid", 5432, ""))), "database", 7).await.unwrap();
    assert_says(&nobody, &["db.invalid:5432: no name server"], &[]);
    said.push(nobody);
    assert_all_differ(&said);
}

#[tokio::test]
async fn postgres_is_reached_in_the_clear_only_where_that_is_said() {
    let far = |query: &str| {
        let url = format!("postgres://etl104:hush@db.example/w{query}");
        settings("https://apis.104.example").text("database", "url", &url)
    };
    let offline = ["check", "--offline"];
    drop(Etl104::new(&far("")).run(&offline).await.exits(0));
    for query in ["?sslmode=disable", "?sslmode=prefer"] {
        let refused = Etl104::new(&far(query)).run(&offline).await.exits(2);
        for words in ["[database] url", "db.example in the clear", "allow_plain_text = true"] {
            assert!(refused.stderr.contains(words), "{words} was expected of\n{}", refused.stderr);
        }
        assert!(!refused.stderr.contains("hush"), "{}", refused.stderr);
        let allowed = far(query).set("database", "allow_plain_text", "true");
        drop(Etl104::new(&allowed).run(&offline).await.exits(0));
    }
}

#[tokio::test]
async fn a_bucket_says_what_is_in_the_way() {
    let server = ObjectServer::start();
    let company = Authority::new("Company CA");
    let tls = |names: &[&str]| Front::with_tls(&company.certificate(names), server.address());
    let (good, stranger) = (tls(&["localhost"]), tls(&["portal.example"]));
    let to = |endpoint: &str| {
        let settings = settings("https://apis.104.example").object_server(&server);
        settings.text("storage", "endpoint", endpoint)
    };
    let at = |front: &Front| format!("https://localhost:{}", front.port());
    let trusting = |endpoint: &str| with_ca(to(endpoint), "storage", &company);
    assert!(check(&trusting(&at(&good)), "storage", 0).await.is_none());

    let refusing = Front::web_proxy(Manner::Refuse(403), &Routes::new());
    let locked = Front::web_proxy(Manner::Locked("nobody"), &Routes::new());
    let behind = |proxy: &Front| {
        Etl104::new(&to("https://s3.example").text("storage", "proxy", &proxy.url()))
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut all = Vec::new();
    for (etl104, problem, remedy) in [
        (
            Etl104::new(&to(&at(&good))),
            "issued by \"Company CA\" (Example Ltd)",
            "[storage] ca_file",
        ),
        (trusting(&at(&stranger)), "for portal.example, not for localhost", "[storage] endpoint"),
        (Etl104::new(&to(&format!("https://localhost:{closed}"))), "refuses", "[storage] proxy"),
        (behind(&refusing), "does not let us through to s3.example (HTTP 403)", "allow CONNECT"),
        (behind(&locked), "(HTTP 407)", "ETL104_STORAGE__PROXY"),
        (Etl104::new(&to("https://s3.invalid")), "s3.invalid:443: no name server", "proxy"),
        (
            Etl104::new(&to(&server.endpoint().replace("http:", "https:"))),
            "something else than TLS",
            "port",
        ),
    ] {
        let said = check(&etl104, "storage", 7).await.unwrap();
        assert_says(&said, &[problem], &[remedy]);
        all.push(said);
    }
    assert_all_differ(&all);

    for (variable, value) in [
        ("AWS_ENDPOINT_URL", "http://minio.example:9000"),
        ("AWS_ALLOW_INVALID_CERTIFICATES", "true"),
    ] {
        let settings = settings("https://apis.104.example").object_server(&server);
        let settings = settings.set("storage", "endpoint", "\"\"").environment(variable, value);
        let toml = settings.to_toml().replace("endpoint = \"\"\n", "");
        let etl104 = Etl104::new(&settings);
        std::fs::write(etl104.folder().join("etl104.toml"), toml).unwrap();
        let refused = etl104.run(&["check", "--offline"]).await.exits(2);
        assert!(refused.stderr.contains(variable), "{}", refused.stderr);
    }
}
