//! All tables as they were.

use acceptance::{
    COMPANY, Company, Etl104, FIRST_DAY, Gate, ONE_DAY, SECOND_DAY, Scene, Stand, TWO_DAYS,
    TestDatabase, applied, assert_same, by_hand, eventually, generated,
};
use jiff::civil::date;
use load::digest::TableDigest;
use serde_json::{Value, json};
use simulator::{Answers, Options};
use sqlx::Connection;

/// Moments at which windows end, as `--until` and as `as-of` take them.
const ENDS: [&str; 4] = ["2025-08-22T09", "2025-08-22T12", ONE_DAY, TWO_DAYS];

async fn digest(database: &TestDatabase, schema: &str) -> Vec<TableDigest> {
    let mut conn = database.pool().acquire().await.unwrap();
    let (schema, company) = (schema.parse().unwrap(), COMPANY.parse().unwrap());
    load::digest::of_schema(&mut conn, &schema, &company).await.unwrap()
}

async fn built(etl104: &Etl104, moment: &str, schema: &str) -> Value {
    let as_of = ["as-of", moment, "--schema", schema, "--output", "json"];
    etl104.run(&as_of).await.exits(0).summary()
}

/// Schemas that `as-of` keeps to itself.
async fn aside(database: &TestDatabase) -> i64 {
    database.count("select count(*) from pg_namespace where nspname like 'as\\_of\\_%'").await
}

#[tokio::test]
async fn at_each_windows_end_it_equals_a_warehouse_that_fetched_only_so_far() {
    let scene = Scene::new(generated(16)).await;
    let (younger, etl104) = scene.elsewhere().await;
    for until in ENDS {
        drop(scene.run(until).await.exits(0));
    }
    let live = scene.database.digest(COMPANY).await;
    for (number, until) in ENDS.into_iter().enumerate() {
        drop(etl104.run(&["run", "--until", until]).await.exits(0));
        let schema = format!("end_{number}");
        let summary = built(&scene.etl104, until, &schema).await;
        assert_eq!(
            (&summary["is_built"], &summary["unfinished_windows"]),
            (&true.into(), &0.into())
        );
        let past = digest(&scene.database, &schema).await;
        assert_same(until, &past, &younger.digest(COMPANY).await);
        let people = past.iter().find(|it| it.table == "candidate").unwrap().rows;
        assert_eq!(summary["people"], people);
        assert_eq!(summary["rows"]["candidate"], people);
    }
    drop(built(&scene.etl104, "2025-12-31", "end_of_time").await);
    assert_same("now", &digest(&scene.database, "end_of_time").await, &live);
    assert_same("untouched", &scene.database.digest(COMPANY).await, &live);
    assert_eq!(aside(&scene.database).await, 0);
    scene.database.assert_sound().await;
}

#[tokio::test]
async fn its_tables_have_the_same_columns_keys_indexes_and_comments() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    drop(built(&scene.etl104, ONE_DAY, "august").await);
    for (what, statement) in [
        (
            "columns and their comments",
            "select count(*) from (
                 select c.relname, a.attname, a.attnum, a.atttypid, a.attnotnull, col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class')
                 from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
                 where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p'
                 except
                 select c.relname, a.attname, a.attnum, a.atttypid, a.attnotnull, col_description(c.oid, a.attnum), obj_description(c.oid, 'pg_class')
                 from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
                 where c.relnamespace = 'august'::regnamespace and c.relkind = 'r') as missing",
        ),
        (
            "keys and checks",
            "select count(*) from (
                 select c.relname, k.contype, pg_get_constraintdef(k.oid) from pg_constraint k join pg_class c on c.oid = k.conrelid
                 where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p'
                 except
                 select c.relname, k.contype, pg_get_constraintdef(k.oid) from pg_constraint k join pg_class c on c.oid = k.conrelid
                 where c.relnamespace = 'august'::regnamespace) as missing",
        ),
        (
            "tables without a foreign key to their candidate",
            "select count(*) from pg_class c
             where c.relnamespace = 'august'::regnamespace and c.relkind = 'r' and c.relname <> 'candidate'
               and not exists (select from pg_constraint where conrelid = c.oid
                   and contype = 'f' and confrelid = 'august.candidate'::regclass)",
        ),
        (
            "indexes",
            "select (select count(*) from pg_index i join pg_class c on c.oid = i.indrelid
                     where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p')
                  - (select count(*) from pg_index i join pg_class c on c.oid = i.indrelid
                     where c.relnamespace = 'august'::regnamespace)",
        ),
    ] {
        assert_eq!(scene.database.count(statement).await, 0, "{what}");
    }
    let says: String =
        scene.database.ask("select obj_description('august'::regnamespace, 'pg_namespace')").await;
    for words in ["as they were on 2025-08-23 00:00:00 (Taiwan time)", "的樣貌", "run "] {
        assert!(says.contains(words), "{says}");
    }
    let known =
        "select count(*) from etl.as_of_schema where schema_name = 'august' and state = 'ready'";
    assert_eq!(scene.database.count(known).await, 1, "whoever erases a person finds it");
}

