//! `[storage]`: where files go.

use std::path::PathBuf;

use resumes::settings::StoreConfig;
use url::Url;

use super::amount::{duration, size};
use super::environment::Environment;
use super::path::Folder;
use super::problem::{Place, Problem, Problems, Wrong, wrong};
use super::proxy;
use super::section::Section;

/// The variables that name a server, the nearest first.
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];
/// With it other programs verify no certificate.
const TLS_SWITCH: &str = "AWS_ALLOW_INVALID_CERTIFICATES";
/// Larger files are left out unless the settings say otherwise.
const DEFAULT_MAX_SIZE: u64 = 100_000_000;

/// Reads the section, and of `[files]` what bounds a file. For a bucket the usual `AWS_…`
/// variables are passed on.
pub(crate) fn read(
    section: &Section,
    files: &Section,
    folder: &Folder,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<StoreConfig> {
    if section.text("url").is_none() {
        section.refuse(
            "url",
            problems,
            wrong("is missing", "write url = \"file:./data/objects\" or \"s3://bucket/prefix\""),
        );
    }
    let ca_pem = section.read("ca_file", problems, |path| folder.read_certificates(path));
    let max_bytes = files.read("max_size", problems, size);
    let spool_dir = files.read("spool_dir", problems, |path| existing_folder(folder, path));
    let patience = section.read("patience", problems, duration);
    let target = section.read("url", problems, |url| target(url, folder))?;
    let mut endpoint =
        section.read("endpoint", problems, |text| secure_endpoint(text, environment));
    if matches!(target, Target::Bucket(_)) && section.text("endpoint").is_none() {
        endpoint = endpoint_of_variable(section, environment, problems);
    }
    let scheme = endpoint.as_ref().map_or("https", Url::scheme);
    let proxy = match &target {
        Target::Folder(_) => None,
        Target::Bucket(_) => proxy::read(section, scheme, environment, problems),
    };
    let options = match &target {
        Target::Folder(_) if section.text("endpoint").is_some() => {
            let useless = wrong("is of no use to a folder", "take it out, or write s3://…");
            section.refuse("endpoint", problems, useless);
            Vec::new()
        }
        Target::Folder(_) => Vec::new(),
        Target::Bucket(_) => aws_options(section, environment, problems),
    };
    let (Target::Folder(url) | Target::Bucket(url)) = target;
    Some(StoreConfig {
        url,
        endpoint,
        proxy,
        ca_pem: ca_pem.map(|(_, pem)| pem),
        options,
        spool_dir,
        max_bytes: max_bytes.unwrap_or(DEFAULT_MAX_SIZE),
        multipart_above: StoreConfig::MULTIPART_ABOVE,
        patience: patience.unwrap_or(StoreConfig::PATIENCE),
        answer_within: StoreConfig::ANSWER_WITHIN,
    })
}

/// Where files go: a URL whose path, of a folder, starts from the settings file.
enum Target {
    Folder(String),
    Bucket(String),
}

fn target(text: &str, folder: &Folder) -> Result<Target, Wrong> {
    let remedy = "write file:./data/objects for a folder, or s3://bucket/prefix for a bucket";
    if let Some(path) = text.strip_prefix("file:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(wrong("names no folder", remedy));
        }
        let path = folder.resolve(path);
        let path = path.to_str().ok_or_else(|| wrong("is not UTF-8 as a path", remedy))?;
        return Ok(Target::Folder(format!("file:{path}")));
    }
    let Some(rest) = text.strip_prefix("s3://") else {
        return Err(wrong("is neither file:… nor s3://…", remedy));
    };
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if bucket.is_empty() || !bucket.chars().all(is_name) {
        return Err(wrong("names no bucket", remedy));
    }
    Ok(Target::Bucket(format!("s3://{bucket}/{}", prefix.trim_matches('/'))))
}

fn existing_folder(folder: &Folder, path: &str) -> Result<PathBuf, Wrong> {
    let path = folder.resolve(path);
    if path.is_dir() {
        Ok(path)
    } else {
        Err(wrong(format!("{} is no folder", path.display()), "make it, or name another one"))
    }
}

/// https, or this machine, or what the usual variable allows.
fn secure_endpoint(text: &str, environment: &Environment) -> Result<Url, Wrong> {
    let remedy = "write https://host:port; http:// is for a server on this machine, or where \
                  AWS_ALLOW_HTTP=true says that the network is trusted";
    let url: Url = text.parse().map_err(|error| wrong(format!("is no URL: {error}"), remedy))?;
    let is_local = url.host_str().is_some_and(resumes::settings::is_local);
    let may_be_plain = is_local || environment.get("AWS_ALLOW_HTTP") == Some("true");
    match url.scheme() {
        "https" => Ok(url),
        "http" if may_be_plain => Ok(url),
        _ => {
            Err(wrong("is not https: people's files would cross the network in the clear", remedy))
        }
    }
}

/// The endpoint that one of the usual variables names, held to the same as the setting.
fn endpoint_of_variable(
    section: &Section,
    environment: &Environment,
    problems: &mut Problems,
) -> Option<Url> {
    let (variable, text) =
        ENDPOINTS.iter().find_map(|name| Some((*name, environment.get(name)?)))?;
    match secure_endpoint(text, environment) {
        Ok(url) => Some(url),
        Err(Wrong { what, remedy }) => {
            let place = Place::Variable(variable.to_owned());
            problems.push(Problem {
                place,
                setting: format!("{} endpoint", section.title),
                what,
                remedy,
            });
            None
        }
    }
}

/// The `AWS_…` variables, after a look at what is missing.
fn aws_options(
    section: &Section,
    environment: &Environment,
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let mut refuse = |variable: &str, what: &str, remedy: &str| {
        let place = Place::Variable(variable.to_owned());
        let setting = format!("{} url", section.title);
        let (what, remedy) = (what.to_owned(), remedy.to_owned());
        problems.push(Problem { place, setting, what, remedy });
    };
    let has_endpoint = section.text("endpoint").is_some()
        || ENDPOINTS.iter().any(|variable| environment.get(variable).is_some());
    if environment.get(TLS_SWITCH).is_some_and(|value| value != "false") {
        refuse(
            TLS_SWITCH,
            "would switch the verification of certificates off",
            "take it out, and name the storage's certificate authority by [storage] ca_file",
        );
    }
    let has_key = environment.get("AWS_ACCESS_KEY_ID").is_some();
    let has_secret = environment.get("AWS_SECRET_ACCESS_KEY").is_some();
    let has_role = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|variable| environment.get(variable).is_some());
    let pair = "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as the storage gave them";
    if has_key != has_secret {
        let missing = if has_key { "AWS_SECRET_ACCESS_KEY" } else { "AWS_ACCESS_KEY_ID" };
        refuse(missing, "is not set, though the other half of the pair is", pair);
    } else if !has_key && !has_role && has_endpoint {
        refuse("AWS_ACCESS_KEY_ID", "is not set, and the storage needs a key", pair);
    }
    let mut options: Vec<(String, String)> = environment
        .starting_with("AWS_")
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let has_region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .any(|variable| environment.get(variable).is_some());
    if !has_region && has_endpoint {
        options.push(("AWS_REGION".into(), "us-east-1".into()));
    } else if !has_region {
        refuse("AWS_REGION", "is not set", "export AWS_REGION, the region of the bucket");
    }
    options
}
