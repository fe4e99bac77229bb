//! Actions that bend an answer which is otherwise right.

use super::action::Action;
use crate::server::{ListAnswer, Resume};

/// Bends a listing; `stranger` is an id that it does not hold.
pub(crate) fn edit_list(list: &mut ListAnswer, actions: &[Action], stranger: &str) {
    for action in actions {
        match action {
            Action::DropEntry { id } | Action::Omit { id } => {
                if let Some(place) = place(&list.ids, id.as_ref(), |listed| listed) {
                    list.ids.remove(place);
                }
            }
            Action::Duplicate { id } => {
                if let Some(place) = place(&list.ids, id.as_ref(), |listed| listed) {
                    list.ids.push(list.ids[place].clone());
                }
            }
            Action::Reverse => list.ids.reverse(),
            Action::AddStranger => list.ids.insert(0, stranger.to_owned()),
            Action::MissingList => list.is_missing = true,
            Action::WrongTotal { by } => list.total += by,
            _ => {}
        }
    }
}

/// Bends a query's or a batch's answer; `stranger` is a resume that was not asked for.
pub(crate) fn edit_resumes(
    resumes: &mut Vec<Resume>,
    actions: &[Action],
    stranger: impl Fn() -> Resume,
) {
    for action in actions {
        match action {
            Action::DropEntry { id } | Action::Omit { id } => {
                if let Some(place) = place(resumes, id.as_ref(), |resume| &resume.id) {
                    resumes.remove(place);
                }
            }
            Action::Duplicate { id } => {
                if let Some(place) = place(resumes, id.as_ref(), |resume| &resume.id) {
                    resumes.push(resumes[place].clone());
                }
            }
            Action::Reverse => resumes.reverse(),
            Action::AddStranger => resumes.insert(0, stranger()),
            _ => {}
        }
    }
}

fn place<T>(items: &[T], id: Option<&String>, id_of: impl Fn(&T) -> &String) -> Option<usize> {
    match id {
        Some(id) => items.iter().position(|item| id_of(item) == id),
        None => (!items.is_empty()).then_some(0),
    }
}