#[tokio::test]
async fn what_can_not_be_built_is_refused_with_a_remedy_and_touches_nothing() {
    let scene = Scene::new(generated(5)).await;
    let refused = scene.etl104.run(&["as-of", ONE_DAY, "--schema", "august"]).await.exits(2);
    assert!(refused.stderr.contains("`etl104 run` first"), "{}", refused.stderr);
    drop(scene.run(ONE_DAY).await.exits(0));
    scene.database.change("create schema theirs").await;
    let role: String = scene.database.ask("select current_user::text").await;
    let schemas = "select string_agg(nspname, ' ' order by nspname) from pg_namespace";
    let before: String = scene.database.ask(schemas).await;
    for (moment, schema, words) in [
        (ONE_DAY, "recruiting", "in use by etl104 or by Postgres"),
        (ONE_DAY, "raw", "in use by etl104 or by Postgres"),
        (ONE_DAY, "etl", "in use by etl104 or by Postgres"),
        (ONE_DAY, "mart", "in use by etl104 or by Postgres"),
        (ONE_DAY, "recruiting_partition", "in use by etl104 or by Postgres"),
        (ONE_DAY, "public", "in use by etl104 or by Postgres"),
        (ONE_DAY, "pg_august", "in use by etl104 or by Postgres"),
        (ONE_DAY, "information_schema", "in use by etl104 or by Postgres"),
        (ONE_DAY, "August", "lower-case letters"),
        (ONE_DAY, "a; drop schema raw cascade", "lower-case letters"),
        (ONE_DAY, "theirs", "`as-of` did not make it"),
        (ONE_DAY, "select", "a word of SQL"),
        (ONE_DAY, &role, "a role of the database has this name"),
        ("2100-01-01", "august", "lies in the future"),
        ("2025-08-22", "august", "ended on 2025-08-23 00:00 (Taiwan time)"),
        ("yesterday", "august", "write a date such as"),
    ] {
        let refused = scene.etl104.run(&["as-of", moment, "--schema", schema]).await.exits(2);
        assert!(refused.stderr.contains(words), "{moment} {schema}: {}", refused.stderr);
    }
    assert_eq!(scene.database.ask::<String>(schemas).await, before);
    let runs = "select count(*) from etl.run where command = 'as-of'";
    assert_eq!(scene.database.count(runs).await, 0);
}

#[tokio::test]
async fn an_earlier_one_is_replaced_while_it_is_read_and_keeps_its_readers() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    drop(scene.run(TWO_DAYS).await.exits(0));
    drop(built(&scene.etl104, ONE_DAY, "august").await);
    let first = digest(&scene.database, "august").await;
    scene.database.change("grant usage on schema august to public").await;
    scene.database.change("grant select on august.candidate to public").await;
    scene.database.change("grant select (firm_name) on august.experience to public").await;

    let mut reader = sqlx::PgConnection::connect_with(scene.database.options()).await.unwrap();
    sqlx::raw_sql("begin; select count(*) from august.candidate")
        .execute(&mut reader)
        .await
        .unwrap();
    drop(built(&scene.etl104, TWO_DAYS, "august").await);
    assert_ne!(digest(&scene.database, "august").await, first);
    assert_eq!(aside(&scene.database).await, 1, "what is read is not dropped");
    for granted in [
        "select count(*) from pg_class c, aclexplode(c.relacl) acl
         where c.oid = 'august.candidate'::regclass and acl.grantee = 0
           and has_schema_privilege('public', 'august', 'usage')",
        "select count(*) from pg_attribute a, aclexplode(a.attacl) acl
         where a.attrelid = 'august.experience'::regclass and a.attname = 'firm_name' and acl.grantee = 0",
    ] {
        let still = scene.database.count(granted).await;
        assert_eq!(still, 1, "whoever might read it may read it still: {granted}");
    }
    reader.close().await.unwrap();

    drop(built(&scene.etl104, ONE_DAY, "august").await);
    assert_same("the first again", &digest(&scene.database, "august").await, &first);
    assert_eq!(aside(&scene.database).await, 0);

    drop(built(&scene.etl104, ONE_DAY, "september").await);
    scene.database.change("drop schema september cascade").await;
    drop(built(&scene.etl104, ONE_DAY, "august").await);
    let known = "select string_agg(schema_name, ' ') from etl.as_of_schema";
    assert_eq!(
        scene.database.ask::<String>(known).await,
        "august",
        "what was dropped is forgotten"
    );
}

