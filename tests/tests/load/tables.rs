//! The tables themselves: partitions, comments, keys.

use model::CompanyNo;
use model::Source::Applied;
use sqlx::{Connection, PgConnection};

use crate::world::{World, full, shown};

#[tokio::test]
async fn each_company_has_partitions_of_its_own() {
    let world = World::new().await;
    let other: CompanyNo = "76543210".parse().unwrap();
    // Twice, and both at once.
    tokio::join!(world.add_company(&other), world.add_company(&other));
    world.add_company(&other).await;
    let partitions = "select count(*) from pg_tables where schemaname = 'recruiting_partition'";
    assert_eq!(world.rows::<(i64,)>(partitions).await, [(40,)]);
    world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    let rows = "select (select count(*) from recruiting_partition.education_01234567)
        - (select count(*) from recruiting.education)";
    assert_eq!(world.rows::<(i64,)>(rows).await, [(0,)]);
    let orphan = "insert into recruiting.certificate values ('76543210', '7001', 1, 'x', 'common')";
    let refused = sqlx::query(orphan).execute(world.database.pool()).await.unwrap_err();
    let refused = refused.as_database_error().unwrap();
    assert_eq!(refused.constraint(), Some("certificate_candidate_fkey"));
}

#[tokio::test]
async fn a_partition_that_is_absent_is_no_refusal_of_what_rows_hold() {
    let world = World::new().await;
    let pool = world.database.pool();
    let row = "insert into recruiting.certificate values ('01234567', '7001', 1, 'x', 'common')";
    let orphan = sqlx::query(row).execute(pool).await.unwrap_err();
    assert!(database::refusal_of_values(&orphan).unwrap().contains("certificate_candidate_fkey"));
    let detach = "alter table recruiting.certificate
        detach partition recruiting_partition.certificate_01234567";
    sqlx::query(detach).execute(pool).await.unwrap();
    let absent = sqlx::query(row).execute(pool).await.unwrap_err();
    assert_eq!(database::refusal_of_values(&absent), None);
    world.add_company(&"01234567".parse().unwrap()).await;
    let attached = sqlx::query(row).execute(pool).await.unwrap_err();
    assert!(database::refusal_of_values(&attached).is_some(), "it is attached again");
}

#[tokio::test]
async fn everything_explains_itself_in_two_languages() {
    let world = World::new().await;
    let silent = "
        select format('%s.%s.%s', n.nspname, c.relname, coalesce(a.attname, '*'))
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname in ('raw', 'recruiting', 'mart', 'masked', 'etl') and c.relkind in ('r', 'p', 'v', 'm')
          and (coalesce(obj_description(c.oid, 'pg_class'), '') !~ E'^[^\\n]+\\n.*[\\u4e00-\\u9fff]'
            or coalesce(col_description(c.oid, a.attnum), '') !~ E'^[^\\n]+\\n.*[\\u4e00-\\u9fff]')";
    assert_eq!(world.texts(silent).await, Vec::<String>::new());
    let silent = "
        select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('raw', 'recruiting', 'mart', 'masked', 'etl')
          and coalesce(obj_description(p.oid, 'pg_proc'), '') !~ E'^[^\\n]+\\n.*[\\u4e00-\\u9fff]'";
    assert_eq!(world.texts(silent).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_company_leads_every_key_and_people_can_be_found() {
    let world = World::new().await;
    let hidden = "
        select c.relname::text from pg_class c
        where c.relnamespace = 'recruiting'::regnamespace and c.relkind = 'p'
          and not exists (
            select from pg_index i where i.indrelid = c.oid and i.indisprimary
              and pg_get_indexdef(i.indexrelid) like '%(company_no, resume_id%')
        union all
        select c.relname::text from pg_class c
        where c.relnamespace = 'raw'::regnamespace and c.relkind = 'r' and c.relname <> 'file_object'
          and not exists (
            select from pg_index i where i.indrelid = c.oid
              and pg_get_indexdef(i.indexrelid) like '%(company_no, resume_id%')";
    assert_eq!(world.texts(hidden).await, Vec::<String>::new());
}

/// A column that a migration adds is compressed by the server's default, unless it says otherwise.
#[tokio::test]
async fn long_texts_are_compressed_by_lz4() {
    let world = World::new().await;
    let otherwise = "
        select format('%s.%s', c.oid::regclass, a.attname)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace in ('recruiting'::regnamespace, 'recruiting_partition'::regnamespace)
          and c.relkind in ('r', 'p') and a.attstorage in ('x', 'm') and a.attcompression <> 'l'";
    assert_eq!(world.texts(otherwise).await, Vec::<String>::new());
}

/// How many rows this session has read of people's tables of late.
async fn read(conn: &mut PgConnection) -> i64 {
    let read = "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint
        from pg_stat_xact_user_tables where schemaname like 'recruiting%'";
    sqlx::query_scalar(read).fetch_one(conn).await.unwrap()
}

/// By the row's own keys and by those that its foreign keys look up. The connection plans all of it while nobody is there, as
/// Postgres knows by then, and keeps the plans.
#[tokio::test]
async fn a_new_person_s_rows_are_put_in_by_keys_alone() {
    let world = World::new().await;
    world.database.change("analyze").await;
    let mut session = world.database.pool().acquire().await.unwrap();
    let settings = world.settings(transform::TRANSFORM_VERSION);
    let mut reads = Vec::new();
    for number in 0..50 {
        let shown = shown(Applied, 2, 1, &full("甲公司", "p1")).of(&number.to_string());
        world.keep(&shown).await;
        let mut tx = session.begin().await.unwrap();
        let before = read(&mut tx).await;
        let ids = [shown.id];
        load::person::recompute(&mut tx, &settings, &ids, &transform::interpret).await.unwrap();
        reads.push(read(&mut tx).await - before);
        tx.commit().await.unwrap();
    }
    assert!(reads[0] > 0 && reads.iter().all(|read| *read == reads[0]), "{reads:?}");
}
