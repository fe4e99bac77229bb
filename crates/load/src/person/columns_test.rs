//! The three places that name a column agree: the migration, the table, the row.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::resume::{
    Answer, Application, Certificate, CertificateOrigin, CustomSection, Education, Experience,
    FileLink, FileRole, Language, LanguageKind, Project, Recommender, Skill, SkillTerm,
    SkillTermOrigin,
};
use model::{ContentHash, Resume, Source};

use super::column::Type;
use super::fingerprint::Fingerprint;
use super::history::{Document, History, Sighting};
use super::recompute::{OldWindows, Recompute, RefetchFiles};
use super::rows::rows;
use super::table::TABLES;
use super::write::{Batch, Scope};

const MIGRATIONS: [&str; 6] = [
    include_str!("../../../../migrations/0020_candidate.sql"),
    include_str!("../../../../migrations/0021_lists.sql"),
    include_str!("../../../../migrations/0022_facts.sql"),
    include_str!("../../../../migrations/0023_version.sql"),
    include_str!("../../../../migrations/0044_change.sql"),
    include_str!("../../../../migrations/0061_words_into_values.sql"),
];

type Columns = BTreeSet<String>;

fn of_migration(table: &str) -> Columns {
    let head = format!("create table recruiting.{table} (\n");
    let body = MIGRATIONS.iter().find_map(|sql| sql.split_once(&head)).unwrap().1;
    let created = body
        .lines()
        .take_while(|line| line.starts_with("    ") && !line.starts_with("    constraint"))
        .map(|line| line.split_whitespace().next().unwrap().to_owned());
    let head = format!("alter table recruiting.{table}\n");
    let altered = MIGRATIONS.iter().flat_map(|sql| sql.split(&head).skip(1));
    let added = altered
        .flat_map(|body| body.lines().take_while(|line| line.starts_with("    ")))
        .filter_map(|line| line.trim_start().strip_prefix("add column "))
        .map(|column| column.split_whitespace().next().unwrap().to_owned());
    created.chain(added).collect()
}

/// A resume with one item in each list.
fn resume() -> Resume {
    Resume {
        education: vec![Education::default()],
        experience: vec![Experience::default()],
        skill: vec![Skill::default()],
        skill_term: vec![SkillTerm {
            term: String::new(),
            term_text: String::new(),
            origin: SkillTermOrigin::Tag,
            origin_item_no: 1,
        }],
        language: vec![Language {
            kind: LanguageKind::Local,
            lang_type: None,
            listen_degree: None,
            listen_rank: None,
            speak_degree: None,
            speak_rank: None,
            read_degree: None,
            read_rank: None,
            write_degree: None,
            write_rank: None,
            degree: None,
            degree_rank: None,
            certificates: None,
        }],
        certificate: vec![Certificate { name: String::new(), origin: CertificateOrigin::Common }],
        project: vec![Project::default()],
        custom_section: vec![CustomSection::default()],
        recommender: vec![Recommender::default()],
        application: vec![Application::default()],
        answer: vec![Answer::default()],
        files: vec![FileLink {
            role: FileRole::Headshot,
            item_no: 1,
            title: None,
            file_name: None,
            website: None,
            token: None,
            host: None,
        }],
        ..Resume::default()
    }
}

#[test]
fn migration_table_and_row_name_the_same_columns() {
    // Two versions, the second of which changed something.
    let at = |hour: i64| jiff::Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour);
    let (before, after) = (ContentHash([0; 32]), ContentHash([1; 32]));
    let sighting = |document_id, content_hash| Sighting {
        source: Source::Applied,
        window_id: document_id,
        window_starts_at: at(document_id),
        window_ends_at: at(document_id + 1),
        document_id,
        content_hash,
        first_fetched_at: at(document_id + 1),
    };
    let history = History {
        resume_id: "1".parse().unwrap(),
        sightings: vec![sighting(1, before), sighting(2, after)],
        receipts: Vec::new(),
    };
    let document = |document_id, content_hash, resume| Document {
        document_id,
        content_hash,
        first_fetched_at: at(document_id + 1),
        resume,
        notes: Vec::new(),
    };
    let documents = [document(1, before, Resume::default()), document(2, after, resume())];
    let rows = rows(&history, &documents, OldWindows::Unknown).unwrap();
    let company = "1".parse().unwrap();
    let settings = Recompute {
        company: &company,
        run_id: uuid::Uuid::nil(),
        transform_version: 1,
        loaded_at: at(3),
        old_windows: OldWindows::Unknown,
        share_between_sources: true,
        refetch: RefetchFiles::Never,
        file_roles: &[],
        force: false,
    };
    let mut batch = Batch::to_copy(company.as_str());
    let fingerprint = Fingerprint::of(&history, 1, OldWindows::Unknown);
    batch.add("1", &rows, &fingerprint, &settings, Scope::All).unwrap();
    for table in &TABLES {
        let named: Columns = table.columns.iter().map(|column| (*column).to_owned()).collect();
        assert_eq!(named, of_migration(table.name), "{}", table.name);
        assert_eq!(table.columns.join(", "), batch.rows(table.name).unwrap().columns());
    }
}

/// As the catalogue of the migrated database has them.
#[test]
fn columns_are_compared_by_their_type_and_rows_by_their_key() {
    let catalogue = include_str!("../../../../migrations/catalogue.txt");
    for table in &TABLES {
        for column in table.columns {
            let line =
                format!("column recruiting.{}.{column}: {}", table.name, Type::of(column).sql());
            let is_told =
                catalogue.lines().filter_map(|told| told.strip_prefix(&line)).any(|rest| {
                    rest.is_empty() || rest.starts_with(" not null") || rest.starts_with(" default")
                });
            assert!(is_told, "{line}");
        }
        let key = format!(
            "constraint recruiting.{0}.{0}_pkey: primary key ({1})",
            table.name,
            table.key.join(", ")
        );
        assert!(catalogue.lines().any(|line| line.starts_with(&key)), "{key}");
        assert!(table.columns.starts_with(table.key), "{}", table.name);
    }
}
