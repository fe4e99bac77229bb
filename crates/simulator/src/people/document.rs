//! A whole resume as text.

use serde_json::{Map, Value};

use super::oddities::{self, LONE_SURROGATE};
use super::person::Person;
use super::sheet::Sheet;
use super::{applications, career, contact, education, experience, extras, shape, skills};
use crate::calendar::{Ids, Sighting};
use crate::options::{Options, ResumeIdForm};

/// Gives links to files; each may carry another token.
pub(crate) trait Links {
    /// A link to the photo, if the person shows one.
    fn headshot(&self) -> Option<String>;
    /// A link to the attachment of a number.
    fn attachment(&self, number: u8) -> String;
}

/// The resume of a sighting, as 104 would send it to `company`.
pub(crate) fn write(
    options: &Options,
    ids: Ids,
    company: &str,
    sighting: &Sighting,
    links: &dyn Links,
) -> String {
    let person = Person::new(options.seed, sighting.person, sighting.at, options.size);
    let mut document = assemble(options, &person, company, sighting, links);
    let mut dice = person.dice("odd");
    let (is_bent, is_poisoned) = (dice.chance(options.odd_fields), dice.chance(options.odd_text));
    identify(options, ids, sighting.person, &mut document);
    if is_bent {
        oddities::bend(&person, &mut document);
    }
    let mut dice = person.dice("single oddities");
    if dice.chance(options.loose_types) {
        oddities::loosen(&person, &mut document);
    }
    if dice.chance(options.unknown_fields) {
        oddities::unknown(&mut dice, &mut document);
    }
    shape::apply(&options.shape, &person, &mut document);
    if is_poisoned {
        oddities::poison(&person, &mut document);
    }
    let text = Value::Object(document).to_string();
    if is_poisoned { text.replace(LONE_SURROGATE, "\\ud83d") } else { text }
}

fn identify(options: &Options, ids: Ids, person: u64, document: &mut Map<String, Value>) {
    if options.with_idno {
        document.insert("idno".into(), ids.listed(person).into());
    }
    let resume_id = match options.resume_id {
        ResumeIdForm::Listed => ids.listed(person),
        ResumeIdForm::Member => ids.member(person),
        ResumeIdForm::Absent => return,
    };
    document.insert("resumeId".into(), resume_id.into());
}

fn assemble(
    options: &Options,
    person: &Person,
    company: &str,
    sighting: &Sighting,
    links: &dyn Links,
) -> Map<String, Value> {
    let mut sheet = Sheet::new(person.dice("gaps"));
    contact::identity(person, &mut sheet);
    contact::about(person, &mut sheet);
    if let Some(link) = links.headshot() {
        sheet.set("headshotUrl", link);
    } else {
        sheet.share("headshotUrl", 0.0, "");
    }
    sheet.often("jobRequirement", career::job_requirement(person));
    sheet.often("education", education::education(person));
    sheet.often("experiences", experience::experiences(person));
    sheet.often("speciality", skills::speciality(person));
    sheet.often("foreignLanguage", skills::foreign_language(person));
    sheet.seldom("localLanguage", skills::local_language(person));
    sheet.often("attachFiles", extras::attach_files(person, links));
    sheet.often("projectDatas", extras::project_datas(person, links));
    sheet.seldom("customContentDatas", extras::custom_content(person));
    sheet.seldom("recommenders", extras::recommenders(person));
    let applied = applications::apply_job(person, company, &sighting.applied, options.applications);
    sheet.set("applyJob", applied);
    sheet.seldom("applyQuestion", applications::apply_question(person));
    // Last, so that the gaps of all other fields stay the same without it.
    if sighting.with_contact {
        contact::contact(person, &mut sheet);
    }
    sheet.finish()
}
