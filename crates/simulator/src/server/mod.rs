//! One call, from its first byte to its answer.

mod answer;
mod basic;
mod call;
mod content;
mod control;
mod endpoints;
mod manner;
mod params;
mod refusal;
mod service;
mod token;
mod wire;

pub(crate) use answer::{ListAnswer, Resume};
pub(crate) use service::{Service, serve};
pub(crate) use wire::{Door, Wire};
