//! Which resume of an answer belongs to which id that was asked (A-13). Pure.

use std::collections::HashSet;

use model::{RawResume, ResumeId};
use serde::Deserialize;
use serde_json::value::RawValue;

/// How a resume names itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Its `idno`.
    idno: Option<Name>,
    /// Its `resumeId`, the member number.
    resume_id: Option<Name>,
    /// The resume is no object, or a name is neither text nor a number.
    is_odd: bool,
}

/// A name as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Text(String),
    /// The digits of a number, which lose their leading zeros.
    Number(String),
}

/// Who is who in an answer to a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// For each resume the place of its id among those asked; `None` for a stranger. Ids without
    /// a resume are absent.
    Paired(Vec<Option<usize>>),
    /// No one method explains the whole answer.
    OneByOne,
}

/// Whose resume is in an answer to a single id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Single {
    /// 104 no longer has it.
    Absent,
    /// The resume at this place; all others are strangers.
    At(usize),
    /// None is clearly the one that was asked.
    Stranger,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    idno: Option<&'a RawValue>,
    #[serde(borrow, rename = "resumeId")]
    resume_id: Option<&'a RawValue>,
}

impl Names {
    /// Reads the two names out of a resume and looks at nothing else.
    pub(crate) fn of(resume: &RawValue) -> Self {
        let Ok(wire) = serde_json::from_str::<Wire<'_>>(resume.get()) else {
            return Self { is_odd: true, ..Self::default() };
        };
        let read = |raw: Option<&RawValue>| raw.map(|raw| Name::of(raw.get()));
        let (idno, resume_id) = (read(wire.idno), read(wire.resume_id));
        let is_odd = [&idno, &resume_id].into_iter().any(|name| name == &Some(Err(Odd)));
        let known = |name: Option<Result<Option<Name>, Odd>>| name.and_then(Result::ok).flatten();
        Self { idno: known(idno), resume_id: known(resume_id), is_odd }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Odd;

impl Name {
    /// Empty text is no name.
    fn of(raw: &str) -> Result<Option<Self>, Odd> {
        if let Ok(text) = serde_json::from_str::<String>(raw) {
            let text = text.trim();
            return Ok((!text.is_empty()).then(|| Self::Text(text.to_owned())));
        }
        let is_whole = raw.bytes().all(|byte| byte.is_ascii_digit());
        is_whole.then(|| Some(Self::Number(raw.to_owned()))).ok_or(Odd)
    }

    fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }

    fn is(&self, id: &ResumeId) -> bool {
        match self {
            Self::Text(text) => text == id.as_str(),
            Self::Number(digits) => {
                let stripped = id.as_str().trim_start_matches('0');
                digits == id.as_str() || (!stripped.is_empty() && digits == stripped)
            }
        }
    }
}

/// Pairs a whole answer by one method: all by `idno`; else all by `resumeId`, each asked id at
/// most once; by place only if no resume carries either and the counts agree.
///
/// `asked` holds distinct ids. Resumes that nobody asked for are strangers only if every asked id
/// has its own; otherwise one of them may be a missing one under another name. An empty answer
/// proves no method.
pub(crate) fn pair(asked: &[ResumeId], answer: &[Names]) -> Pairing {
    if answer.is_empty() || answer.iter().any(|names| names.is_odd) {
        return Pairing::OneByOne;
    }
    let place = |name: &Name| asked.iter().position(|id| name.is(id));

    if answer.iter().all(|names| names.idno.is_some()) {
        let owners: Vec<_> =
            answer.iter().map(|names| names.idno.as_ref().and_then(place)).collect();
        let found = owners.iter().flatten().count();
        let has_strangers = found < owners.len();
        let is_clear = is_once_each(&owners) && (!has_strangers || found == asked.len());
        return if is_clear { Pairing::Paired(owners) } else { Pairing::OneByOne };
    }
    if answer.iter().all(|names| names.resume_id.is_some()) {
        let owners: Vec<_> =
            answer.iter().map(|names| names.resume_id.as_ref().and_then(place)).collect();
        let contradicts = |(names, owner): (&Names, &Option<usize>)| {
            let idno = names.idno.as_ref();
            idno.is_some_and(|idno| place(idno) != *owner)
        };
        let is_clear = owners.iter().all(Option::is_some)
            && is_once_each(&owners)
            && !answer.iter().zip(&owners).any(contradicts);
        return if is_clear { Pairing::Paired(owners) } else { Pairing::OneByOne };
    }
    let is_nameless = answer.iter().all(|names| names.idno.is_none() && names.resume_id.is_none());
    if is_nameless && answer.len() == asked.len() {
        return Pairing::Paired((0..asked.len()).map(Some).collect());
    }
    Pairing::OneByOne
}

