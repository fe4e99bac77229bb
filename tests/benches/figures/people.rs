//! The simulator's people, landed in `raw` as runs would have: through windows, over years.
//!
//! Everybody is shown once, a third of the applicants by another source of the same hours too; one in ten was there up
//! to four times before, with other documents. Spoiled data are among them: fields of a neighbouring type and unknown ones in
//! 15 of 100 people, `\u0000` and lone surrogates in one of 200, and every tenth document is written with
//! `\u` escapes. Each slot for a file has its receipt.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use acceptance::COMPANY;
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use load::person::{OldWindows, Recompute, RefetchFiles};
use load::raw::Fetched;
use model::resume::FileRole;
use model::{CompanyNo, RawResume, Source, Window};
use simulator::{Crowd, Flag, Options, Size};
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

/// People of one transaction.
const BATCH: u64 = 500;
/// How many times somebody turns up at most.
const WAVES: u32 = 5;
/// In the file that a resume has.
const FILE_BYTES: i64 = 20_000;

/// What was landed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Landed {
    pub(crate) documents: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
}

/// Everybody, as they turn up over the years.
#[derive(Debug)]
pub(crate) struct People {
    crowd: Crowd,
    company: CompanyNo,
    pub(crate) count: u64,
}

impl People {
    pub(crate) fn new(count: u64) -> Arc<Self> {
        let crowd = Crowd::new(Options { people: count, size: Size::Full, ..Options::default() });
        let company = COMPANY.parse().expect("the demo company's number");
        Arc::new(Self { crowd, company, count })
    }

    /// A document of everybody, and the earlier ones of those who were there before.
    pub(crate) async fn land(self: &Arc<Self>, pool: &PgPool) -> Landed {
        let mut landed = Landed::default();
        for wave in 0..WAVES {
            landed = landed.and(self.land_wave(pool, wave, false).await);
        }
        landed
    }

    /// Another document of everybody, after all others.
    pub(crate) async fn change_all(self: &Arc<Self>, pool: &PgPool, time: u32) -> Landed {
        self.land_wave(pool, WAVES + time, true).await
    }

    /// Raw is as it was before [`People::change_all`]; rows stay as they are.
    pub(crate) async fn forget_change(&self, pool: &PgPool) {
        let since = self.window(moment(WAVES, 0), Source::Applied).starts_at().to_string();
        for statement in [
            "delete from raw.document_file where window_ends_at > $1::timestamptz",
            "delete from raw.sighting where window_ends_at > $1::timestamptz",
            "delete from raw.resume_document where first_fetched_at > $1::timestamptz",
        ] {
            sqlx::query(statement).bind(&since).execute(pool).await.expect("raw forgets");
        }
    }

    async fn land_wave(self: &Arc<Self>, pool: &PgPool, wave: u32, everybody: bool) -> Landed {
        let began = Instant::now();
        let mut landed = Landed::default();
        let mut tasks = JoinSet::new();
        for first in (0..self.count).step_by(usize::try_from(BATCH).expect("a small number")) {
            // On both cores: one makes people while the other has the server keep them.
            if tasks.len() == 3 {
                landed = landed.and(join(&mut tasks).await);
            }
            let (people, pool) = (Arc::clone(self), pool.clone());
            let batch = first..self.count.min(first + BATCH);
            tasks.spawn(async move { people.land_batch(&pool, batch, wave, everybody).await });
        }
        while !tasks.is_empty() {
            landed = landed.and(join(&mut tasks).await);
        }
        Landed { seconds: began.elapsed().as_secs_f64(), ..landed }
    }

    async fn land_batch(
        &self,
        pool: &PgPool,
        batch: Range<u64>,
        wave: u32,
        everybody: bool,
    ) -> Landed {
        let at = moment(wave, batch.start / BATCH);
        let mut landed = Landed::default();
        for source in Source::ALL {
            let shown = |person: &u64| {
                source_of(*person) == source && (everybody || wave + times(*person) >= WAVES)
            };
            let people: Vec<u64> = batch.clone().filter(shown).collect();
            if people.is_empty() {
                continue;
            }
            let fetched: Vec<Fetched> =
                people.iter().map(|person| self.fetched(*person, at, source)).collect();
            landed.documents += fetched.len() as u64;
            landed.bytes += fetched.iter().map(|one| one.raw.json.len() as u64).sum::<u64>();
            self.keep(pool, at, source, &fetched).await;
            // Some of them in a poorer source of the same hours too, which shows the same.
            let again: Vec<Fetched> = people
                .iter()
                .zip(&fetched)
                .filter(|(person, _)| *person % 3 == 0 && source == Source::Applied)
                .map(|(_, one)| one.clone())
                .collect();
            if !again.is_empty() {
                self.keep(pool, at, Source::Saved, &again).await;
            }
        }
        landed
    }

    /// Some people's documents as one window fetched them.
    pub(crate) fn batch(&self, people: Range<u64>, wave: u32) -> Vec<Fetched> {
        people.map(|person| self.fetched(person, moment(wave, 0), source_of(person))).collect()
    }

    /// Keeps documents of one window and nothing else.
    pub(crate) async fn keep_alone(&self, pool: &PgPool, fetched: &[Fetched], wave: u32) {
        let window = self.window(moment(wave, 0), Source::Applied);
        let mut tx = pool.begin().await.expect("a transaction begins");
        load::raw::keep(&mut tx, &window, i64::from(wave), fetched).await.expect("it is kept");
        tx.commit().await.expect("it commits");
    }

