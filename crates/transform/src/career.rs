//! Lists with a stretch of time: schools, jobs, projects.

use model::Period;
use model::resume::{Education, Experience, FileLink, Project};

use crate::files;
use crate::wire::{Fields, List, Numbering};
use crate::words::{dates, degree, places};

const EDUCATION: List = List {
    key: "education",
    prefix: "education[].",
    table: "education",
    main: ("schoolName", "school_name"),
    numbering: Numbering::Rows,
};

const EXPERIENCES: List = List {
    key: "experiences",
    prefix: "experiences[].",
    table: "experience",
    main: ("firmName", "firm_name"),
    numbering: Numbering::Rows,
};

const PROJECTS: List = List {
    key: "projectDatas",
    prefix: "projectDatas[].",
    table: "project",
    main: ("title", "title"),
    numbering: Numbering::Positions,
};

/// Schools.
pub(crate) fn education(fields: &mut Fields<'_>) -> Vec<Education> {
    fields.list(&EDUCATION, |fields, _| {
        let degree_level = fields.text("degreeLevel", "degree_level");
        let degree_rank = fields.read("degree_rank", degree_level.as_deref(), degree::rank);
        let degree_status = fields.text("degreeStatus", "degree_status");
        let mut period = period(fields);
        let is_at_school = degree_status.as_deref().is_some_and(dates::is_ongoing);
        period.is_ongoing |= is_at_school && period.end_text.is_none();
        Education {
            school_name: fields.text("schoolName", "school_name"),
            degree_level,
            degree_rank,
            major: fields.text("major", "major"),
            major_category: fields.text("majorCategory", "major_category"),
            degree_status,
            school_country: fields.text("schoolCountry", "school_country"),
            period,
        }
    })
}

/// Jobs held.
pub(crate) fn experience(fields: &mut Fields<'_>) -> Vec<Experience> {
    fields.list(&EXPERIENCES, |fields, _| {
        let (job_desc_html, job_desc) = fields.html("jobDesc", "job_desc_html", "job_desc");
        let work_place = fields.text("workPlace", "work_place");
        let place =
            fields.read("work_city", work_place.as_deref(), places::one).unwrap_or_default();
        Experience {
            firm_name: fields.text("firmName", "firm_name"),
            industry_category: fields.text("industryCategory", "industry_category"),
            company_size: fields.text("companySize", "company_size"),
            work_place,
            work_city: place.city,
            work_district: place.district,
            job_name: fields.text("jobName", "job_name"),
            job_role: fields.text("jobRole", "job_role"),
            job_category: fields.text("jobCategory", "job_category"),
            period: period(fields),
            job_desc_html,
            job_desc,
            skills: fields.text("skills", "skills"),
            management: fields.text("management", "management"),
            wage_type_desc: fields.text("wageTypeDesc", "wage_type_desc"),
            wage: fields.whole_number("wage", "wage"),
            wage_year: fields.whole_number("wageYear", "wage_year"),
        }
    })
}

/// Works and projects, and the files of those that have one. A project is the row of its
/// position, so that its file is found by it: an empty one before another stays an empty row.
pub(crate) fn project(fields: &mut Fields<'_>) -> (Vec<Project>, Vec<FileLink>) {
    let mut files = Vec::new();
    let read = fields.list(&PROJECTS, |fields, position| {
        let (description_html, description) =
            fields.html("description", "description_html", "description");
        let kinds = [("0", "none"), ("1", "file"), ("2", "video"), ("3", "web")];
        let project = Project {
            title: fields.text("title", "title"),
            period: period(fields),
            description_html,
            description,
            kind: fields.code("type", "kind", &kinds),
            website: fields.text("website", "website"),
        };
        let (title, website) = (project.title.clone(), project.website.clone());
        files.extend(files::of_project(fields, position, title, website));
        (position, project)
    });
    let mut projects = Vec::new();
    for (position, project) in read {
        let before = usize::try_from(position.saturating_sub(1)).unwrap_or(projects.len());
        projects.resize(before, Project::default());
        projects.push(project);
    }
    (projects, files)
}

/// `startDate` and `endDate`.
fn period(fields: &mut Fields<'_>) -> Period {
    let start_text = fields.text("startDate", "start_text");
    let end_text = fields.text("endDate", "end_text");
    let start = fields.read("start_on", start_text.as_deref(), dates::date);
    let is_ongoing = end_text.as_deref().is_some_and(dates::is_ongoing);
    let end_words = end_text.as_deref().filter(|_| !is_ongoing);
    let end = fields.read("end_on", end_words, dates::date);
    Period {
        start_text,
        start_on: start.map(|(date, _)| date),
        start_precision: start.map(|(_, precision)| precision),
        end_text,
        end_on: end.map(|(date, _)| date),
        end_precision: end.map(|(_, precision)| precision),
        is_ongoing,
    }
}
