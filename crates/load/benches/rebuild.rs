//! The full rebuild, tried on the real tables: a company's tables are made aside, filled bare,
//! given their keys, and swapped in by one short transaction.
//!
//! `ETL104_TEST_DATABASE_URL=postgres://… cargo bench -p load --bench rebuild`
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark talks, or stops")]

mod support;

use std::time::{Duration, Instant};

use sqlx::PgPool;
use support::{Warehouse, ids, report};
use tokio::task::JoinSet;

/// At 35 rows each: about a million rows.
const PEOPLE: u32 = 30_000;
const BATCH: u32 = 500;

/// Bare tables beside the company's own: columns, checks and defaults, no keys.
const MAKE: &str = r"do $$
declare parent name;
begin
    create schema aside;
    for parent in select relname from pg_class
        where relnamespace = 'recruiting'::regnamespace and relkind = 'p' loop
        execute format('create table aside.%1$I (like recruiting.%1$I including all excluding indexes)', parent);
        execute format('alter table aside.%I add constraint of_company check (company_no = ''01234567'')', parent);
    end loop;
end $$";

/// Stands in for the COPY of freshly made rows.
const FILL: &str = r"do $$
declare parent name;
begin
    for parent in select relname from pg_class
        where relnamespace = 'recruiting'::regnamespace and relkind = 'p' loop
        execute format('insert into aside.%1$I select * from recruiting.%1$I where company_no = ''01234567''', parent);
    end loop;
end $$";

/// The parents' indexes, then the foreign keys.
const KEY: &str = r"do $$
declare of_parent record;
begin
    for of_parent in
        select c.relname, i.indisprimary, pg_get_indexdef(i.indexrelid) as definition,
               pg_get_constraintdef(k.oid) as primary_key
        from pg_class c join pg_index i on i.indrelid = c.oid
        left join pg_constraint k on k.conindid = i.indexrelid and k.contype = 'p' and k.conrelid = c.oid
        where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p'
    loop
        if of_parent.indisprimary then
            execute format('alter table aside.%I add %s', of_parent.relname, of_parent.primary_key);
        else
            execute regexp_replace(
                regexp_replace(of_parent.definition, 'INDEX \S+ ON', 'INDEX ON'),
                ' ON ONLY recruiting\.| ON recruiting\.', ' ON aside.');
        end if;
    end loop;
    for of_parent in select relname from pg_class
        where relnamespace = 'recruiting'::regnamespace and relkind = 'p' and relname <> 'candidate' loop
        execute format('alter table aside.%I add constraint %I foreign key (company_no, resume_id)
            references aside.candidate (company_no, resume_id) on delete cascade',
            of_parent.relname, of_parent.relname || '_candidate_fkey');
    end loop;
end $$";

/// All parents (and by them the partitions) are locked before anything is changed: detaching table
/// by table deadlocked with readers, who lock in an order of their own. The wait for a lock is far
/// shorter than Postgres' `deadlock_timeout`, so that it is the swap that gives up, never a reader.
/// The check lets attaching take no look at the rows. Old tables are dropped later, outside.
const SWAP: &str = r"do $$
declare parent name; part text;
begin
    set local lock_timeout = '100ms';
    for parent in select relname from pg_class
        where relnamespace = 'recruiting'::regnamespace and relkind = 'p'
        order by relname <> 'candidate', relname loop
        execute format('lock table recruiting.%I in access exclusive mode', parent);
    end loop;
    create schema before;
    for parent in select relname from pg_class
        where relnamespace = 'recruiting'::regnamespace and relkind = 'p' loop
        part := parent || '_01234567';
        execute format('alter table recruiting.%I detach partition recruiting_partition.%I', parent, part);
        execute format('alter table recruiting_partition.%I set schema before', part);
        execute format('alter table aside.%I rename to %I', parent, part);
        execute format('alter table aside.%I set schema recruiting_partition', part);
        execute format('alter table recruiting.%I attach partition recruiting_partition.%I for values in (''01234567'')', parent, part);
        execute format('alter table recruiting_partition.%I drop constraint of_company', part);
    end loop;
end $$";

