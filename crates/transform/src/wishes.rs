//! What the person looks for.

use model::resume::JobPreference;

use crate::wire::{Fields, List, Numbering};
use crate::words::{places, places::Places, start, start::Start, wages};

const JOB_REQUIREMENT: List = List {
    key: "jobRequirement",
    prefix: "jobRequirement.",
    table: "job_preference",
    main: ("workDesc", "work_desc"),
    numbering: Numbering::Rows,
};

/// What the person looks for (`jobRequirement`).
pub(crate) fn job_preference(fields: &mut Fields<'_>) -> JobPreference {
    fields.object(&JOB_REQUIREMENT, read).unwrap_or_default()
}

fn read(fields: &mut Fields<'_>) -> JobPreference {
    let start_text = fields.text("startDateOpt", "start_text");
    let start = fields.read("start_on", start_text.as_deref(), start::read);
    let (start_on, start_notice_days) = match start {
        Some(Start::On(date, precision)) => (Some((date, precision)), None),
        Some(Start::After(days)) => (None, Some(days)),
        None => (None, None),
    };
    let wage_text = fields.text("wage", "wage_text");
    let wage = fields.read("wage_kind", wage_text.as_deref(), wages::read);
    let work_place = fields.text("workPlace", "work_place");
    let places = work_place.as_deref().map(places::list).unwrap_or_default();
    let Places { cities: work_cities, districts: work_districts, has_unread } = places;
    if has_unread {
        fields.unread("work_cities", work_place.as_deref().unwrap_or_default());
    }
    JobPreference {
        job_characteristic: fields.text("jobCharacteristic", "job_characteristic"),
        work_interval: fields.text("workInterval", "work_interval"),
        other_work_interval: fields.text("otherWorkInterval", "other_work_interval"),
        is_shift_work_accepted: fields.flag("shiftWork", "is_shift_work_accepted"),
        start_text,
        start_on: start_on.map(|(date, _)| date),
        start_precision: start_on.map(|(_, precision)| precision),
        start_notice_days,
        wage_text,
        wage: wage.unwrap_or_default(),
        work_place,
        work_cities,
        work_districts,
        remote_work: fields.text("remoteWork", "remote_work"),
        job_name: fields.text("jobName", "job_name"),
        job_category: fields.text("jobCategory", "job_category"),
        industry_category: fields.text("industryCategory", "industry_category"),
        work_desc: fields.prose("workDesc", "work_desc"),
    }
}
