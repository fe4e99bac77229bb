//! A client that knows nothing of the simulator but its URLs.

use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use simulator::{Handle, Options, Simulator};

pub(crate) const COMPANY: &str = "01234567";
/// A window of a day long past.
pub(crate) const DAY: &str = "date=2025-08-22&startTime=0&endTime=24";

pub(crate) struct Caller {
    pub(crate) sim: Handle,
    pub(crate) http: Client,
    pub(crate) token: String,
}

/// Options without a limit, for tests that aren't about the pace.
pub(crate) fn quick() -> Options {
    Options { calls_per_second: None, ..Options::default() }
}

/// A client without a token.
pub(crate) async fn stranger(options: Options) -> Caller {
    // Another test of this process may have installed it already.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
    Caller { sim: Simulator::start(options).await.unwrap(), http, token: String::new() }
}

/// A client with a token.
pub(crate) async fn caller(options: Options) -> Caller {
    let mut caller = stranger(options).await;
    caller.renew().await;
    caller
}

impl Caller {
    pub(crate) fn token_request(&self, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(self.sim.token_url()).form(form)
    }

    pub(crate) async fn renew(&mut self) {
        let answer = self.token_request(&GRANT).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        body["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// A call with the right headers, of a path such as `resumes/queryList?…`.
    pub(crate) fn request(&self, path: &str) -> RequestBuilder {
        let url = format!("{}/{path}", self.sim.base_url());
        self.http
            .get(url)
            .bearer_auth(&self.token)
            .header("104-Additional-Info", format!("guiNum={COMPANY}"))
    }

    pub(crate) async fn send(&self, path: &str) -> Response {
        self.request(path).send().await.unwrap()
    }

    /// Status and JSON of a call.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.send(path).await;
        (answer.status(), answer.json().await.unwrap())
    }

    pub(crate) async fn ids(&self, window: &str) -> Vec<String> {
        let (status, body) = self.get(&format!("resumes/queryList?{window}")).await;
        assert_eq!(status, 200, "{body}");
        let ids = body["data"]["idList"].as_array().unwrap();
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn batch(&self, window: &str, ids: &[String]) -> Vec<Value> {
        let (status, body) =
            self.get(&format!("resumes/queryBatch?{window}&idnos={}", ids.join(","))).await;
        assert_eq!(status, 200, "{body}");
        body["data"]["list"].as_array().unwrap().clone()
    }
}

pub(crate) const GRANT: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("scope", "ehrweb_resume"),
    ("client_id", "demo-client"),
    ("client_secret", "demo-secret"),
];
