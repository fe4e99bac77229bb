//! Single skills, folded for search.

use std::collections::HashSet;

use model::resume::{Experience, Skill, SkillTerm, SkillTermOrigin};
use model::{Note, NoteCode};

use crate::wire::Reading;
use crate::words::{skill, split};

/// A longer stretch between two separators is prose, no term; the longest field that terms come
/// from has at most 200 characters.
const MAX_TERM_BYTES: usize = 1_000;

/// All skill terms in order of appearance, each once for its field and item.
pub(crate) fn terms(
    skills: &[Skill],
    experiences: &[Experience],
    reading: &mut Reading,
) -> Vec<SkillTerm> {
    let mut terms = Terms { made: Vec::new(), reading };
    for (skill, item_no) in skills.iter().zip(1..) {
        terms.add(skill.skill.iter().map(String::as_str), SkillTermOrigin::Speciality, item_no);
        terms.add(skill.tag.iter().flat_map(|tag| split::tags(tag)), SkillTermOrigin::Tag, item_no);
    }
    for (experience, item_no) in experiences.iter().zip(1..) {
        let skills = experience.skills.iter().flat_map(|skills| split::tags(skills));
        terms.add(skills, SkillTermOrigin::Experience, item_no);
    }
    terms.made
}

struct Terms<'a> {
    made: Vec<SkillTerm>,
    reading: &'a mut Reading,
}

impl Terms<'_> {
    /// Adds the terms of one field of one item.
    fn add<'t>(
        &mut self,
        texts: impl Iterator<Item = &'t str>,
        origin: SkillTermOrigin,
        origin_item_no: u32,
    ) {
        let mut seen = HashSet::new();
        for text in texts {
            let term = skill::term(text);
            if term.len() > MAX_TERM_BYTES {
                let (table, column) = match origin {
                    SkillTermOrigin::Speciality => ("skill", "skill"),
                    SkillTermOrigin::Tag => ("skill", "tag"),
                    SkillTermOrigin::Experience => ("experience", "skills"),
                };
                self.reading.note(Note {
                    table,
                    column,
                    item_no: Some(origin_item_no),
                    code: NoteCode::Unread,
                    words: None,
                });
            } else if !term.is_empty() && seen.insert(term.clone()) {
                let term_text = text.trim().to_owned();
                self.made.push(SkillTerm { term, term_text, origin, origin_item_no });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(skills: &[Skill], experiences: &[Experience]) -> Vec<String> {
        terms(skills, experiences, &mut Reading::default())
            .iter()
            .map(|term| {
                let origin = term.origin.as_str();
                format!("{origin} {} {} <- {}", term.origin_item_no, term.term, term.term_text)
            })
            .collect()
    }

    #[test]
    fn terms_are_folded_and_distinct_within_their_field() {
        let skill = |skill: &str, tag: &str| Skill {
            skill: Some(skill.to_owned()),
            tag: Some(tag.to_owned()),
            ..Skill::default()
        };
        let skills = [skill("Ｒust", "Rust,RUST，後端  開發、"), skill("rust", "rust")];
        let experiences = [
            Experience::default(),
            Experience { skills: Some("SQL; Rust；sql".to_owned()), ..Experience::default() },
        ];
        assert_eq!(
            shown(&skills, &experiences),
            [
                "speciality 1 rust <- Ｒust",
                "tag 1 rust <- Rust",
                "tag 1 後端 開發 <- 後端  開發",
                "speciality 2 rust <- rust",
                "tag 2 rust <- rust",
                "experience 2 sql <- SQL",
                "experience 2 rust <- Rust",
            ]
        );
    }

    #[test]
    fn prose_is_no_term() {
        let skill = Skill { skill: Some("長".repeat(1_000)), ..Skill::default() };
        assert_eq!(shown(&[skill], &[]), [""; 0]);
    }
}
