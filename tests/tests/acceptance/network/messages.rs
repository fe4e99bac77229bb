//! What is in the way to 104 is told apart, with host and remedy.

use std::net::SocketAddr;

use acceptance::{Authority, Etl104, Front, Manner, Relay, Routes, Settings, Shown, by_hand};
use jiff::SignedDuration;
use jiff::civil::date;
use simulator::{Action, Handle, Rule, Simulator};
use tokio::net::{TcpSocket, TcpStream};

use super::{HOST, Said, assert_all_differ, assert_says, check, settings};

/// One thing in the way: the settings that lead to it, and what is to be said.
struct Case {
    settings: Settings,
    code: i32,
    problem: Vec<String>,
    remedy: Vec<&'static str>,
}

fn case(settings: Settings, code: i32, problem: &[&str], remedy: &[&'static str]) -> Case {
    let problem = problem.iter().map(|word| (*word).to_owned()).collect();
    Case { settings, code, problem, remedy: remedy.to_vec() }
}

async fn said_of(cases: Vec<Case>) -> Vec<Said> {
    futures::future::join_all(cases.into_iter().map(said)).await
}

async fn said(case: Case) -> Said {
    let said = check(&Etl104::new(&case.settings), "api", case.code).await.unwrap();
    let problem: Vec<&str> = case.problem.iter().map(String::as_str).collect();
    assert_says(&said, &problem, &case.remedy);
    said
}

fn address_of(simulator: &Handle) -> SocketAddr {
    ([127, 0, 0, 1], simulator.port()).into()
}

/// Settings for a server at `localhost`, whose authority is trusted if it is given.
fn direct(port: u16, trusted: Option<&TrustedFile>) -> Settings {
    let settings = settings(&format!("https://localhost:{port}"));
    match trusted {
        Some(file) => settings.text("api", "ca_file", &file.path),
        None => settings,
    }
}

/// Settings for 104 behind a proxy.
fn behind(proxy: &str) -> Settings {
    settings(&format!("https://{HOST}")).environment("HTTPS_PROXY", proxy)
}

/// A file with the certificates of authorities.
struct TrustedFile {
    path: String,
    _folder: tempfile::TempDir,
}

impl TrustedFile {
    fn of(pem: &str) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("company-ca.pem");
        std::fs::write(&path, pem).unwrap();
        Self { path: path.display().to_string(), _folder: folder }
    }
}

#[tokio::test]
async fn each_certificate_that_is_refused_says_why() {
    let simulator = Simulator::start(by_hand()).await.unwrap();
    let target = address_of(&simulator);
    let (company, other) = (Authority::new("Company CA"), Authority::new("Inspection CA"));
    // Several in one file count beside the system's own.
    let trusted = TrustedFile::of(&format!("{}\n{}", other.pem(), company.pem()));
    let front = |shown: &Shown| Front::with_tls(shown, target);
    let good = front(&company.certificate(&["localhost"]));
    let stranger = front(&company.certificate(&["portal.example"]));
    let ended =
        front(&company.certificate_between(&["localhost"], date(2020, 1, 1), date(2021, 6, 1)));
    let early =
        front(&company.certificate_between(&["localhost"], date(2101, 1, 1), date(2102, 1, 1)));

    let accepted = check(&Etl104::new(&direct(good.port(), Some(&trusted))), "api", 0).await;
    assert!(accepted.is_none(), "{accepted:?}");
    let at = |front: &Front| format!("localhost:{}", front.port());
    let mut cases = vec![
        case(
            direct(good.port(), None),
            2,
            &[&at(&good), "issued by \"Company CA\" (Example Ltd)"],
            &["[api] ca_file", "root certificate"],
        ),
        case(
            direct(stranger.port(), Some(&trusted)),
            2,
            &[&at(&stranger), "portal.example", "not for localhost"],
            &["[api] environment (or token_url and base_url)"],
        ),
        case(
            direct(ended.port(), Some(&trusted)),
            6,
            &[&at(&ended), "has ended", "2021-06-01 00:00 UTC"],
            &["clock", "renew the certificate"],
        ),
        case(
            direct(early.port(), Some(&trusted)),
            6,
            &[&at(&early), "not valid yet", "2101-01-01"],
            &["clock"],
        ),
        case(
            direct(simulator.port(), None),
            2,
            &["answers in something else than TLS"],
            &["check the port"],
        ),
    ];
    let ten_years_ago = SignedDuration::from_hours(-24 * 3652);
    if let Some(wrong) = direct(good.port(), Some(&trusted)).wrong_clock(ten_years_ago) {
        cases.push(case(wrong, 6, &["not valid yet", "this host's clock shows 201"], &["clock"]));
    }
    assert_all_differ(&said_of(cases).await);
}

