//! One resume from its bytes to its meaning.

use model::{Note, RawResume, Redacted, Rejection, RejectionCode, Resume};

use crate::json::{Malformed, Members, TooDeep, Value, tokens};
use crate::wire::{Fields, Reading};
use crate::{career, files, lists, person, skills, wishes};

/// The version of what [`interpret`] makes. Raise it whenever the same document would give
/// another [`Resume`] or other [`Note`]s than before: it is part of every person's fingerprint,
/// so that a raised version makes `reprocess` write all of them anew. A snapshot test over
/// `tests/corpus` fails when output changes, as a reminder. Raise it too when rows gain something
/// that every person is to have (3: `candidate_change`; 4: places, levels, military service,
/// employment, skills under one name): `status` counts what an older version made.
pub const TRANSFORM_VERSION: i32 = 4;

/// Reads one resume: its fields as words, with values beside the words that could be read, and
/// notes on what could not.
///
/// Every field may be missing, empty, or of a neighbouring JSON type (A-23), and unknown fields
/// are kept (A-24), as are the earlier values of a key that stands twice. Refused is only what is no JSON object:
///
/// - [`RejectionCode::UnreadableAnswer`]: no JSON, or containers more than 127 deep;
/// - [`RejectionCode::NotAnObject`]: JSON of another kind.
pub fn interpret(raw: &RawResume) -> Result<(Resume, Vec<Note>), Rejection> {
    let members = members(raw)?;
    let mut reading = Reading::default();
    let mut fields = Fields::of_resume(&mut reading, members);
    drop_own_id(&mut fields, raw);
    let (known_on, _) = model::taiwan_date_hour(raw.fetched_at);

    let mut resume = Resume {
        person: person::person(&mut fields),
        contact: person::contact(&mut fields),
        sensitive: person::sensitive(&mut fields, known_on),
        narrative: person::narrative(&mut fields),
        job_preference: wishes::job_preference(&mut fields),
        education: career::education(&mut fields),
        experience: career::experience(&mut fields),
        skill: lists::skill(&mut fields),
        language: lists::language(&mut fields),
        custom_section: lists::custom_section(&mut fields),
        recommender: lists::recommender(&mut fields),
        application: lists::application(&mut fields),
        answer: lists::answer(&mut fields),
        ..Resume::default()
    };
    resume.certificate = lists::certificate(&resume.narrative);
    resume.files.extend(files::headshot(&mut fields));
    resume.files.extend(files::attachments(&mut fields));
    let (projects, of_projects) = career::project(&mut fields);
    resume.project = projects;
    resume.files.extend(of_projects);
    fields.finish();

    resume.skill_term = skills::terms(&resume.skill, &resume.experience, &mut reading);
    let (notes, unknown_fields) = reading.finish();
    resume.unknown_fields = unknown_fields;
    Ok((resume, notes))
}

/// The members of the document, if it is a JSON object.
fn members(raw: &RawResume) -> Result<Members<'_>, Rejection> {
    let refuse = |code, reason| {
        Err(Rejection {
            resume_id: Some(raw.resume_id.clone()),
            code,
            reason,
            payload: Redacted::new(raw.json.clone().into_bytes()),
        })
    };
    let tokens = match tokens(&raw.json) {
        Ok(tokens) => tokens,
        Err(Malformed { offset }) => {
            let reason = format!("the resume is no JSON from byte {offset} on");
            return refuse(RejectionCode::UnreadableAnswer, reason);
        }
    };
    match Value::from_tokens(&tokens) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(other) => {
            let reason = format!("the resume is {}, not an object", other.kind());
            refuse(RejectionCode::NotAnObject, reason)
        }
        Err(TooDeep) => {
            let reason = "the resume is nested more than 127 deep".to_owned();
            refuse(RejectionCode::UnreadableAnswer, reason)
        }
    }
}

/// An `idno` that repeats the id it was asked by (A-13) says nothing new; any other is unknown.
fn drop_own_id(fields: &mut Fields<'_>, raw: &RawResume) {
    let Some(idno) = fields.take("idno") else { return };
    let (Value::String { text, .. } | Value::Number(text)) = &idno else {
        return fields.unknown("idno", &idno);
    };
    if text.trim() != raw.resume_id.as_str() {
        fields.unknown("idno", &idno);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<(Resume, Vec<Note>), Rejection> {
        interpret(&RawResume {
            resume_id: "77".parse().unwrap(),
            json: json.to_owned(),
            fetched_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        })
    }

    #[test]
    fn only_objects_are_resumes() {
        use RejectionCode::{NotAnObject, UnreadableAnswer};
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(127), "]".repeat(127));
        for (json, code, reason) in [
            ("", UnreadableAnswer, "the resume is no JSON from byte 0 on"),
            ("{\"a\":", UnreadableAnswer, "the resume is no JSON from byte 5 on"),
            (deep.as_str(), UnreadableAnswer, "the resume is nested more than 127 deep"),
            ("[]", NotAnObject, "the resume is an array, not an object"),
            ("null", NotAnObject, "the resume is null, not an object"),
            ("\"王\"", NotAnObject, "the resume is a string, not an object"),
        ] {
            let rejection = read(json).unwrap_err();
            assert_eq!((rejection.code, rejection.reason.as_str()), (code, reason));
            assert_eq!(rejection.resume_id, Some("77".parse().unwrap()));
            assert_eq!(rejection.payload.into_inner(), json.as_bytes());
        }
    }

    #[test]
    fn an_empty_object_is_an_empty_resume() {
        let (resume, notes) = read("{}").unwrap();
        assert!(resume == Resume::default() && notes.is_empty());
    }

    #[test]
    fn nobody_is_born_after_their_resume_was_fetched() {
        // Fetched at six in the evening of 2026-11-22 in Taiwan.
        for (words, birthday) in [
            ("2026-11-22 00:00:00", Some("2026-11-22")),
            ("2026-11-23 00:00:00", None),
            ("2099-01-01", None),
            ("0000-00-00 00:00:00", None),
            ("1990-03-01 24:00:00", None),
        ] {
            let (resume, notes) = read(&format!(r#"{{"birthday":"{words}"}}"#)).unwrap();
            let read = resume.sensitive.birthday.map(|birthday| birthday.to_string());
            assert_eq!(read.as_deref(), birthday, "{words}");
            assert_eq!(resume.sensitive.birthday_text.as_deref(), Some(words));
            assert_eq!(notes.len(), usize::from(birthday.is_none()), "{words}");
        }
    }

    #[test]
    fn only_a_foreign_idno_is_unknown() {
        for (json, unknown) in [
            (r#"{"idno":"77"}"#, None),
            (r#"{"idno":77}"#, None),
            (r#"{"idno":"78"}"#, Some(r#"{"idno":"78"}"#)),
            (r#"{"idno":[77]}"#, Some(r#"{"idno":[77]}"#)),
        ] {
            assert_eq!(read(json).unwrap().0.unknown_fields.as_deref(), unknown, "{json}");
        }
    }
}