#[tokio::test]
async fn what_rests_on_an_earlier_one_holds_it() {
    let scene = Scene::new(generated(5)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    drop(built(&scene.etl104, ONE_DAY, "august").await);
    for (made, name, dropped) in [
        (
            "create view public.ours as select resume_id from august.candidate",
            "public.ours",
            "drop view public.ours",
        ),
        (
            "create function public.ours(integer) returns bigint
             begin atomic select count(*) from august.candidate; end",
            "public.ours(integer)",
            "drop function public.ours",
        ),
        (
            "create function public.ours(august.candidate[]) returns text language sql
             return ''",
            "public.ours(august.candidate[])",
            "drop function public.ours",
        ),
        (
            "create table public.ours (company_no text, resume_id text,
                 constraint theirs foreign key (company_no, resume_id) references august.candidate)",
            "theirs on public.ours",
            "drop table public.ours",
        ),
        ("create table august.ours ()", "august.ours", "drop table august.ours"),
        ("create type august.ours as enum ()", "august.ours", "drop type august.ours"),
        (
            "create policy ours on august.candidate using (false)",
            "ours on august.candidate",
            "drop policy ours on august.candidate",
        ),
    ] {
        scene.database.change(made).await;
        let refused = scene.etl104.run(&["as-of", ONE_DAY, "--schema", "august"]).await.exits(2);
        assert!(refused.stderr.contains(&format!("rest on it: {name}\n")), "{}", refused.stderr);
        scene.database.change(dropped).await;
    }
    scene.database.change("create index on august.candidate (full_name)").await;
    drop(built(&scene.etl104, ONE_DAY, "august").await);
}

#[tokio::test]
async fn of_one_that_was_killed_or_stopped_nothing_stays() {
    let scene = Scene::new(generated(10)).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    drop(built(&scene.etl104, ONE_DAY, "august").await);
    let first = digest(&scene.database, "august").await;

    let gate =
        Gate::close(&scene.database, Stand::Update, "etl.as_of_schema", "new.state = 'ready'")
            .await;
    let as_of = ["as-of", TWO_DAYS, "--schema", "august"];
    let killed = scene.etl104.spawn(&as_of);
    gate.somebody_waits().await;
    killed.kill();
    gate.open().await;
    assert_same("the earlier one stands", &digest(&scene.database, "august").await, &first);
    eventually("the killed one's connections are gone", async || {
        let alive = "select count(*) from etl.run where command = 'as-of' and state = 'running'
             and etl.is_run_alive(run_id)";
        scene.database.count(alive).await == 0
    })
    .await;
    assert_eq!(aside(&scene.database).await, 1);

    let mut holder = sqlx::PgConnection::connect_with(scene.database.options()).await.unwrap();
    let hold = "begin; lock table recruiting.candidate in access exclusive mode";
    sqlx::raw_sql(hold).execute(&mut holder).await.unwrap();
    let stopped = scene.etl104.spawn(&as_of);
    eventually("it begins to make the tables", async || {
        let waiting = "select count(*) from pg_locks
             where relation = 'recruiting.candidate'::regclass and not granted";
        scene.database.count(waiting).await > 0
    })
    .await;
    assert_eq!(aside(&scene.database).await, 0, "the next one drops it first");
    stopped.signal("TERM");
    holder.close().await.unwrap();
    let stopped = stopped.finish().await.exits(143);
    assert!(stopped.stderr.contains("august was not built"), "{}", stopped.stderr);
    assert_eq!(aside(&scene.database).await, 0);
    assert_same("the earlier one stands", &digest(&scene.database, "august").await, &first);
}