/// Children before parents: a foreign key keeps its parent from being dropped.
const DROP: &str = r"do $$
declare part name;
begin
    for part in select relname from pg_class
        where relnamespace = 'before'::regnamespace and relkind = 'r'
        order by relname like 'candidate\_0%', relname loop
        execute format('drop table before.%I', part);
    end loop;
    drop schema before;
    drop schema aside;
end $$";

const ROWS: &str = "
    select sum(rows)::bigint from (
        select (xpath('/row/n/text()', query_to_xml(
            format('select count(*) as n from recruiting.%I', relname), false, true, '')))[1]::text::bigint as rows
        from pg_class where relnamespace = 'recruiting'::regnamespace and relkind = 'p') counts";

#[tokio::main]
async fn main() {
    let Some(warehouse) = Warehouse::begin().await else { return };
    let begun = Instant::now();
    for first in (0..PEOPLE).step_by(500) {
        warehouse.keep(first..first + BATCH, 1).await;
    }
    report("keep", PEOPLE, begun);
    let begun = Instant::now();
    for first in (0..PEOPLE).step_by(1_000) {
        let middle = first + BATCH;
        let (one, other) = (ids(first..middle), ids(middle..middle + BATCH));
        tokio::join!(warehouse.recompute(&one, false), warehouse.recompute(&other, false));
    }
    report("in place, with keys and foreign keys", PEOPLE, begun);
    let rows = count(&warehouse.pool).await;
    println!("rows: {rows}");
    let before = load_digest(&warehouse).await;

    let view = "create view mart.bench as select count(distinct s.resume_id) as people
        from recruiting.candidate_source s join recruiting.candidate using (company_no, resume_id)";
    sqlx::query(view).execute(&warehouse.pool).await.expect("a view");
    step(&warehouse.pool, "make bare tables", MAKE).await;
    step(&warehouse.pool, "fill them", FILL).await;
    step(&warehouse.pool, "add keys, indexes, foreign keys", KEY).await;
    let mut readers = JoinSet::new();
    readers.spawn(read(warehouse.pool.clone()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    swap(&warehouse.pool).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let slowest = readers.join_next().await.expect("a reader").expect("it read");
    println!("slowest reader during the swap: {} ms", slowest.as_millis());
    step(&warehouse.pool, "drop the old tables", DROP).await;

    assert_eq!(count(&warehouse.pool).await, rows, "no row is lost");
    assert!(load_digest(&warehouse).await == before, "every row is the same");
    let results = warehouse.recompute(&ids(0..10), true).await;
    assert_eq!(results.len(), 10, "live loading goes on");
    warehouse.end().await;
}

async fn load_digest(warehouse: &Warehouse) -> Vec<load::digest::TableDigest> {
    let mut conn = warehouse.pool.acquire().await.expect("a connection");
    load::digest::of(&mut conn, &warehouse.company).await.expect("a digest")
}

async fn count(pool: &PgPool) -> i64 {
    sqlx::query_scalar(ROWS).fetch_one(pool).await.expect("rows can be counted")
}

async fn step(pool: &PgPool, what: &str, statement: &'static str) {
    let begun = Instant::now();
    sqlx::raw_sql(statement).execute(pool).await.expect("the step succeeds");
    println!("{what}: {} ms", begun.elapsed().as_millis());
}

/// Tries until all locks are had at once.
async fn swap(pool: &PgPool) {
    for attempt in 1..=100 {
        let begun = Instant::now();
        match sqlx::raw_sql(SWAP).execute(pool).await {
            Ok(_) => {
                let took = begun.elapsed().as_millis();
                println!("swap, attempt {attempt}: {took} ms");
                return;
            }
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => println!("swap: {error}"),
        }
    }
    println!("swap: no quiet moment in a hundred");
}

/// Reads through a view for a second; sees all people, always.
async fn read(pool: PgPool) -> Duration {
    let (begun, mut slowest) = (Instant::now(), Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(1) {
        let question = Instant::now();
        let people: i64 = sqlx::query_scalar("select people from mart.bench")
            .fetch_one(&pool)
            .await
            .expect("the view answers");
        assert_eq!(people, i64::from(PEOPLE), "old or new, never half");
        slowest = slowest.max(question.elapsed());
    }
    slowest
}
