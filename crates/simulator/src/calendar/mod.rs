//! Who is listed when: generated days, hand-made listings, and the catalogue over both.

mod catalogue;
mod day;
mod ids;
mod staged;

pub(crate) use catalogue::{Catalogue, Found, Sighting};
pub(crate) use day::Event;
pub(crate) use ids::Ids;
pub use staged::{Document, Listing};
