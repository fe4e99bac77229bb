//! Where files are stored.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use network::{EVERYTHING, Proxy};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::multipart::MultipartStore;
use object_store::prefix::PrefixStore;
use object_store::{
    BackoffConfig, Certificate, ClientOptions, ObjectStore, RetryConfig, path::Path as Key,
};
use url::Url;

use super::error::StorageError;
use super::folder;
use super::way::Watching;

/// Between two attempts at a request.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// Settings of the file store.
#[derive(Clone)]
pub struct StoreConfig {
    /// `file:./folder`, `file:/folder` or `s3://bucket/prefix`.
    pub url: String,
    /// A compatible server; plain HTTP only if this says so.
    pub endpoint: Option<Url>,
    /// A proxy for every request whose host does not go past it; without one none takes any.
    pub proxy: Option<Proxy>,
    /// Certificates to trust beside the system's, as PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// The usual `AWS_…` variables, as found; others are ignored.
    pub options: Vec<(String, String)>,
    /// Where temporary files are made; the system's folder if `None`.
    pub spool_dir: Option<PathBuf>,
    /// Larger files are refused.
    pub max_bytes: u64,
    /// Larger files are uploaded in parts of 8 MiB.
    pub multipart_above: u64,
    /// How long a request is repeated while a server is away, busy or broken.
    pub patience: Duration,
    /// A request that takes longer has failed.
    pub answer_within: Duration,
}

impl StoreConfig {
    /// 8 MiB
    pub const MULTIPART_ABOVE: u64 = 8 << 20;
    /// A server that restarts is back by then.
    pub const PATIENCE: Duration = Duration::from_secs(30);
    /// A part of 8 MiB passes in it at 70 kB/s.
    pub const ANSWER_WITHIN: Duration = Duration::from_mins(2);

    /// The folder of `[storage] url` if it is one that is not there (any more).
    pub fn absent_folder(&self) -> Option<&Path> {
        let folder = self.folder().filter(|folder| !folder.as_os_str().is_empty())?;
        (!folder.exists()).then_some(folder)
    }

    fn folder(&self) -> Option<&Path> {
        let folder = self.url.strip_prefix("file:")?;
        Some(Path::new(folder.strip_prefix("//").unwrap_or(folder)))
    }

    pub(super) fn spool_folder(&self) -> PathBuf {
        self.spool_dir.clone().unwrap_or_else(std::env::temp_dir)
    }
}

impl fmt::Debug for StoreConfig {
    /// Keeps the options' values, which hold keys, to itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig")
            .field("url", &self.url)
            .field("endpoint", &self.endpoint.as_ref().map(Url::as_str))
            .field("proxy", &self.proxy)
            .field("spool_dir", &self.spool_dir)
            .field("max_bytes", &self.max_bytes)
            .field("multipart_above", &self.multipart_above)
            .field("patience", &self.patience)
            .field("answer_within", &self.answer_within)
            .finish_non_exhaustive()
    }
}

/// The storage, opened.
pub(super) struct Opened {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// How a bucket takes large files; a folder takes them as they come.
    pub(super) parts: Option<Arc<dyn MultipartStore>>,
}

/// Opens the store that the settings name; a folder is created if absent.
pub(super) fn open(config: &StoreConfig) -> Result<Opened, StorageError> {
    if let Some(folder) = config.folder() {
        if folder.as_os_str().is_empty() {
            return Err(StorageError::Url("it names no folder"));
        }
        return open_folder(folder);
    }
    let url = Url::parse(&config.url).map_err(|_not_a_url| StorageError::Url("it is no URL"))?;
    if url.scheme() != "s3" {
        return Err(StorageError::Url("it begins neither with file: nor with s3:"));
    }
    let bucket = url.host_str().ok_or(StorageError::Url("it names no bucket"))?;
    let prefix = Key::from_url_path(url.path())
        .map_err(|_invalid| StorageError::Url("its prefix can't be part of a key"))?;
    open_bucket(config, bucket, prefix)
}

fn open_folder(folder: &Path) -> Result<Opened, StorageError> {
    let unusable = |source| StorageError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(unusable)?;
    let folder = folder.canonicalize().map_err(unusable)?;
    folder::sweep(&folder).map_err(unusable)?;
    // A receipt is written after its file: what it says must outlive a crash.
    let store = LocalFileSystem::new_with_prefix(folder).map_err(StorageError::Settings)?;
    Ok(Opened { objects: Arc::new(store.with_fsync(true)), parts: None })
}

fn open_bucket(config: &StoreConfig, bucket: &str, prefix: Key) -> Result<Opened, StorageError> {
    // The client takes the process's provider of TLS; whoever installs one first, it is this one.
    drop(rustls::crypto::ring::default_provider().install_default());

    let mut builder = AmazonS3Builder::new();
    for (name, value) in &config.options {
        let Ok(key) = AmazonS3ConfigKey::from_str(&name.to_ascii_lowercase()) else { continue };
        // `endpoint` has them, if nothing nearer.
        if !matches!(key, AmazonS3ConfigKey::Endpoint | AmazonS3ConfigKey::S3Endpoint) {
            builder = builder.with_config(key, value);
        }
    }
    let mut client = ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(config.answer_within);
    // The environment is read by the settings, and nowhere else: a proxy past which all goes keeps the
    // client from reading it.
    client = match &config.proxy {
        Some(proxy) => {
            client.with_proxy_url(proxy.url().as_str()).with_proxy_excludes(proxy.past())
        }
        None => client.with_proxy_url("http://localhost").with_proxy_excludes(EVERYTHING),
    };
    for certificate in config.ca_pem.iter().flat_map(|pem| certificates(pem)) {
        client = client.with_root_certificate(certificate?);
    }
    if let Some(endpoint) = &config.endpoint {
        client = client.with_allow_http(endpoint.scheme() == "http");
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    let store = builder
        .with_bucket_name(bucket)
        .with_client_options(client)
        .with_http_connector(Watching { proxy: config.proxy.clone() })
        .with_retry(RetryConfig {
            // Up to a few seconds apart, so that a server is not long back before it is asked.
            backoff: BackoffConfig { max_backoff: LONGEST_PAUSE, ..BackoffConfig::default() },
            max_retries: usize::MAX,
            retry_timeout: config.patience,
        })
        // One object at a time is deleted, and not every server knows the other call.
        .with_disable_bulk_delete(true)
        .build()
        .map_err(StorageError::Settings)?;
    let store = Arc::new(PrefixStore::new(store, prefix));
    Ok(Opened { objects: Arc::<PrefixStore<_>>::clone(&store), parts: Some(store) })
}

fn certificates(pem: &[u8]) -> Vec<Result<Certificate, StorageError>> {
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) => certificates.into_iter().map(Ok).collect(),
        Err(error) => vec![Err(StorageError::Settings(error))],
    }
}
