//! How to reach the person (A-17: 104 may give less of the matched).

use serde::Serialize;

use super::evidence::Evidence;

/// A row of `recruiting.candidate_contact`.
#[derive(Serialize, Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table's comments describe its columns")]
pub struct ContactRow<'a> {
    pub email: Option<&'a str>,
    pub cell_phone: Option<&'a str>,
    pub sub_cell_phone: Option<&'a str>,
    pub tel: Option<&'a str>,
    pub contact_info: Option<&'a str>,
    pub address: Option<&'a str>,
    pub address_city: Option<&'a str>,
    pub address_district: Option<&'a str>,
    pub personal_pages: &'a [String],
    pub contact_source: &'static str,
    pub contact_document_id: i64,
}

/// The contact as the last of `shown` leaves it; `shown` is ranked, the weakest first, and may
/// not be empty.
///
/// A document that only matches showed fills what it has; what it lacks stays as the newest
/// document of an application or a save has it. One that an application or a save showed stands
/// by itself: there an empty field means that the person emptied it.
pub(super) fn contact<'a>(shown: &[Evidence<'a>]) -> Option<ContactRow<'a>> {
    let newest = shown.last()?;
    let own = row(newest, shown);
    let is_full = shown.iter().any(|one| one.is_full() && one.shows(newest.document));
    let older = shown.iter().rev().find(|one| one.is_full());
    match older {
        Some(older) if !is_full => Some(filled_up(&own, &row(older, shown))),
        _ => Some(own),
    }
}

fn row<'a>(of: &Evidence<'a>, shown: &[Evidence<'a>]) -> ContactRow<'a> {
    let contact = &of.document.resume.contact;
    let source = shown
        .iter()
        .filter(|one| one.shows(of.document))
        .map(|one| one.sighting.source)
        .max()
        .unwrap_or(of.sighting.source);
    ContactRow {
        email: contact.email.as_deref(),
        cell_phone: contact.cell_phone.as_deref(),
        sub_cell_phone: contact.sub_cell_phone.as_deref(),
        tel: contact.tel.as_deref(),
        contact_info: contact.contact_info.as_deref(),
        address: contact.address.as_deref(),
        address_city: contact.address_city.as_deref(),
        address_district: contact.address_district.as_deref(),
        personal_pages: &contact.personal_pages,
        contact_source: source.as_str(),
        contact_document_id: of.document.document_id,
    }
}

fn filled_up<'a>(own: &ContactRow<'a>, older: &ContactRow<'a>) -> ContactRow<'a> {
    let mut merged = own.clone();
    // County and district go with the address that they were read from.
    if own.address.is_none() {
        merged.address_city = older.address_city;
        merged.address_district = older.address_district;
    }
    for (field, kept) in [
        (&mut merged.email, older.email),
        (&mut merged.cell_phone, older.cell_phone),
        (&mut merged.sub_cell_phone, older.sub_cell_phone),
        (&mut merged.tel, older.tel),
        (&mut merged.contact_info, older.contact_info),
        (&mut merged.address, older.address),
    ] {
        *field = field.or(kept);
    }
    if merged.personal_pages.is_empty() {
        merged.personal_pages = older.personal_pages;
    }
    if merged != *own {
        merged.contact_source = older.contact_source;
        merged.contact_document_id = older.contact_document_id;
    }
    merged
}
