//! A real S3 server, reachable over HTTP on the loopback, whose buckets are folders.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder as HttpServer;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::object_fault::Script;
use crate::object_front::Front;
use crate::{ObjectCall, ObjectRule};

const ACCESS_KEY: &str = "test-access-key";
const SECRET_KEY: &str = "test-secret-key";
const BUCKET: &str = "etl104-test";

/// An S3 server with one empty bucket. It checks signatures, runs on a thread of its own, so that a test may
/// block, and ends with this value.
#[derive(Debug)]
pub struct ObjectServer {
    folder: TempDir,
    address: SocketAddr,
    runtime: Option<Runtime>,
    script: Arc<Script>,
}

/// An object as it lies in a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredObject {
    /// Its key, without the bucket.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last written.
    pub written_at: SystemTime,
}

impl ObjectServer {
    /// Starts a server on a free port, and sees to it that clients in the test's own process can be built.
    pub fn start() -> Self {
        // An error says that another test has done it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let folder = TempDir::new().expect("a temporary folder can be made");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket can be made");
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let script = Arc::default();
        let runtime = Some(serve(listener, folder.path(), &script));
        Self { folder, address, runtime, script }
    }

    /// Takes the storage away: connections break off and new ones are refused. What is stored stays.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A test's runtime may not be blocked by the end of another: a thread waits for it.
            let thread =
                std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(5)));
            thread.join().expect("the server ends");
        }
    }

    /// Brings the storage back after [`ObjectServer::stop`], on the same port and with the same objects.
    pub fn start_again(&mut self) {
        assert!(self.runtime.is_none(), "stop the server before it starts again");
        let listener = TcpListener::bind(self.address).expect("the port is still free");
        self.runtime = Some(serve(listener, self.folder.path(), &self.script));
    }

    /// From now on this goes wrong, until [`ObjectServer::recover`]. Of several rules the first that holds counts.
    pub fn script(&self, rule: ObjectRule) {
        self.script.add(rule);
    }

    /// Nothing goes wrong any more.
    pub fn recover(&self) {
        self.script.clear();
    }

    /// How often this was asked, faults included.
    pub fn calls(&self, call: ObjectCall) -> u64 {
        self.script.calls(call)
    }

    /// Takes the bucket away with all that is in it.
    pub fn remove_bucket(&self) {
        std::fs::remove_dir_all(self.bucket_folder()).expect("the bucket is there");
    }

    /// Makes the bucket anew, empty.
    pub fn make_bucket(&self) {
        std::fs::create_dir(self.bucket_folder()).expect("a bucket can be made");
    }

    /// Deletes an object behind everybody's back.
    pub fn lose(&self, key: &str) {
        std::fs::remove_file(self.bucket_folder().join(key)).expect("the object is there");
    }

    /// Writes an object behind everybody's back; it was written so long ago.
    pub fn write(&self, key: &str, bytes: &[u8], ago: Duration) {
        let path = self.bucket_folder().join(key);
        std::fs::create_dir_all(path.parent().expect("a key names a folder"))
            .expect("the bucket is a folder");
        std::fs::write(&path, bytes).expect("the bucket is a folder");
        let file = std::fs::File::options().append(true).open(&path).expect("it was written");
        file.set_modified(SystemTime::now() - ago).expect("the file system keeps this time");
    }

    /// Begins an upload in parts of which nobody will hear again, under this id, as the server writes it down.
    pub fn begin_upload(&self, id: &str) {
        let begun = self.folder.path().join(format!(".upload-{id}.json"));
        std::fs::write(begun, format!("{ACCESS_KEY:?}")).expect("the folder is ours");
    }

    /// Uploads in parts that were begun and neither completed nor aborted, and those of which a part is left.
    pub fn open_uploads(&self) -> BTreeSet<String> {
        let names = std::fs::read_dir(self.folder.path()).expect("the folder can be listed");
        names
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|name| {
                let rest =
                    name.strip_prefix(".upload-").or_else(|| name.strip_prefix(".upload_id-"))?;
                rest.split('.').next().map(str::to_owned)
            })
            .collect()
    }

    fn bucket_folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// The same, if it is stopped.
    pub fn start_if_stopped(&mut self) {
        if self.runtime.is_none() {
            self.start_again();
        }
    }

    /// `http://127.0.0.1:…`, for the setting `[storage] endpoint`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// `s3://bucket`, for the setting `[storage] url`.
    pub fn url(&self) -> String {
        format!("s3://{BUCKET}")
    }

    /// The bytes of an object.
    pub fn read(&self, key: &str) -> Vec<u8> {
        std::fs::read(self.bucket_folder().join(key)).expect("the object is there")
    }

    /// What a client needs in its environment to be let in.
    pub fn environment(&self) -> [(&'static str, &'static str); 3] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_REGION", "us-east-1"),
        ]
    }

    /// All objects in the bucket, by key.
    pub fn objects(&self) -> Vec<StoredObject> {
        objects_below(&self.bucket_folder())
    }
}

impl Drop for ObjectServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// All files below a folder as objects, by key; none if the folder does not exist.
pub fn objects_below(folder: &Path) -> Vec<StoredObject> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries.map(|entry| entry.expect("the folder can be listed")) {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else { continue }; // removed meanwhile
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            let key =
                path.strip_prefix(folder).expect("it lies below").to_string_lossy().into_owned();
            let written_at = metadata.modified().expect("the file system keeps this time");
            found.push(StoredObject { key, size: metadata.len(), written_at });
        }
    }
    found.sort();
    found
}

fn serve(listener: TcpListener, folder: &Path, script: &Arc<Script>) -> Runtime {
    let front = Front { server: server(folder), folder: folder.into(), script: Arc::clone(script) };
    listener.set_nonblocking(true).expect("a listener can be asked without waiting");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.spawn(accept(listener, front));
    runtime
}

fn server(folder: &Path) -> S3Service {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).expect("the folder exists"));
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    builder.build()
}

async fn accept(listener: TcpListener, front: Front) {
    let listener =
        tokio::net::TcpListener::from_std(listener).expect("the listener is tokio's kind");
    let mut connections = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let front = front.clone();
        let service = service_fn(move |request| front.clone().answer(request));
        connections.spawn(async move {
            // A connection that breaks off is its client's concern.
            drop(
                HttpServer::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(socket), service)
                    .await,
            );
        });
    }
}
