//! What earlier versions left in a database, and migrations find.

use acceptance::ONE_DAY;
use sqlx::{ConnectOptions, Connection};

use super::{FIRST_RELEASE, assert_says, fingerprint, migrated_to, on};

/// A window with one person, as the first release left them.
const ROWS: &str = "
    insert into etl.installation (environment, token_origin, base_origin)
    values ('custom', 'http://127.0.0.1:1', 'http://127.0.0.1:1');
    insert into etl.run (run_id, command, program_version, transform_version, state, ended_at)
    values ('0193a000-0000-7000-8000-000000000001', 'run', '0.1.0', 1, 'complete', now());
    insert into etl.fetch_window (company_no, source, window_on, start_hour, end_hour, starts_at,
        ends_at, state, is_listed, listed, stored, first_listed_at, last_listed_at, closed_at)
    values ('01234567', 'applied', '2025-08-22', 0, 24, '2025-08-22 00:00+08', '2025-08-23 00:00+08',
        'closed', true, 1, 1, '2025-08-24', '2025-12-24', '2025-08-24');
    insert into raw.resume_document (company_no, resume_id, content_hash, hash_rule, document,
        byte_length, first_fetched_at)
    select '01234567', 'R-1', sha256('R-1'), 1, document, octet_length(document), '2025-08-24'
    from (values ('{\"idno\": \"R-1\", \"fullNameEng\": \"Somebody\"}')) as given (document);
    insert into raw.sighting (company_no, resume_id, source, window_id, window_starts_at,
        window_ends_at, document_id, first_fetched_at, last_fetched_at)
    select '01234567', 'R-1', 'applied', window_id, starts_at, ends_at, document_id, '2025-08-24',
        '2025-08-24' from etl.fetch_window, raw.resume_document;
    insert into etl.window_item (window_id, company_no, resume_id, position, state, document_id, settled_at)
    select window_id, '01234567', 'R-1', 1, 'stored', document_id, now()
    from etl.fetch_window, raw.resume_document;
    insert into etl.rejection (company_no, resume_id, window_id, run_id, code, reason, remedy, payload)
    select '01234567', 'R-2', window_id, run_id, 'id_refused', 'why', 'what helps', 'payload'
    from etl.fetch_window, etl.run;
    select recruiting.add_company('01234567');
    insert into recruiting.candidate (company_no, resume_id, first_listed_at, last_listed_at,
        listed_precision, newest_source, document_id, document_count, version_count, _etl_run_id,
        _etl_extracted_at, _etl_loaded_at, _etl_transform_version, _etl_notes, _etl_fingerprint)
    select '01234567', 'R-1', '2025-08-22', '2025-08-22', 'day', 'applied', document_id, 1, 1,
        '0193a000-0000-7000-8000-000000000001', now(), now(), 1, '[]', sha256('R-1')
    from raw.resume_document;";

/// How many rows each table holds that was filled.
const COUNTED: &str = "
    select 'run', count(*) from etl.run union all select 'window', count(*) from etl.fetch_window
    union all select 'item', count(*) from etl.window_item
    union all select 'rejection', count(*) from etl.rejection
    union all select 'document', count(*) from raw.resume_document
    union all select 'sighting', count(*) from raw.sighting
    union all select 'candidate', count(*) from recruiting.candidate";

#[tokio::test]
async fn what_the_first_release_left_survives_all_later_migrations() {
    let database = migrated_to(FIRST_RELEASE).await;
    sqlx::raw_sql(ROWS).execute(database.pool()).await.unwrap();
    let before: Vec<(String, i64)> = database.rows(COUNTED).await;
    assert!(before.iter().all(|(_, rows)| *rows == 1), "{before:?}");
    let (_scene, etl104) = on(&database).await;
    let (unchanged, told) = (fingerprint(&database).await, ["0061: Places", "etl104 reprocess"]);
    let foretold = etl104.run(&["migrate", "--dry-run"]).await.exits(0);
    assert_eq!(fingerprint(&database).await, unchanged);
    let migrated = etl104.run(&["migrate"]).await.exits(0);
    for words in told {
        assert_says(&foretold, words);
        assert_says(&migrated, words);
    }
    assert_eq!(database.rows::<(String, i64)>(COUNTED).await, before);

    // And today's code reads them.
    drop(etl104.run(&["reprocess"]).await.exits(0));
    database.assert_sound().await;
    let mut connection = database.options().connect().await.unwrap();
    let version: i64 = sqlx::query_scalar("select count(*) from recruiting.candidate_version")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(version, 1);
    connection.close().await.unwrap();
    drop(etl104.run(&["run", "--until", ONE_DAY]).await.exits(0));
    assert_eq!(database.count("select count(*) from recruiting.candidate").await, 1);
}

/// A rebuild aside as version 73 left it, killed when its tables stood: the first of three events is told.
const HALF_TOLD: &str = "
    select etl.begin_aside('aside_1_01234567', '01234567', '0193a000-0000-7000-8000-000000000001');
    update etl.aside set swapped_at = now(), told_place = 1;
    create table aside_1_01234567.event (place, resume_id, kind, changed_fields, document_id, job_no, applied_text,
        unnumbered_job_name, applied_on, file_role, file_item_no, file_state)
    as values (1::bigint, 'R-1', 'new', '{}'::text[], 1::bigint, null, null, null, null::date, null, null::integer, null),
        (2, 'R-1', 'applied', '{}', 1, '7', '2025/08/22', '', '2025-08-22', null, null, null),
        (3, 'R-2', 'removed', '{}', null, null, null, null, null, null, null, null);
    insert into recruiting.change (change_no, company_no, resume_id, kind, changed_fields, document_id, run_id, changed_at)
    select 1, company_no, 'R-1', 'new', '{}', 1, run_id, now() from etl.aside;
    insert into etl.change_counter (last_no) values (1) on conflict (is_only) do update set last_no = 1";

#[tokio::test]
async fn what_an_earlier_version_had_swapped_and_not_told_is_told_by_the_migration() {
    let database = migrated_to(73).await;
    sqlx::raw_sql("select recruiting.add_company('01234567')")
        .execute(database.pool())
        .await
        .unwrap();
    sqlx::raw_sql(HALF_TOLD).execute(database.pool()).await.unwrap();
    let (_scene, etl104) = on(&database).await;
    drop(etl104.run(&["migrate"]).await.exits(0));
    let told: Vec<(i64, String, String)> =
        database.rows("select change_no, resume_id, kind from recruiting.change order by 1").await;
    let expected = [(1, "R-1", "new"), (2, "R-1", "applied"), (3, "R-2", "removed")];
    assert_eq!(told, expected.map(|(no, id, kind)| (no, id.to_owned(), kind.to_owned())));
    assert_eq!(database.ask::<i64>("select last_no from etl.change_counter").await, 3);
    let left = "select (select count(*) from etl.aside) + count(*) from pg_namespace where nspname ~ '^aside_'";
    assert_eq!(database.count(left).await, 0);
}