fn is_once_each(owners: &[Option<usize>]) -> bool {
    let mut seen = HashSet::new();
    owners.iter().flatten().all(|owner| seen.insert(owner))
}

/// The `resumeId` of a resume that has no `idno` to say whose it is, where that is not the id by
/// which it was asked. If the same window lists it, the resume is that id's and not the asked one's;
/// this crate knows of the list only what is still to be fetched.
pub fn other_name(resume: &RawResume) -> Option<String> {
    let raw = serde_json::from_str(&resume.json).ok()?;
    match Names::of(raw) {
        Names { idno: None, resume_id: Some(name), .. } if !name.is(&resume.resume_id) => {
            Some(name.into_text())
        }
        Names { .. } => None,
    }
}

/// Finds the resume that was asked for alone. A single one belongs to the asked id unless its
/// `idno` differs or its `resumeId` is another listed id.
pub(crate) fn single(asked: &ResumeId, listed: &HashSet<ResumeId>, answer: &[Names]) -> Single {
    match answer {
        [] => Single::Absent,
        [names] => match (&names.idno, &names.resume_id) {
            (Some(idno), _) if idno.is(asked) => Single::At(0),
            (Some(_), _) => Single::Stranger,
            (None, Some(name)) if !name.is(asked) && listed.iter().any(|id| name.is(id)) => {
                Single::Stranger
            }
            (None, _) => Single::At(0),
        },
        several => {
            let by = |name: fn(&Names) -> Option<&Name>| -> Vec<usize> {
                let is_asked = |names: &Names| name(names).is_some_and(|name| name.is(asked));
                (0..several.len()).filter(|at| is_asked(&several[*at])).collect()
            };
            let found = match by(|names| names.idno.as_ref()) {
                by_idno if by_idno.is_empty() => by(|names| names.resume_id.as_ref()),
                by_idno => by_idno,
            };
            match found[..] {
                [at] => Single::At(at),
                _ => Single::Stranger,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(text: &str) -> Vec<ResumeId> {
        text.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    fn names(resumes: &[&str]) -> Vec<Names> {
        let raw = |text: &&str| RawValue::from_string((*text).to_owned()).unwrap();
        resumes.iter().map(raw).map(|raw| Names::of(&raw)).collect()
    }

    #[track_caller]
    fn paired(asked: &str, resumes: &[&str], owners: &[Option<usize>]) {
        let pairing = pair(&ids(asked), &names(resumes));
        assert_eq!(pairing, Pairing::Paired(owners.to_vec()), "{asked}: {resumes:?}");
    }

    #[track_caller]
    fn one_by_one(asked: &str, resumes: &[&str]) {
        let pairing = pair(&ids(asked), &names(resumes));
        assert_eq!(pairing, Pairing::OneByOne, "{asked}: {resumes:?}");
    }

    #[test]
    fn all_by_idno_in_any_order_and_with_gaps() {
        let (one, two) = (r#"{"idno":"1","resumeId":"2"}"#, r#"{"idno":2,"resumeId":"1"}"#);
        paired("1 2", &[two, one], &[Some(1), Some(0)]);
        paired("1 2 3", &[two], &[Some(1)]);
        paired("1", &[one, two], &[Some(0), None]);
        paired("007 8", &[r#"{"idno":7}"#, r#"{"idno":" 8 "}"#], &[Some(0), Some(1)]);
    }

    #[test]
    fn unclear_idnos_are_asked_one_by_one() {
        one_by_one("1 2", &[r#"{"idno":"1"}"#, r#"{"idno":"1"}"#]);
        // 9 may be 2 under another name.
        one_by_one("1 2", &[r#"{"idno":"1"}"#, r#"{"idno":"9"}"#]);
        one_by_one("007 8", &[r#"{"idno":"7"}"#, r#"{"idno":"8"}"#]);
        one_by_one("1 2", &[r#"{"idno":"1"}"#, r#"{"fullName":"x"}"#]);
        one_by_one("1 2", &[r#"{"idno":"1"}"#, r#"{"idno":{}}"#]);
    }

    #[test]
    fn all_by_resume_id_each_at_most_once() {
        paired("1 2 3", &[r#"{"resumeId":3}"#, r#"{"resumeId":"1"}"#], &[Some(2), Some(0)]);
        paired("1 2", &[r#"{"resumeId":"1","idno":""}"#], &[Some(0)]);
        one_by_one("1 2", &[r#"{"resumeId":"1"}"#, r#"{"resumeId":"1"}"#]);
        one_by_one("1 2", &[r#"{"resumeId":"1"}"#, r#"{"resumeId":"77"}"#]);
        one_by_one("1 2", &[r#"{"resumeId":"1","idno":"2"}"#, r#"{"resumeId":"2"}"#]);
    }

    #[test]
    fn by_place_only_without_any_name_and_with_equal_counts() {
        paired("1 2", &["{}", r#"{"idno":null}"#], &[Some(0), Some(1)]);
        one_by_one("1 2", &["{}"]);
        one_by_one("1 2", &["{}", r#"{"resumeId":"5"}"#]);
        one_by_one("1 2", &["{}", "null"]);
        one_by_one("1 2", &[]);
    }

    #[test]
    fn names_are_read_beside_broken_text() {
        let lone = r#"{"fullName":"\ud800","idno":"1","a":{"idno":"2"}}"#;
        paired("1 2", &[lone], &[Some(0)]);
    }

    #[track_caller]
    fn alone(resumes: &[&str], expected: &Single) {
        let listed = ids("1 2 3").into_iter().collect();
        let asked = "1".parse().unwrap();
        assert_eq!(&single(&asked, &listed, &names(resumes)), expected, "{resumes:?}");
    }

    #[test]
    fn a_single_resume_belongs_to_the_asked_id_unless_it_names_another() {
        alone(&[], &Single::Absent);
        for own in [
            "{}",
            r#"{"idno":"1"}"#,
            r#"{"idno":"1","resumeId":"2"}"#,
            r#"{"resumeId":"1"}"#,
            r#"{"resumeId":"777"}"#,
            r#"{"idno":{}}"#,
            "[]",
        ] {
            alone(&[own], &Single::At(0));
        }
        for foreign in [r#"{"idno":"2"}"#, r#"{"idno":"9","resumeId":"1"}"#, r#"{"resumeId":"2"}"#]
        {
            alone(&[foreign], &Single::Stranger);
        }
    }

    #[test]
    fn of_several_the_one_that_names_the_asked_id() {
        alone(&[r#"{"idno":"2"}"#, r#"{"idno":"1"}"#], &Single::At(1));
        alone(&["{}", r#"{"resumeId":"1"}"#], &Single::At(1));
        alone(&["{}", "{}"], &Single::Stranger);
        alone(&[r#"{"idno":"1"}"#, r#"{"idno":"1"}"#], &Single::Stranger);
    }

    fn name() -> impl Strategy<Value = Option<Name>> {
        prop_oneof![
            Just(None),
            "[1-4]".prop_map(|text| Some(Name::Text(text))),
            "[1-4]".prop_map(|digits| Some(Name::Number(digits))),
        ]
    }

    fn any_names() -> impl Strategy<Value = Names> {
        (name(), name()).prop_map(|(idno, resume_id)| Names { idno, resume_id, is_odd: false })
    }

    proptest! {
        /// Whatever comes back, no id gets two resumes, and none gets one whose `idno` is another.
        #[test]
        fn a_pairing_never_contradicts_a_name(
            count in 1_usize..4,
            answer in proptest::collection::vec(any_names(), 0..5),
        ) {
            let asked = &ids("1 2 3")[..count];
            if let Pairing::Paired(owners) = pair(asked, &answer) {
                prop_assert_eq!(owners.len(), answer.len());
                prop_assert!(is_once_each(&owners));
                for (names, owner) in answer.iter().zip(owners) {
                    let named = |name: &Option<Name>, place: usize| {
                        name.as_ref().is_none_or(|name| name.is(&asked[place]))
                    };
                    if let Some(place) = owner {
                        prop_assert!(named(&names.idno, place));
                    } else {
                        prop_assert!(names.idno.is_some());
                        prop_assert!((0..count).all(|place| !named(&names.idno, place)));
                    }
                }
            }
        }
    }
}
