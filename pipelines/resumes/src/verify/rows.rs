//! Every row follows from what is kept of its person.

use super::{Found, Place};
use crate::company::Company;
use crate::failure::Failure;

/// Rows of one table that differ from those that follow from the documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDifference {
    /// The table.
    pub table: &'static str,
}

pub(super) async fn examine(
    _place: &Place<'_>,
    _companies: Option<&[Company]>,
    _found: &mut Found,
) -> Result<(), Failure> {
    Ok(())
}
