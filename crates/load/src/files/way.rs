//! What goes wrong on the way to a bucket, told while the request is known.
//!
//! The client's errors hide which host was meant and what a proxy answered, and it tries again for as
//! long as its patience lasts, also what can't heal. So it is given a connector that looks.

use std::fmt;
use std::pin::Pin;

use network::{Finding, Proxy, Service, Trouble, Way, look};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use url::Url;

/// Makes the usual clients, and has them watched.
#[derive(Clone, Debug)]
pub(super) struct Watching {
    pub(super) proxy: Option<Proxy>,
}

impl HttpConnector for Watching {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Watched { client, proxy: self.proxy.clone() }))
    }
}

/// A client whose failures name the host and the trouble.
struct Watched {
    client: HttpClient,
    proxy: Option<Proxy>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

impl HttpService for Watched {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let url = request.uri().to_string().parse::<Url>();
            match self.client.execute(request).await {
                Ok(answer) => Ok(answer),
                Err(error) => match url {
                    Ok(url) => Err(found(&url, self.proxy.as_ref(), error).await),
                    Err(_no_url) => Err(error),
                },
            }
        })
    }
}

async fn found(url: &Url, proxy: Option<&Proxy>, error: HttpError) -> HttpError {
    let (Some(trouble), Some(way)) =
        (Trouble::of(&error), Way::to_url(Service::Storage, url, proxy))
    else {
        return error;
    };
    // A kind that is not tried again.
    let kind = if trouble.is_lasting() { HttpErrorKind::Unknown } else { error.kind() };
    let trouble = look(&way, trouble).await;
    HttpError::new(kind, Finding::new(way, trouble))
}
