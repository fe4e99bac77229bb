//! The resources: listing, resumes, files.

use std::time::Duration;

use super::answer::{ListAnswer, Reply, Resume};
use super::call::Call;
use super::params;
use super::refusal::{Refusal, code};
use super::service::Service;
use crate::calendar::{Found, Sighting};
use crate::files::{self, FileKind, FileToken};
use crate::journal::{Delivery, Endpoint};
use crate::options::Beyond;
use crate::people::{self, Links};
use crate::script::{Action, edit_list, edit_resumes};
use crate::window::Window;

/// Answers a call whose token and company are right.
pub(super) fn answer(
    service: &Service,
    call: &Call,
    company: &str,
    actions: &[Action],
    at: Duration,
) -> Result<(Reply, Delivery), Refusal> {
    params::shape(call)?;
    match call.endpoint {
        Endpoint::QueryList => list(service, call, company, actions),
        Endpoint::Query | Endpoint::QueryBatch => resumes(service, call, company, actions, at),
        Endpoint::Headshot | Endpoint::Attachment => file(service, call, company, at),
        Endpoint::Token | Endpoint::Other => Err(code(899, "no such resource")),
    }
}

fn window(service: &Service, call: &Call) -> Result<Window, Refusal> {
    let window = params::window(call)?;
    let is_beyond = service.options.oldest_day.is_some_and(|oldest| window.date < oldest);
    if is_beyond && service.options.beyond_oldest == Beyond::Refused {
        return Err(code(897, "date is too long ago"));
    }
    Ok(window)
}

fn list(
    service: &Service,
    call: &Call,
    company: &str,
    actions: &[Action],
) -> Result<(Reply, Delivery), Refusal> {
    let window = window(service, call)?;
    let mut ids = service.catalogue.list(company, &window, &service.clock);
    let total = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    ids.truncate(service.options.list_cap.unwrap_or(usize::MAX));
    let mut list = ListAnswer { window, total, ids, is_missing: false };
    if actions.contains(&Action::AddStranger) {
        let stranger = service.catalogue.stranger(company, &list.window, &service.clock);
        edit_list(&mut list, actions, &service.catalogue.ids.listed(stranger.person));
    } else {
        edit_list(&mut list, actions, "");
    }
    let reply = list.reply();
    let told = if list.is_missing { Vec::new() } else { list.ids };
    Ok((reply, Delivery::Ids(company.to_owned(), list.window, told)))
}

fn resumes(
    service: &Service,
    call: &Call,
    company: &str,
    actions: &[Action],
    at: Duration,
) -> Result<(Reply, Delivery), Refusal> {
    let window = window(service, call)?;
    let mut resumes: Vec<Resume> = Vec::new();
    for id in params::ids(call)? {
        if resumes.iter().any(|resume| resume.id == id) {
            return Err(code(898, format!("{id} given twice")));
        }
        let found = service.catalogue.find(company, &window, &id, &service.clock);
        let found =
            found.ok_or_else(|| code(898, format!("{id} is not listed for these hours")))?;
        let bytes = match found {
            Found::Person(sighting) => person(service, company, &id, &sighting, at).into_bytes(),
            Found::Staged(document) => {
                let links = FileLinks {
                    service,
                    company,
                    id: &id,
                    photo: service.catalogue.staged.photo(&id).or(Some(0)),
                    at,
                };
                staged(document.as_bytes(), &links)
            }
        };
        resumes.push(Resume { id, bytes });
    }
    edit_resumes(&mut resumes, actions, || {
        let sighting = service.catalogue.stranger(company, &window, &service.clock);
        let id = service.catalogue.ids.listed(sighting.person);
        Resume { bytes: person(service, company, &id, &sighting, at).into_bytes(), id }
    });
    let reply = Reply::resumes(&resumes, actions.contains(&Action::MissingList));
    let ids = resumes.into_iter().map(|resume| resume.id).collect();
    Ok((reply, Delivery::Resumes(company.to_owned(), ids)))
}

fn person(service: &Service, company: &str, id: &str, sighting: &Sighting, at: Duration) -> String {
    let own = people::photo_version(service.options.seed, sighting.person, sighting.at);
    let photo = service.catalogue.staged.photo(id).or(own);
    let links = FileLinks { service, company, id, photo, at };
    people::write(&service.options, service.catalogue.ids, company, sighting, &links)
}

fn file(
    service: &Service,
    call: &Call,
    company: &str,
    at: Duration,
) -> Result<(Reply, Delivery), Refusal> {
    let text = call.param("fileId").ok_or_else(|| code(899, "fileId is missing"))?;
    let gone = || code(895, "檔案已過期或暫時無法取得");
    let token =
        service.mint.read(text, at).filter(|token| token.company == company).ok_or_else(gone)?;
    let seed = service.options.seed;
    let reply = match (call.endpoint, token.kind) {
        (Endpoint::Headshot, FileKind::Headshot { version }) => {
            Reply::text(200, "image/png", files::photo(seed, &token.id, version))
        }
        (Endpoint::Attachment, FileKind::Attachment { number }) => {
            let sizes = &service.options.attachment_bytes;
            let attachment = files::Attachment::new(seed, &token.id, number, sizes);
            let name = format!(
                "attachment; filename=\"attachment-{number}.{}\"",
                files::extension(number)
            );
            Reply::file(files::media_type(number), attachment).with("Content-Disposition", &name)
        }
        _ => return Err(gone()),
    };
    let bytes = reply.body.len().unwrap_or(0);
    Ok((reply, Delivery::File(bytes)))
}

/// Links to the files of one id.
struct FileLinks<'a> {
    service: &'a Service,
    company: &'a str,
    id: &'a str,
    photo: Option<u32>,
    at: Duration,
}

impl FileLinks<'_> {
    fn link(&self, name: &str, kind: FileKind) -> String {
        let token = FileToken { kind, company: self.company.to_owned(), id: self.id.to_owned() };
        let token = self.service.mint.issue(&token, self.at);
        format!("{}/ehrweb_resume/1.0/files/{name}?fileId={token}", self.service.link_host)
    }
}

impl Links for FileLinks<'_> {
    fn headshot(&self) -> Option<String> {
        self.photo.map(|version| self.link("headshot", FileKind::Headshot { version }))
    }

    fn attachment(&self, number: u8) -> String {
        self.link("attachment", FileKind::Attachment { number })
    }
}

/// A hand-made document with its links filled in.
fn staged(document: &[u8], links: &FileLinks<'_>) -> Vec<u8> {
    const ATTACHMENT: &str = "\"sim:attachment:";
    let Ok(document) = std::str::from_utf8(document) else { return document.to_vec() };
    let headshot = links.headshot().unwrap_or_default();
    let mut text = document.replace("\"sim:headshot\"", &format!("\"{headshot}\""));
    while let Some((before, rest)) = text.split_once(ATTACHMENT) {
        let Some((number, after)) = rest.split_once('"') else { break };
        let link = links.attachment(number.parse().unwrap_or(0));
        text = format!("{before}\"{link}\"{after}");
    }
    text.into_bytes()
}
