//! The person: identity, contact, protected facts, free texts.

use jiff::civil::Date;
use model::NoteCode;
use model::resume::{Contact, Narrative, Person, Sensitive};

use crate::wire::{Fields, List, Numbering};
use crate::words::{dates, employment, military, nothing, places, seniority};

const BIOGRAPHY: List = List {
    key: "biography",
    prefix: "biography.",
    table: "candidate_narrative",
    main: ("bio", "biography"),
    numbering: Numbering::Rows,
};

const CERTIFICATES: List = List {
    key: "commonCertificates",
    prefix: "commonCertificates.",
    table: "candidate_narrative",
    main: ("certificates", "certificates_text"),
    numbering: Numbering::Rows,
};

/// Who it is.
pub(crate) fn person(fields: &mut Fields<'_>) -> Person {
    fields.table("candidate");
    let seniority_text = fields.text("seniority", "seniority_text");
    let employment_status = fields.text("employmentStatus", "employment_status");
    let is_employed = fields.read("is_employed", employment_status.as_deref(), employment::read);
    let years = fields.read("seniority_years_min", seniority_text.as_deref(), seniority::read);
    Person {
        member_no: fields.text("resumeId", "member_no"),
        full_name: fields.text("fullName", "full_name"),
        english_name: fields.text("englishName", "english_name"),
        reg_source: fields.text("regSource", "reg_source"),
        employment_status,
        is_employed,
        seniority_text,
        seniority_years_min: years.map(|(least, _)| least),
        seniority_years_max: years.and_then(|(_, most)| most),
        driving_licenses: fields.text("drivingLicenses", "driving_licenses"),
        transports: fields.text("transports", "transports"),
    }
}

/// How to reach the person.
pub(crate) fn contact(fields: &mut Fields<'_>) -> Contact {
    fields.table("candidate_contact");
    let address = fields.text("address", "address");
    let place = address.as_deref().map(places::address);
    // The note tells nobody the address: it stands in its column.
    if place == Some(None) && !address.as_deref().is_some_and(nothing::is_said) {
        fields.note("address_city", NoteCode::Unread, None);
    }
    let place = place.flatten().unwrap_or_default();
    Contact {
        email: fields.text("email", "email"),
        cell_phone: fields.text("cellPhone", "cell_phone"),
        sub_cell_phone: fields.text("subCellPhone", "sub_cell_phone"),
        tel: fields.text("tel", "tel"),
        contact_info: fields.text("contactInfo", "contact_info"),
        address,
        address_city: place.city,
        address_district: place.district,
        personal_pages: fields.texts("personalPage", "personal_pages"),
    }
}

/// What the law protects beyond the rest.
/// `known_on` is when the resume was fetched: nobody is born after it.
pub(crate) fn sensitive(fields: &mut Fields<'_>, known_on: Date) -> Sensitive {
    fields.table("candidate_sensitive");
    let birthday_text = fields.text("birthday", "birthday_text");
    let birthday = fields.read("birthday", birthday_text.as_deref(), |words| {
        dates::whole_date(words).filter(|birthday| *birthday <= known_on)
    });
    let military_retire_text = fields.text("militaryRetireDate", "military_retire_text");
    let retired = fields.read("military_retire_on", military_retire_text.as_deref(), dates::date);
    let military_status = fields.text("militaryStatus", "military_status");
    let military_state = fields.read("military_state", military_status.as_deref(), military::read);
    Sensitive {
        gender: fields.text("gender", "gender"),
        birthday_text,
        birthday,
        nationality: fields.text("nationality", "nationality"),
        military_status,
        military_state,
        military_retire_text,
        military_retire_on: retired.map(|(date, _)| date),
        military_retire_precision: retired.map(|(_, precision)| precision),
        disabled_types: fields.text("disabledTypes", "disabled_types"),
        has_disability_card: fields.flag("disabilityCard", "has_disability_card"),
        assistive_devices: fields.text("assistiveDevices", "assistive_devices"),
        special_identities: fields.text("specialIdentities", "special_identities"),
    }
}

/// Free texts about the person.
pub(crate) fn narrative(fields: &mut Fields<'_>) -> Narrative {
    fields.table("candidate_narrative");
    let (introduction_html, introduction) =
        fields.html("introduction", "introduction_html", "introduction");
    let (biography, english_biography) = fields
        .object(&BIOGRAPHY, |fields| {
            (fields.prose("bio", "biography"), fields.prose("engBio", "english_biography"))
        })
        .unwrap_or_default();
    let (certificates_text, other_certificates_text) = fields
        .object(&CERTIFICATES, |fields| {
            (
                fields.prose("certificates", "certificates_text"),
                fields.prose("otherCertificates", "other_certificates_text"),
            )
        })
        .unwrap_or_default();
    Narrative {
        introduction_html,
        introduction,
        motto: fields.text("motto", "motto"),
        characteristic: fields.text("characteristic", "characteristic"),
        biography,
        english_biography,
        certificates_text,
        other_certificates_text,
    }
}
