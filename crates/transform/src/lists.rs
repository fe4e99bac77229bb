//! Lists without a stretch of time.

use model::resume::{
    Answer, Application, Certificate, CertificateOrigin, CustomSection, Language, LanguageKind,
    Narrative, Recommender, Skill,
};

use crate::wire::{Fields, List, Numbering};
use crate::words::{dates, level, split};

/// A list whose rows are numbered as they come.
const fn list(
    key: &'static str,
    prefix: &'static str,
    table: &'static str,
    main: (&'static str, &'static str),
) -> List {
    List { key, prefix, table, main, numbering: Numbering::Rows }
}

const SPECIALITY: List = list("speciality", "speciality[].", "skill", ("skill", "skill"));
const FOREIGN_LANGUAGE: List =
    list("foreignLanguage", "foreignLanguage[].", "language", ("langType", "lang_type"));
const LOCAL_LANGUAGE: List =
    list("localLanguage", "localLanguage[].", "language", ("langType", "lang_type"));
const CUSTOM_CONTENT: List =
    list("customContentDatas", "customContentDatas[].", "custom_section", ("title", "title"));
const RECOMMENDERS: List = list("recommenders", "recommenders[].", "recommender", ("name", "name"));
const APPLY_JOB: List = list("applyJob", "applyJob[].", "application", ("name", "job_name"));
const APPLY_QUESTION: List =
    list("applyQuestion", "applyQuestion[].", "application_answer", ("question", "question"));

/// Skills as the person entered them.
pub(crate) fn skill(fields: &mut Fields<'_>) -> Vec<Skill> {
    fields.list(&SPECIALITY, |fields, _| {
        let (description_html, description) =
            fields.html("desc", "description_html", "description");
        let skill = fields.text("skill", "skill");
        Skill { skill, description_html, description, tag: fields.text("tag", "tag") }
    })
}

/// Foreign languages, then local ones.
pub(crate) fn language(fields: &mut Fields<'_>) -> Vec<Language> {
    let mut languages = fields.list(&FOREIGN_LANGUAGE, |fields, _| {
        let lang_type = fields.text("langType", "lang_type");
        let (listen_degree, listen_rank) =
            level(fields, "listenDegree", "listen_degree", "listen_rank");
        let (speak_degree, speak_rank) = level(fields, "speakDegree", "speak_degree", "speak_rank");
        let (read_degree, read_rank) = level(fields, "readDegree", "read_degree", "read_rank");
        let (write_degree, write_rank) = level(fields, "writeDegree", "write_degree", "write_rank");
        Language {
            kind: LanguageKind::Foreign,
            lang_type,
            listen_degree,
            listen_rank,
            speak_degree,
            speak_rank,
            read_degree,
            read_rank,
            write_degree,
            write_rank,
            degree: None,
            degree_rank: None,
            certificates: fields.text("certificates", "certificates"),
        }
    });
    let after = u32::try_from(languages.len()).unwrap_or(u32::MAX);
    languages.extend(fields.list_after(&LOCAL_LANGUAGE, after, |fields, _| {
        let lang_type = fields.text("langType", "lang_type");
        let (degree, degree_rank) = level(fields, "degree", "degree", "degree_rank");
        Language {
            kind: LanguageKind::Local,
            lang_type,
            listen_degree: None,
            listen_rank: None,
            speak_degree: None,
            speak_rank: None,
            read_degree: None,
            read_rank: None,
            write_degree: None,
            write_rank: None,
            degree,
            degree_rank,
            certificates: None,
        }
    }));
    languages
}

/// How well: 104's word, and its rank.
fn level(
    fields: &mut Fields<'_>,
    key: &str,
    column: &'static str,
    rank_column: &'static str,
) -> (Option<String>, Option<i16>) {
    let words = fields.text(key, column);
    let rank = fields.read(rank_column, words.as_deref(), level::rank);
    (words, rank)
}

/// Certificates, one a row, out of the strings that the narrative keeps.
pub(crate) fn certificate(narrative: &Narrative) -> Vec<Certificate> {
    let of = |text: &Option<String>, origin: CertificateOrigin| -> Vec<Certificate> {
        let names = text.as_deref().map(split::certificates).unwrap_or_default();
        names.into_iter().map(|name| Certificate { name: name.to_owned(), origin }).collect()
    };
    let mut certificates = of(&narrative.certificates_text, CertificateOrigin::Common);
    certificates.extend(of(&narrative.other_certificates_text, CertificateOrigin::Other));
    certificates
}

/// Sections of the person's own making.
pub(crate) fn custom_section(fields: &mut Fields<'_>) -> Vec<CustomSection> {
    fields.list(&CUSTOM_CONTENT, |fields, _| CustomSection {
        title: fields.text("title", "title"),
        content: fields.texts("content", "content"),
    })
}

/// People who vouch.
pub(crate) fn recommender(fields: &mut Fields<'_>) -> Vec<Recommender> {
    fields.list(&RECOMMENDERS, |fields, _| Recommender {
        name: fields.text("name", "name"),
        corp: fields.text("corp", "corp"),
        job_title: fields.text("jobTitle", "job_title"),
        email: fields.text("email", "email"),
        tel: fields.text("tel", "tel"),
    })
}

/// Applications.
pub(crate) fn application(fields: &mut Fields<'_>) -> Vec<Application> {
    fields.list(&APPLY_JOB, |fields, _| {
        let applied_text = fields.text("applyDate", "applied_text");
        let applied_on = fields.read("applied_on", applied_text.as_deref(), dates::whole_date);
        Application {
            job_no: fields.text("jobNo", "job_no"),
            job_name: fields.text("name", "job_name"),
            applied_text,
            applied_on,
            apply_source: fields.text("applySource", "apply_source"),
        }
    })
}

/// Answers to the questions of a job.
pub(crate) fn answer(fields: &mut Fields<'_>) -> Vec<Answer> {
    fields.list(&APPLY_QUESTION, |fields, _| Answer {
        kind: fields.code("type", "kind", &[("1", "yes_no"), ("2", "choice"), ("3", "text")]),
        question: fields.prose("question", "question"),
        answer: fields.prose("answer", "answer"),
    })
}
