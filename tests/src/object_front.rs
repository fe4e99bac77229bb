//! What a client of the S3 server meets first: scripted faults, and two refusals of S3 that the server behind
//! leaves out.

use std::convert::Infallible;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use futures::StreamExt;
use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use s3s::Body;
use s3s::service::S3Service;

use crate::ObjectFault;
use crate::object_fault::{Script, asked, upload_id};

#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) server: S3Service,
    pub(crate) folder: PathBuf,
    pub(crate) script: Arc<Script>,
}

/// An error ends the connection.
type Answer = Result<Response<Body>, Box<dyn Error + Send + Sync>>;

impl Front {
    pub(crate) async fn answer(self, request: Request<Incoming>) -> Answer {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        match self.script.meet(asked(&method, &uri), &uri) {
            None => self.serve(request).await,
            Some(ObjectFault::Late(by)) => {
                tokio::time::sleep(by).await;
                self.serve(request).await
            }
            Some(ObjectFault::Refused(status, code)) => {
                read(request).await;
                Ok(refusal(&method, status, code))
            }
            Some(ObjectFault::RefusedUnder200(code)) => {
                read(request).await;
                Ok(refusal(&method, 200, code))
            }
            Some(ObjectFault::Page(status)) => {
                read(request).await;
                let page = "<html><body>Please sign in to the network</body></html>";
                Ok(respond(status, "text/html", page.into()))
            }
            Some(ObjectFault::Pretended) => {
                read(request).await;
                Ok(respond(200, "application/xml", String::new()))
            }
            Some(ObjectFault::Halved) => {
                let answer = self.serve(request).await?;
                let path = self.folder.join(uri.path().trim_start_matches('/'));
                let object = std::fs::OpenOptions::new().write(true).open(path)?;
                object.set_len(object.metadata()?.len() / 2)?;
                Ok(answer)
            }
            Some(ObjectFault::Silent) => {
                read(request).await;
                let never: Infallible = std::future::pending().await;
                match never {}
            }
            Some(ObjectFault::HungUp) => Err("hung up".into()),
            Some(ObjectFault::AnswerLost) => {
                let answer = self.serve(request).await?;
                // Some answers are made while they are read.
                drop(answer.into_body().collect::<Vec<_>>().await);
                Err("hung up".into())
            }
        }
    }

    /// The real server, which takes objects for a bucket that is not there, and calls an upload that is not
    /// there forbidden.
    async fn serve(&self, request: Request<Incoming>) -> Answer {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let bucket = uri.path().split('/').nth(1).unwrap_or_default();
        let no_bucket = !self.folder.join(bucket).is_dir();
        let no_upload = upload_id(&uri)
            .is_some_and(|id| !self.folder.join(format!(".upload-{id}.json")).exists());
        let absent = if no_bucket { "NoSuchBucket" } else { "NoSuchUpload" };
        if no_bucket || no_upload {
            read(request).await;
            return Ok(refusal(&method, 404, absent));
        }
        // What was asked is done, whoever asked may be gone by then; some answers are made while they are read.
        let server = self.server.clone();
        #[expect(clippy::disallowed_methods, reason = "it outlives the connection on purpose")]
        let asked = tokio::spawn(async move {
            let answer = server.call(request.map(Body::from)).await?;
            if method == Method::GET {
                return Ok(answer);
            }
            let (head, body) = answer.into_parts();
            let mut whole = Vec::new();
            for chunk in body.collect::<Vec<_>>().await {
                whole.extend_from_slice(&chunk?);
            }
            Ok(Response::from_parts(head, Body::from(whole)))
        });
        asked.await?
    }
}

/// A client that is still sending would take an early answer for a broken connection.
async fn read(request: Request<Incoming>) {
    let mut body = Body::from(request.into_body());
    while let Some(Ok(_)) = body.next().await {}
}

fn refusal(method: &Method, status: u16, code: &str) -> Response<Body> {
    // With the key that the client gave, as S3 does for a refused signature.
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>Refused.</Message>\
         <AWSAccessKeyId>test-access-key</AWSAccessKeyId><RequestId>1</RequestId></Error>"
    );
    respond(status, "application/xml", if method == Method::HEAD { String::new() } else { text })
}

fn respond(status: u16, content_type: &str, body: String) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", content_type)
        .header("etag", "\"d41d8cd98f00b204e9800998ecf8427e\"")
        .body(Body::from(body))
        .expect("a status and two headers")
}
