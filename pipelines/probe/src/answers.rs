//! What answers hold, in memory alone: ids, resumes, links.

use std::collections::HashSet;

use extract::Answer;
use model::{Redacted, ResumeId};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::{Url, form_urlencoded};

use crate::contract::CONTACT;
use crate::facts::{Links, List, Look};
use crate::shape::is_said;

/// The ids of a list, and how the list looked.
pub(crate) fn list(answer: &Answer) -> (Vec<ResumeId>, List) {
    let body: Value = serde_json::from_slice(answer.body.expose()).unwrap_or_default();
    let data = &body["data"];
    let entries = data["idList"].as_array();
    let mut known = HashSet::new();
    let mut ids = Vec::new();
    let mut distinct = HashSet::new();
    for entry in entries.into_iter().flatten() {
        let Some(name) = text(entry) else { continue };
        distinct.insert(name.clone());
        if let Ok(id) = name.parse::<ResumeId>()
            && known.insert(id.clone())
        {
            ids.push(id);
        }
    }
    let listed = entries.map(|entries| count(entries.len()));
    let list = List {
        look: Look::of(answer),
        total: text(&data["total"]).and_then(|total| total.parse().ok()),
        ids: listed.map(|_| count(distinct.len())),
        repeated: listed.unwrap_or(0).saturating_sub(count(distinct.len())),
    };
    (ids, list)
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    list: Vec<&'a RawValue>,
}

/// The resumes of an answer; those that hold what no string can are left out.
pub(crate) fn resumes(answer: &Answer) -> Vec<Value> {
    let Ok(wire) = serde_json::from_slice::<Wire<'_>>(answer.body.expose()) else {
        return Vec::new();
    };
    wire.data.list.iter().map(|raw| serde_json::from_str(raw.get()).unwrap_or_default()).collect()
}

/// Text, or a number's digits.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a name of a resume is this id; numbers lose leading zeros.
fn is(name: &str, id: &ResumeId) -> bool {
    name == id.as_str() || (!name.is_empty() && name == id.as_str().trim_start_matches('0'))
}

/// The place of an id that a field of a resume names.
pub(crate) fn place(asked: &[ResumeId], resume: &Value, field: &str) -> Option<usize> {
    let name = text(&resume[field])?;
    asked.iter().position(|id| is(&name, id))
}

/// Whose resumes they are: by `idno`, else by `resumeId`, else by place if none is missing.
pub(crate) fn owners(asked: &[ResumeId], resumes: &[Value]) -> Vec<Option<usize>> {
    for field in ["idno", "resumeId"] {
        let places: Vec<_> = resumes.iter().map(|resume| place(asked, resume, field)).collect();
        if !places.is_empty() && places.iter().all(Option::is_some) {
            return places;
        }
    }
    if resumes.len() == asked.len() {
        (0..asked.len()).map(Some).collect()
    } else {
        vec![None; resumes.len()]
    }
}

/// A resume without its links, which carry tokens.
pub(crate) fn without_links(resume: &Value) -> Value {
    let mut bare = resume.clone();
    let Some(fields) = bare.as_object_mut() else { return bare };
    fields.remove("headshotUrl");
    for list in ["attachFiles", "projectDatas"] {
        for item in fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(item) = item.as_object_mut() {
                item.remove("resourceLink");
            }
        }
    }
    bare
}

/// What should tell *then* from *now*: without links, contact and applications, which depend on who
/// asks under which flag.
pub(crate) fn core(resume: &Value) -> Value {
    let mut bare = without_links(resume);
    if let Some(fields) = bare.as_object_mut() {
        for name in CONTACT.into_iter().chain(["applyJob", "applyQuestion"]) {
            fields.remove(name);
        }
    }
    bare
}

/// The fields of a resume that say something, links aside.
pub(crate) fn said(resume: &Value) -> HashSet<String> {
    let bare = without_links(resume);
    let fields = bare.as_object().into_iter().flatten();
    fields.filter(|(_, value)| is_said(value)).map(|(name, _)| name.clone()).collect()
}