    /// Writes the rows of these people, as a run does.
    pub(crate) async fn recompute(&self, pool: &PgPool, fetched: &[Fetched]) {
        let settings = Recompute {
            company: &self.company,
            run_id: Uuid::nil(),
            transform_version: transform::TRANSFORM_VERSION,
            loaded_at: Timestamp::UNIX_EPOCH,
            old_windows: OldWindows::Unknown,
            share_between_sources: true,
            refetch: RefetchFiles::NewWindow,
            file_roles: &FileRole::ALL,
            force: false,
        };
        let ids: Vec<_> = fetched.iter().map(|one| one.raw.resume_id.clone()).collect();
        let mut tx = pool.begin().await.expect("a transaction begins");
        let results =
            load::person::recompute(&mut tx, &settings, &ids, &transform::interpret).await;
        assert_eq!(results.expect("people are recomputed").len(), fetched.len());
        tx.commit().await.expect("it commits");
    }

    fn fetched(&self, person: u64, at: DateTime, source: Source) -> Fetched {
        let flag = match source {
            Source::Matched => Flag::Matched,
            Source::Saved => Flag::Saved,
            Source::Applied => Flag::Applied,
        };
        let shown = self.crowd.shown(COMPANY, person, at, flag);
        let json = if person % 10 == 3 { escaped(&shown.document) } else { shown.document };
        let hash = transform::content_hash(&json).expect("the simulator writes JSON");
        let fetched_at = self.window(at, source).ends_at() + SignedDuration::from_mins(6);
        let resume_id = shown.id.parse().expect("an id");
        let raw = RawResume { resume_id, json, fetched_at };
        Fetched { raw, hash, hash_rule: transform::HASH_RULE }
    }

    /// A whole date.
    fn window(&self, at: DateTime, source: Source) -> Window {
        Window::new(self.company.clone(), source, at.date(), 0, 24).expect("hours run forward")
    }

    async fn keep(&self, pool: &PgPool, at: DateTime, source: Source, fetched: &[Fetched]) {
        let window = self.window(at, source);
        let number = window.ends_at().as_second() / 3600 * 10 + source as i64;
        let mut tx = pool.begin().await.expect("a transaction begins");
        let kept = load::raw::keep(&mut tx, &window, number, fetched).await.expect("it is kept");
        let (mut documents, mut ids, mut roles, mut items) = (vec![], vec![], vec![], vec![]);
        for (one, kept) in fetched.iter().zip(kept) {
            let Ok((resume, _)) = transform::interpret(&one.raw) else { continue };
            for file in resume.files.iter().filter(|file| file.token.is_some()) {
                documents.push(kept.document_id);
                ids.push(one.raw.resume_id.to_string());
                roles.push(file.role.as_str());
                items.push(i32::try_from(file.item_no).expect("a small number"));
            }
        }
        sqlx::query(RECEIPTS)
            .bind(self.company.as_str())
            .bind(&documents)
            .bind(&ids)
            .bind(&roles)
            .bind(&items)
            .bind(FILE_BYTES)
            .bind(window.ends_at().to_string())
            .execute(&mut *tx)
            .await
            .expect("receipts are kept");
        tx.commit().await.expect("it commits");
    }
}

/// As `load::files::record` keeps them, many at once.
const RECEIPTS: &str = "
    with slot as (
        select *, sha256(convert_to(document_id || role || item_no, 'UTF8')) as sha256
        from unnest($2::bigint[], $3::text[], $4::text[], $5::int[]) as slot (document_id, resume_id, role, item_no)
    ), object as (
        insert into raw.file_object
            (company_no, sha256, size_bytes, media_type_claimed, media_type_sniffed, object_key, stored_at)
        select $1, sha256, $6, 'application/pdf', 'application/pdf', 'files/' || $1 || '/' || encode(sha256, 'hex'),
            $7::timestamptz
        from slot on conflict do nothing
    )
    insert into raw.document_file
        (document_id, role, item_no, window_ends_at, company_no, resume_id, outcome, sha256, size_bytes, fetched_at)
    select document_id, role, item_no, $7::timestamptz, $1, resume_id, 'stored', sha256, $6, $7::timestamptz
    from slot on conflict do nothing";

impl Landed {
    fn and(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            bytes: self.bytes + other.bytes,
            seconds: self.seconds + other.seconds,
        }
    }
}

async fn join(tasks: &mut JoinSet<Landed>) -> Landed {
    tasks.join_next().await.expect("there is one").expect("people are landed")
}

/// How many times somebody turns up: nine of ten once.
fn times(person: u64) -> u32 {
    if person % 10 == 7 { 2 + u32::try_from(person / 10 % 4).unwrap_or(0) } else { 1 }
}

fn source_of(person: u64) -> Source {
    match person % 20 {
        0..9 => Source::Matched,
        9..17 => Source::Applied,
        _ => Source::Saved,
    }
}

/// Waves are 310 days apart, longer than anybody leaves a resume alone; batches are spread over three weeks.
fn moment(wave: u32, batch: u64) -> DateTime {
    let first: Date = date(2020, 3, 1);
    let days = 310 * i64::from(wave) + i64::try_from(batch % 21).unwrap_or(0);
    first.saturating_add(days.days()).at(15, 0, 0, 0)
}

/// The same JSON in ASCII.
pub(crate) fn escaped(json: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(text, "\\u{unit:04x}").expect("a string grows");
        }
    }
    text
}