#[tokio::test]
async fn each_blocked_way_says_how() {
    let simulator = Simulator::start(by_hand()).await.unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mute = Relay::to(address_of(&simulator));
    mute.fall_silent();
    let resetting = Front::resetting();
    // Nobody takes connections from this queue, and once it is full the next one's packets are dropped.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let dropped = full.local_addr().unwrap();
    let queued =
        [TcpStream::connect(dropped).await.unwrap(), TcpStream::connect(dropped).await.unwrap()];
    let origin = |port: u16| settings(&format!("https://127.0.0.1:{port}"));
    let mut cases = vec![
        case(
            origin(closed),
            6,
            &[&format!("127.0.0.1:{closed} refuses the connection")],
            &["[api] environment", "ask your network team", "[api] proxy"],
        ),
        case(
            origin(mute.address().port()),
            6,
            &["takes the connection and then says nothing"],
            &["ask your network team what holds the connection up"],
        ),
        case(
            origin(resetting.port()),
            6,
            &["was reset before an answer came"],
            &["what cuts the connection"],
        ),
        case(
            settings("https://nobody.invalid"),
            6,
            &["nobody.invalid:443: no name server"],
            &["[api] proxy (or HTTPS_PROXY)"],
        ),
    ];
    if cfg!(target_os = "linux") {
        cases.push(case(
            origin(dropped.port()),
            6,
            &["does not answer at all"],
            &["ask your network team to let this host reach 127.0.0.1"],
        ));
    }
    assert_all_differ(&said_of(cases).await);
    drop((full, queued));
}

#[tokio::test]
async fn what_the_proxy_does_is_told_from_what_104_does() {
    let simulator = Simulator::start(by_hand()).await.unwrap();
    let (public, company) = (Authority::new("Public CA"), Authority::new("Inspection CA"));
    let trusted = TrustedFile::of(&format!("{}{}", public.pem(), company.pem()));
    let tls = Front::with_tls(&public.certificate(&[HOST]), address_of(&simulator));
    let routes = Routes::from([(format!("{HOST}:443"), tls.address())]);
    let proxy = |manner: Manner| Front::web_proxy(manner, &routes);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let locked = proxy(Manner::Locked("Basic dXNlcjpodXNo")); // user:hush
    let (refusing, lost) = (proxy(Manner::Refuse(403)), proxy(Manner::Refuse(504)));
    let (mute, carrying) = (proxy(Manner::Mute), proxy(Manner::Carry));
    let leaf = company.certificate(&[HOST]);
    let inspecting = proxy(Manner::Inspect(leaf.clone()));
    let blocking = proxy(Manner::Block(leaf));
    let with_user = |user: &str| format!("http://{user}@{}", locked.address());
    let trusting = |settings: Settings| settings.text("api", "ca_file", &trusted.path);
    let good = trusting(behind(&with_user("user:hush")));
    assert!(check(&Etl104::new(&good), "api", 0).await.is_none());
    let front = Front::with_tls(&company.certificate(&["localhost"]), carrying.address());
    let secure = behind(&format!("https://localhost:{}", front.port()));
    assert!(check(&Etl104::new(&trusting(secure.clone())), "api", 0).await.is_none());

    simulator.script(Rule::default().then(Action::HtmlPage { status: 403 }));
    let cases = vec![
        case(
            behind(&format!("http://{closed}")),
            6,
            &[HOST, &format!("the proxy can't be reached: {closed} refuses the connection")],
            &["[api] proxy (or HTTPS_PROXY)", "NO_PROXY"],
        ),
        case(
            behind("http://proxy.invalid:3128"),
            6,
            &["the proxy can't be reached: proxy.invalid:3128: no name server"],
            &["[api] proxy (or HTTPS_PROXY)"],
        ),
        case(
            secure,
            2,
            &["the proxy can't be reached: localhost", "issued by \"Inspection CA\" (Example Ltd)"],
            &["[api] ca_file"],
        ),
        case(
            behind(&locked.url()),
            2,
            &["(HTTP 407)", &locked.address().to_string()],
            &["write user and password", "ETL104_API__PROXY"],
        ),
        case(
            behind(&refusing.url()),
            6,
            &["the proxy does not let us through", "(HTTP 403)", HOST],
            &["allow CONNECT to apis.104.example:443", "it is the proxy that refuses"],
        ),
        case(
            behind(&lost.url()),
            6,
            &["the proxy does not reach apis.104.example (HTTP 504)"],
            &["whether the proxy can reach apis.104.example:443"],
        ),
        case(behind(&mute.url()), 6, &["gives no answer"], &["names a proxy for HTTP"]),
        case(
            behind(&inspecting.url()),
            2,
            &[HOST, "through the proxy", "issued by \"Inspection CA\" (Example Ltd)"],
            &["a proxy that inspects TLS", "[api] ca_file"],
        ),
        case(
            trusting(behind(&blocking.url())),
            6,
            &["HTTP 403", "under a certificate issued by \"Inspection CA\""],
            &["register the outgoing address", "your proxy's page"],
        ),
        case(
            trusting(behind(&carrying.url())),
            6,
            &["HTTP 403", "under a certificate issued by \"Public CA\""],
            &["register the outgoing address"],
        ),
    ];
    let said = said_of(cases).await;
    assert_all_differ(&said);

    let wrong = check(&Etl104::new(&behind(&with_user("user:hush-not"))), "api", 2).await.unwrap();
    assert_says(&wrong, &["(HTTP 407)"], &["correct the user and the password"]);
}
