//! A warehouse, and a 104 that shows resumes in windows.

use acceptance::TestDatabase;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use load::digest::TableDigest;
use load::person::{
    OldWindows, PersonResult, PersonState, Recompute, RefetchFiles, WantedFile, recompute,
};
use load::raw::{Fetched, Kept};
use model::resume::FileRole;
use model::{CompanyNo, RawResume, ResumeId, Source, Window};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

pub(crate) const COMPANY: &str = "01234567";

/// One answer of 104: which window and source showed which document, and when it was fetched.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) window: Window,
    pub(crate) id: ResumeId,
    pub(crate) json: String,
    pub(crate) fetched_at: Timestamp,
}

/// A document of one person shown by an hour of 2026-11-`day`, fetched ten minutes after its end.
pub(crate) fn shown(source: Source, day: i8, hour: u8, json: &str) -> Shown {
    within(source, date(2026, 11, day), hour, hour + 1, json)
}

pub(crate) fn within(source: Source, on: Date, start: u8, end: u8, json: &str) -> Shown {
    let window = Window::new(COMPANY.parse().unwrap(), source, on, start, end).unwrap();
    let fetched_at = window.ends_at() + SignedDuration::from_mins(10);
    Shown { window, id: id("7001"), json: json.to_owned(), fetched_at }
}

impl Shown {
    /// Fetched so long after the window's end.
    pub(crate) fn after(mut self, hours: i64) -> Self {
        self.fetched_at = self.window.ends_at() + SignedDuration::from_hours(hours);
        self
    }

    pub(crate) fn of(mut self, who: &str) -> Self {
        self.id = id(who);
        self
    }
}

pub(crate) fn id(text: &str) -> ResumeId {
    text.parse().unwrap()
}

/// A warehouse of its own.
pub(crate) struct World {
    pub(crate) database: TestDatabase,
    pub(crate) company: CompanyNo,
    pub(crate) old_windows: OldWindows,
    pub(crate) refetch: RefetchFiles,
    pub(crate) roles: Vec<FileRole>,
}

impl World {
    pub(crate) async fn new() -> Self {
        let world = Self {
            database: TestDatabase::create().await,
            company: COMPANY.parse().unwrap(),
            old_windows: OldWindows::Unknown,
            refetch: RefetchFiles::NewWindow,
            roles: FileRole::ALL.to_vec(),
        };
        world.add_company(&world.company).await;
        world
    }

    pub(crate) async fn add_company(&self, company: &CompanyNo) {
        let mut tx = self.database.pool().begin().await.unwrap();
        load::raw::add_company(&mut tx, company).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Keeps an answer.
    pub(crate) async fn keep(&self, shown: &Shown) -> Kept {
        let (fetched, number) = (vec![fetched(shown)], number(&shown.window));
        let mut tx = self.database.pool().begin().await.unwrap();
        let mut kept = load::raw::keep(&mut tx, &shown.window, number, &fetched).await.unwrap();
        tx.commit().await.unwrap();
        kept.remove(0)
    }

    /// Keeps answers, one transaction each, and recomputes the person.
    pub(crate) async fn see(&self, shown: &[Shown]) -> PersonResult {
        for one in shown {
            self.keep(one).await;
        }
        self.recompute(shown[0].id.as_str()).await
    }

    pub(crate) async fn recompute(&self, who: &str) -> PersonResult {
        self.recompute_all(&[id(who)], false).await.remove(0)
    }

    pub(crate) async fn recompute_all(&self, ids: &[ResumeId], force: bool) -> Vec<PersonResult> {
        let mut tx = self.database.pool().begin().await.unwrap();
        let settings = Recompute { force, ..self.settings(transform::TRANSFORM_VERSION) };
        let results = recompute(&mut tx, &settings, ids, &transform::interpret).await.unwrap();
        tx.commit().await.unwrap();
        results
    }

    /// How people are recomputed here.
    pub(crate) fn settings(&self, transform_version: i32) -> Recompute<'_> {
        Recompute {
            company: &self.company,
            run_id: Uuid::now_v7(),
            transform_version,
            loaded_at: extract::Clock::of_host().now(),
            old_windows: self.old_windows,
            share_between_sources: true,
            refetch: self.refetch,
            file_roles: &self.roles,
            force: false,
        }
    }

