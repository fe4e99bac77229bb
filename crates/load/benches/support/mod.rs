//! A warehouse of the benchmark's own, and people to fill it with.

use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::date;
use load::person::{OldWindows, PersonResult, Recompute, RefetchFiles, recompute};
use load::raw::Fetched;
use model::resume::{
    Answer, Application, Certificate, CertificateOrigin, Education, Experience, FileLink, FileRole,
    Language, LanguageKind, Skill, SkillTerm, SkillTermOrigin,
};
use model::{CompanyNo, ContentHash, Note, RawResume, Rejection, Resume, ResumeId, Source, Window};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgPool};
use uuid::Uuid;

/// A database that goes with [`Warehouse::end`].
pub(crate) struct Warehouse {
    pub(crate) pool: PgPool,
    pub(crate) company: CompanyNo,
    server: PgConnectOptions,
    name: String,
}

impl Warehouse {
    /// `None` if no server is named.
    pub(crate) async fn begin() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a benchmark has no settings")]
        let url = std::env::var("ETL104_TEST_DATABASE_URL");
        let Ok(url) = url else {
            println!("skipped: ETL104_TEST_DATABASE_URL names no server");
            return None;
        };
        let server: PgConnectOptions = url.parse().expect("the URL is one of Postgres");
        let name = format!("etl104_bench_{}", Uuid::now_v7().simple());
        let mut administrator = server.connect().await.expect("the server answers");
        let create = format!("create database {name}");
        sqlx::query(AssertSqlSafe(create)).execute(&mut administrator).await.expect("may create");
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .connect_with(server.clone().database(&name))
            .await
            .expect("the new database answers");
        sqlx::migrate!("../../migrations").run(&pool).await.expect("the migrations apply");
        let company: CompanyNo = "01234567".parse().expect("a number");
        let mut tx = pool.begin().await.expect("a transaction begins");
        load::raw::add_company(&mut tx, &company).await.expect("partitions are made");
        tx.commit().await.expect("it commits");
        let (version,): (String,) =
            sqlx::query_as("select version() || ', fsync ' || current_setting('fsync')")
                .fetch_one(&pool)
                .await
                .expect("the server has a version");
        println!("{version}");
        Some(Self { pool, company, server, name })
    }

    pub(crate) async fn end(self) {
        self.pool.close().await;
        let mut administrator = self.server.connect().await.expect("the server answers");
        let drop = format!("drop database {} with (force)", self.name);
        sqlx::query(AssertSqlSafe(drop)).execute(&mut administrator).await.expect("it goes");
    }

    /// Keeps one document of each person, as one batch of one window shows them.
    pub(crate) async fn keep(&self, people: std::ops::Range<u32>, version: u32) {
        let day = i8::try_from(1 + version % 28).expect("a day");
        let window = Window::new(self.company.clone(), Source::Applied, date(2026, 11, day), 9, 10)
            .expect("a window");
        let fetched: Vec<Fetched> =
            people.map(|person| fetched(person, version, window.ends_at())).collect();
        let mut tx = self.pool.begin().await.expect("a transaction begins");
        load::raw::keep(&mut tx, &window, i64::from(version), &fetched).await.expect("it is kept");
        tx.commit().await.expect("it commits");
    }

    pub(crate) async fn recompute(&self, ids: &[ResumeId], force: bool) -> Vec<PersonResult> {
        let settings = Recompute {
            company: &self.company,
            run_id: Uuid::now_v7(),
            transform_version: 1,
            loaded_at: Timestamp::UNIX_EPOCH,
            old_windows: OldWindows::Unknown,
            share_between_sources: true,
            refetch: RefetchFiles::NewWindow,
            file_roles: &FileRole::ALL,
            force,
        };
        let mut tx = self.pool.begin().await.expect("a transaction begins");
        let results =
            recompute(&mut tx, &settings, ids, &interpret).await.expect("people are recomputed");
        tx.commit().await.expect("it commits");
        results
    }
}

