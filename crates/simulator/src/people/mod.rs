//! Generated people: each follows from (seed, number, moment), so that none has to be remembered.

mod applications;
mod career;
mod contact;
mod document;
mod education;
mod experience;
mod extras;
mod forms;
mod names;
mod oddities;
pub(crate) mod openings;
mod person;
mod places;
mod shape;
mod sheet;
mod skills;
mod texts;
mod trades;

pub(crate) use document::{Links, write};
pub(crate) use person::photo_version;