    pub(crate) async fn digest(&self) -> Vec<TableDigest> {
        let mut conn = self.database.pool().acquire().await.unwrap();
        load::digest::of(&mut conn, &self.company).await.unwrap()
    }

    /// The rows of a question.
    pub(crate) async fn rows<T>(&self, question: &str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        sqlx::query_as(AssertSqlSafe(question.to_owned()))
            .fetch_all(self.database.pool())
            .await
            .unwrap()
    }

    pub(crate) async fn texts(&self, question: &str) -> Vec<String> {
        self.rows::<(String,)>(question).await.into_iter().map(|(text,)| text).collect()
    }
}

pub(crate) fn fetched(shown: &Shown) -> Fetched {
    Fetched {
        raw: RawResume {
            resume_id: shown.id.clone(),
            json: shown.json.clone(),
            fetched_at: shown.fetched_at,
        },
        hash: transform::content_hash(&shown.json).unwrap(),
        hash_rule: transform::HASH_RULE,
    }
}

/// A number that the ledger would have given.
pub(crate) fn number(window: &Window) -> i64 {
    window.ends_at().as_second() * 1000
        + i64::from(window.start_hour()) * 10
        + window.source() as i64
}

pub(crate) fn slots(wanted: &[WantedFile]) -> Vec<(&'static str, u32)> {
    wanted.iter().map(|file| (file.role.as_str(), file.item_no)).collect()
}

pub(crate) fn states(results: &[PersonResult]) -> Vec<PersonState> {
    results.iter().map(|result| result.state).collect()
}

/// A document that fills every table; `firm` tells versions apart.
pub(crate) fn full(firm: &str, photo: &str) -> String {
    format!(
        r#"{{"resumeId":"m-1","fullName":"王小明","email":"a@example.com","cellPhone":"0911","gender":"男",
        "birthday":"1990-01-02 00:00:00","introduction":"<p>您好</p>","seniority":"3年以上","zodiac":"虎",
        "headshotUrl":"https://files.example/headshot?fileId={photo}",
        "personalPage":["https://me.example"],
        "jobRequirement":{{"wage":"月薪 40000~50000元","workPlace":"台北市"}},
        "biography":{{"bio":"自傳"}},"commonCertificates":{{"certificates":"PMP,TQC"}},
        "education":[{{"schoolName":"台大","degreeLevel":"碩士","startDate":"2010-09","endDate":"2012-06"}}],
        "experiences":[{{"firmName":"{firm}","jobName":"工程師","startDate":"2013-01","endDate":"迄今","skills":"Rust、SQL"}}],
        "speciality":[{{"skill":"Python","tag":"pandas,numpy"}}],
        "foreignLanguage":[{{"langType":"英文","listenDegree":"精通"}}],"localLanguage":[{{"langType":"台語","degree":"精通"}}],
        "attachFiles":[{{"type":1,"title":"履歷","fileName":"cv.pdf","resourceLink":"https://files.example/attachment?fileId={photo}-a"}}],
        "projectDatas":[{{"title":"作品","type":3,"website":"https://work.example"}}],
        "customContentDatas":[{{"title":"自訂","content":["甲","乙"]}}],
        "recommenders":[{{"name":"李四","corp":"乙公司"}}],
        "applyJob":[{{"applyDate":"2026-11-02","name":"後端工程師","jobNo":"j1","applySource":"主動"}}],
        "applyQuestion":[{{"type":1,"question":"可到職?","answer":"是"}}]}}"#
    )
}