/// A file that a resume links to.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) slot: String,
    pub(crate) is_headshot: bool,
    pub(crate) token: Redacted<String>,
}

/// The files that a resume links to, and what its links look like.
pub(crate) fn links(resume: &Value, api_host: &str, seen: &mut Links) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(link) = text(&resume["headshotUrl"])
        && let Some(token) = token(&link)
    {
        seen.headshots += 1;
        host(&link, api_host, seen);
        links.push(Link { slot: "headshot".into(), is_headshot: true, token });
    }
    for list in ["attachFiles", "projectDatas"] {
        let items = resume[list].as_array().into_iter().flatten().enumerate();
        for (place, item) in items {
            let is_file = text(&item["type"]).is_some_and(|kind| kind == "1");
            let Some(link) = text(&item["resourceLink"]).filter(|_| is_file) else { continue };
            match token(&link) {
                Some(token) => {
                    seen.files += 1;
                    host(&link, api_host, seen);
                    links.push(Link { slot: format!("{list} {place}"), is_headshot: false, token });
                }
                None => seen.files_without_token += 1,
            }
        }
    }
    links
}

/// The `fileId` of a link.
fn token(link: &str) -> Option<Redacted<String>> {
    let (_, query) = link.split_once('?')?;
    // A plus is a plus here: tokens may be Base64.
    let query = query.split('#').next()?.replace('+', "%2B");
    let (_, token) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "fileId")?;
    (!token.is_empty()).then(|| Redacted::new(token.into_owned()))
}

fn host(link: &str, api_host: &str, seen: &mut Links) {
    let url = Url::parse(link).ok();
    let host = url.as_ref().and_then(Url::host_str);
    let is_of_104 = |host: &str| {
        ["104.com.tw", "104api.com.tw", "104api-dev.com.tw"].iter().any(|domain| {
            host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    };
    match host {
        None => seen.on_api_host += 1,
        Some(host) if host == api_host => seen.on_api_host += 1,
        Some(host) if is_of_104(host) => seen.on_host_of_104 += 1,
        Some(_) => seen.on_other_host += 1,
    }
}

/// A length as it is told.
pub(crate) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(names: &[&str]) -> Vec<ResumeId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn resumes_are_their_ids_by_the_first_field_that_names_all() {
        let asked = ids(&["007", "8"]);
        let by_idno = [json!({"idno": "8"}), json!({"idno": 7})];
        assert_eq!(owners(&asked, &by_idno), [Some(1), Some(0)]);
        let by_member = [json!({"resumeId": "8"}), json!({"resumeId": "007"})];
        assert_eq!(owners(&asked, &by_member), [Some(1), Some(0)]);
        assert_eq!(owners(&asked, &[json!({}), json!({})]), [Some(0), Some(1)]);
        assert_eq!(owners(&asked, &[json!({})]), [None]);
    }

    #[test]
    fn links_are_told_by_token_and_host() {
        let resume = json!({
            "headshotUrl": "https://api.example/f?fileId=a+b",
            "attachFiles": [
                {"type": 1, "resourceLink": "https://asset.104.com.tw/f?fileId=c"},
                {"type": "1", "resourceLink": "https://x.example/f"},
                {"type": 2, "resourceLink": "https://x.example/f?fileId=d"},
            ],
            "projectDatas": [{"type": 1, "resourceLink": "https://104.com.tw.example/f?fileId=e"}],
        });
        let mut seen = Links::default();
        let links = links(&resume, "api.example", &mut seen);
        assert_eq!(links.len(), 3);
        assert_eq!(links[0].token.expose(), "a+b");
        let expected = Links {
            headshots: 1,
            files: 2,
            files_without_token: 1,
            on_api_host: 1,
            on_host_of_104: 1,
            on_other_host: 1,
            tokens_differ: (0, 0),
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn the_core_has_neither_links_nor_contact_nor_applications() {
        let one = json!({"motto": "x", "email": "a", "applyJob": [1], "headshotUrl": "h",
            "attachFiles": [{"title": "t", "resourceLink": "r"}]});
        assert_eq!(core(&one), json!({"motto": "x", "attachFiles": [{"title": "t"}]}));
    }
}