pub(crate) fn ids(people: std::ops::Range<u32>) -> Vec<ResumeId> {
    people.map(|person| format!("{person:08}").parse().expect("an id")).collect()
}

/// Prints `what`: seconds and how many a second.
pub(crate) fn report(what: &str, count: u32, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what}: {count} in {seconds:.2} s, {:.0}/s", f64::from(count) / seconds);
}

fn fetched(person: u32, version: u32, at: Timestamp) -> Fetched {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&person.to_be_bytes());
    hash[4..8].copy_from_slice(&version.to_be_bytes());
    let filler = "甲乙丙丁戊己庚辛壬癸".repeat(150);
    let json = format!(r#"{{"person":{person},"version":{version},"filler":"{filler}"}}"#);
    let resume_id = format!("{person:08}").parse().expect("an id");
    Fetched {
        raw: RawResume { resume_id, json, fetched_at: at },
        hash: ContentHash(hash),
        hash_rule: 1,
    }
}

/// A resume of 34 rows, of some thousand characters; the numbers in its document vary it.
#[expect(clippy::unnecessary_wraps, reason = "interpreters can refuse")]
fn interpret(raw: &RawResume) -> Result<(Resume, Vec<Note>), Rejection> {
    let numbers: Vec<u32> = raw
        .json
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .take(2)
        .collect();
    let (person, version) = (numbers.first().copied(), numbers.get(1).copied());
    let words = |what: &str, n: usize| Some(format!("{what} {person:?} {n}"));
    let mut resume = Resume::default();
    resume.person.full_name = words("人", 0);
    resume.person.member_no = words("m", 0);
    resume.contact.email = words("mail", 0);
    resume.narrative.biography = Some("自傳的一段文字。".repeat(80));
    resume.job_preference.wage_text = Some(format!("月薪 {version:?}"));
    resume.education = (0..2)
        .map(|n| Education {
            school_name: words("學校", n),
            degree_rank: Some(50),
            ..Education::default()
        })
        .collect();
    resume.experience = (0..4)
        .map(|n| Experience {
            firm_name: words("公司", n),
            job_name: words("職稱", n),
            job_desc_html: Some("<p>工作內容的一段文字。</p>".repeat(20)),
            job_desc: Some("工作內容的一段文字。".repeat(20)),
            ..Experience::default()
        })
        .collect();
    resume.skill = (0..3).map(|n| Skill { skill: words("專長", n), ..Skill::default() }).collect();
    resume.skill_term = (1..=8)
        .map(|n| SkillTerm {
            term: format!("term {}", n * 7 + person.unwrap_or(0) % 100),
            term_text: "Term".to_owned(),
            origin: SkillTermOrigin::Tag,
            origin_item_no: n,
        })
        .collect();
    resume.language = (0..2)
        .map(|n| Language {
            kind: LanguageKind::Foreign,
            lang_type: words("語言", n),
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
        })
        .collect();
    resume.certificate = (0..2)
        .map(|n| Certificate { name: format!("證照 {n}"), origin: CertificateOrigin::Common })
        .collect();
    resume.application = vec![Application {
        job_no: Some(format!("j{}", person.unwrap_or(0) % 50)),
        job_name: words("職缺", 0),
        applied_text: Some("2026-11-01".to_owned()),
        applied_on: Some(date(2026, 11, 1)),
        apply_source: None,
    }];
    resume.answer = (0..3)
        .map(|n| Answer { kind: None, question: words("問", n), answer: words("答", n) })
        .collect();
    resume.files = [FileRole::Headshot, FileRole::Attachment]
        .map(|role| FileLink {
            role,
            item_no: 1,
            title: None,
            file_name: None,
            website: None,
            token: Some("token".to_owned().into()),
            host: None,
        })
        .into();
    Ok((resume, Vec::new()))
}
