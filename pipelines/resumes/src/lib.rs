//! Where the stages meet: resumes, photos and files of every due hour.

pub mod settings;