#[tokio::test]
async fn rows_that_postgres_refuses_leave_out_their_own_resume_alone() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let everybody = scene.database.count("select count(*) from recruiting.candidate").await;
    scene
        .database
        .change(
            "do $$ begin execute format('alter table recruiting.candidate add constraint refusal
                 check (resume_id <> %L) not valid', (select max(resume_id) from recruiting.candidate));
             end $$",
        )
        .await;
    let as_of = ["as-of", ONE_DAY, "--schema", "august", "--output", "json"];
    let summary = scene.etl104.run(&as_of).await.exits(3).summary();
    assert_eq!(summary["people"], everybody - 1);
    assert!(summary["failures"][0]["at"].as_str().unwrap().starts_with("resume "), "{summary}");
    assert_eq!(scene.database.count("select count(*) from august.candidate").await, everybody - 1);
}

#[tokio::test]
async fn one_company_alone_beside_a_run() {
    let scene = Scene::new(generated(30)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    let other = Company { no: "12345675".into(), ..Company::demo(FIRST_DAY) };
    let settings = scene.settings.clone().company(other);
    let live = scene.spawn(TWO_DAYS);
    let alone = Etl104::new(&settings)
        .run(&["as-of", ONE_DAY, "--schema", "august", "--company", COMPANY])
        .await
        .exits(0);
    assert!(alone.stdout.contains("in psql: set search_path = august;"), "{}", alone.stdout);
    drop(live.finish().await.exits(0));
    let (one_day, etl104) = scene.elsewhere().await;
    drop(etl104.run(&["run", "--until", ONE_DAY]).await.exits(0));
    assert_same(
        "beside a run",
        &digest(&scene.database, "august").await,
        &one_day.digest(COMPANY).await,
    );
    let says: String =
        scene.database.ask("select obj_description('august'::regnamespace, 'pg_namespace')").await;
    assert!(says.contains("Companies: 01234567."), "{says}");
}

/// A-1 was seen live on the second day, and the first day was fetched late. Of B-1 nothing but late
/// windows tells: the third day was fetched last, and shows 104's state of today.
#[tokio::test]
async fn under_now_what_was_fetched_late_shows_nobody_as_they_were() {
    let options = Options { answers: Answers::AsNow, ..by_hand() };
    let scene = Scene::with(options, |it| it.text("run", "old_windows", "now")).await;
    let named = |name: &str| json!({"fullName": name});
    scene.simulator.add_listing(applied(SECOND_DAY, 9, "A-1", named("陳甲")));
    let second = scene.settings.clone().without_companies().company(Company::demo(SECOND_DAY));
    drop(Etl104::new(&second).run(&["run", "--until", TWO_DAYS]).await.exits(0));
    scene
        .database
        .change(
            "update raw.sighting set first_fetched_at = window_ends_at + interval '5 min',
                 last_fetched_at = window_ends_at + interval '5 min'",
        )
        .await;
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "A-1", named("陳始")));
    scene.simulator.add_listing(applied(FIRST_DAY, 9, "B-1", named("王始")));
    drop(scene.run(TWO_DAYS).await.exits(0));
    scene.simulator.add_listing(applied(date(2025, 8, 24), 9, "B-1", named("王乙")));
    drop(scene.run("2025-08-25T00").await.exits(0));
    drop(scene.etl104.run(&["reprocess"]).await.exits(0));

    let person = |id: &str, name: &str| (id.to_owned(), name.to_owned());
    for (moment, expected, counts) in [
        (ONE_DAY, vec![], [0, 0, 2]),
        (TWO_DAYS, vec![person("A-1", "陳甲")], [1, 0, 1]),
        ("2025-08-25", vec![person("A-1", "陳甲"), person("B-1", "王乙")], [2, 1, 0]),
    ] {
        let summary = built(&scene.etl104, moment, "past").await;
        let told =
            ["people", "people_on_late_evidence", "people_left_out"].map(|it| summary[it].clone());
        assert_eq!(told, counts, "{moment}");
        let names = "select resume_id, full_name from past.candidate order by 1";
        let people: Vec<(String, String)> = scene.database.rows(names).await;
        assert_eq!(people, expected, "{moment}");
    }
    let said = scene.etl104.run(&["as-of", TWO_DAYS, "--schema", "past"]).await.exits(0).stdout;
    assert!(said.contains("1 more were listed by then and are left out"), "{said}");
}
