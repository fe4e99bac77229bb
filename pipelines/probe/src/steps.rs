//! What is asked, a file a subject.

mod access;
mod burst;
mod days;
mod files;
mod lists;
mod people;
