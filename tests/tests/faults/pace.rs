//! The shared pace, whatever the interleaving: the start times that it hands out, by the database's own clock.

use std::collections::BTreeMap;
use std::time::Duration;

use acceptance::TestDatabase;
use database::{Rank, SharedPace, Start};
use sqlx::postgres::PgPoolOptions;

const CREDENTIAL: [u8; 32] = [7; 32];

/// Writes down every start time and every throttle in the order in which the pace's row took them.
const JOURNAL: &str = "
    create table handed_out (
        number bigint generated always as identity, starts_at timestamptz, throttled_until timestamptz);
    create function write_down() returns trigger language plpgsql as $$ begin
        if tg_op = 'INSERT' or new.slots > old.slots then
            insert into handed_out (starts_at)
            values (new.next_start_at - make_interval(secs => new.interval_ms / 1000));
        elsif new.throttles > old.throttles then
            insert into handed_out (throttled_until) values (new.next_start_at);
        end if;
        return new;
    end $$;
    create trigger write_down after insert or update on etl.pace for each row execute function write_down()";

/// Number, start, and until when a throttle lasts.
type Row = (i64, Option<f64>, Option<f64>);

/// Some processes with a few tasks each take slots, tell of throttles, rest, and give up half-way. One task of each
/// process, or none, is a backfill's: it asks again as it is told, and leaves once it has waited long.
async fn check(base: Duration, longest_rest: u64, longest_throttle: u64, backfills: u64) {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(JOURNAL).execute(database.pool()).await.unwrap();
    // A throttle follows a call, and a call a slot.
    let first = SharedPace::new(database.pool().clone(), CREDENTIAL, base);
    first.next_start().await.unwrap();
    let process = async |seed: u64| {
        let pool =
            PgPoolOptions::new().max_connections(3).connect_lazy_with(database.options().clone());
        let task = async |seed: u64| {
            let rank = if seed % 100 < backfills { Rank::Backfill } else { Rank::Schedule };
            let pace = SharedPace::new(pool.clone(), CREDENTIAL, base).of_rank(rank);
            let mut dice = dice(seed);
            let mut last_slot = 0;
            for _ in 0..40 {
                match dice(10) {
                    0 => drop(
                        pace.throttled(Some(Duration::from_millis(dice(longest_throttle + 1))))
                            .await,
                    ),
                    // Cancelled at any point: the slot may be lost, no other may come sooner.
                    1 => {
                        let patience = Duration::from_micros(dice(3_000));
                        drop(tokio::time::timeout(patience, pace.next_start()).await);
                    }
                    2 if rank == Rank::Schedule => pace.leave(last_slot).await.unwrap(),
                    3 => drop(pace.urgent_start().await.unwrap()),
                    _ => match pace.next_start().await.unwrap() {
                        Start::At { slot, .. } => last_slot = slot,
                        Start::NotYet { wait, .. } => {
                            assert_eq!(rank, Rank::Backfill, "a schedule is never told to wait");
                            let patience = Duration::from_millis(dice(5));
                            tokio::time::sleep(wait.min(patience)).await;
                        }
                    },
                }
                tokio::time::sleep(Duration::from_millis(dice(longest_rest + 1))).await;
            }
        };
        futures::future::join_all((0..3).map(|number| task(seed * 100 + number))).await;
    };
    futures::future::join_all((1..4).map(process)).await;

    let rows: Vec<Row> = database
        .rows(
            "select number, extract(epoch from starts_at)::double precision,
                 extract(epoch from throttled_until)::double precision
             from handed_out order by number",
        )
        .await;
    let mut not_before = f64::MIN;
    let mut starts = Vec::new();
    for (number, start, throttled_until) in rows {
        if let Some(until) = throttled_until {
            not_before = not_before.max(until);
        }
        if let Some(start) = start {
            assert!(start > not_before - 1e-5, "start {number} comes within a throttle");
            starts.push(start);
        }
    }
    let least = if backfills == 0 { 250 } else { 20 };
    assert!(starts.len() > least, "{} starts", starts.len());
    starts.sort_by(f64::total_cmp);
    // Three may start in the time of three intervals, whatever second one looks at; the fourth comes after it.
    let tightest = starts.windows(4).map(|four| four[3] - four[0]).fold(f64::MAX, f64::min);
    assert!(tightest > 3.0 * base.as_secs_f64() - 1e-4, "four starts within {tightest} s");
}

/// Numbers below a bound that look random and are the same each time.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % bound
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_four_calls_start_in_any_second_at_the_real_pace() {
    check(Duration::from_millis(350), 0, 2_000, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nor_do_they_where_schedules_and_backfills_mix() {
    tokio::join!(
        check(Duration::from_millis(350), 0, 2_000, 1),
        check(Duration::from_millis(5), 40, 30, 1),
        check(Duration::from_millis(5), 20, 20, 3),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nor_do_they_where_everybody_rests_between() {
    check(Duration::from_millis(5), 60, 30, 0).await;
}

#[tokio::test]
async fn whoever_comes_after_a_late_start_starts_as_much_later() {
    let database = TestDatabase::create().await;
    let base = Duration::from_millis(350);
    let pace = SharedPace::new(database.pool().clone(), CREDENTIAL, base);
    let take = async || {
        let Start::At { moment, slot } = pace.next_start().await.unwrap() else { unreachable!() };
        (moment, slot)
    };
    let (_, late) = take().await;
    for taken_since in 0..3_u32 {
        tokio::time::sleep(base * taken_since + Duration::from_millis(50)).await;
        let now = std::time::Instant::now();
        assert!(pace.starts_late(late).await.unwrap(), "after {taken_since} more");
        let (moment, _) = take().await;
        let least = base * (taken_since + 1);
        assert!(moment >= now + least, "{:?} is less than {least:?}", moment - now);
    }
    assert!(!pace.starts_late(late).await.unwrap(), "all of its second were taken");
}

/// Some processes start calls, some of them late by up to three intervals.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn late_starts_bring_no_fourth_into_a_second() {
    let database = TestDatabase::create().await;
    sqlx::raw_sql(JOURNAL).execute(database.pool()).await.unwrap();
    let base = Duration::from_millis(350);
    let now = async || {
        let now = "select extract(epoch from clock_timestamp())::double precision";
        database.rows::<(f64,)>(now).await[0].0
    };
    let process = async |seed: u64| {
        let pace = SharedPace::new(database.pool().clone(), CREDENTIAL, base);
        let (mut dice, mut late) = (dice(seed), Vec::new());
        for _ in 0..16 {
            let Start::At { moment, slot } = pace.next_start().await.unwrap() else {
                unreachable!("only a backfill is told to wait")
            };
            tokio::time::sleep_until(moment.into()).await;
            if dice(3) == 0 {
                tokio::time::sleep(Duration::from_millis(dice(1_050))).await;
                let started = now().await;
                late.push((slot, pace.starts_late(slot).await.unwrap().then_some(started)));
            }
        }
        late
    };
    let late: BTreeMap<i64, Option<f64>> =
        futures::future::join_all((1..4).map(process)).await.into_iter().flatten().collect();
    let rows: Vec<(i64, f64)> = database
        .rows("select number, extract(epoch from starts_at)::double precision from handed_out where starts_at is not null")
        .await;
    assert_eq!(rows.len(), 48);
    assert!(late.len() > 8, "{} late ones", late.len());
    let started = rows.iter().filter_map(|(slot, at)| late.get(slot).copied().unwrap_or(Some(*at)));
    let mut starts: Vec<f64> = started.collect();
    starts.sort_by(f64::total_cmp);
    let tightest = starts.windows(4).map(|four| four[3] - four[0]).fold(f64::MAX, f64::min);
    assert!(tightest > 3.0 * base.as_secs_f64() - 1e-4, "four starts within {tightest} s");
}

#[tokio::test]
async fn a_throttle_eases_back_step_by_step_and_a_longer_way_of_another_process_at_once() {
    let database = TestDatabase::create().await;
    let knows_nothing =
        SharedPace::new(database.pool().clone(), CREDENTIAL, Duration::from_millis(100));
    let knows_its_way = knows_nothing.at_interval(Duration::from_millis(80));
    let after = async |pace: &SharedPace| {
        pace.next_start().await.unwrap();
        database.rows::<(f64,)>("select interval_ms from etl.pace").await[0].0
    };
    let mut seen = Vec::new();
    for pace in [&knows_nothing, &knows_its_way, &knows_nothing] {
        seen.push(after(pace).await);
    }
    assert_eq!(seen, [100.0, 80.0, 100.0]);

    knows_nothing.throttled(None).await.unwrap();
    let mut eased = 150.0;
    while eased > 100.0 {
        eased *= 0.98;
        let interval = after(&knows_its_way).await;
        assert!((interval - eased).abs() < 1e-9, "{interval} is not {eased}");
    }
    assert_eq!(after(&knows_its_way).await.to_bits(), 80_f64.to_bits());
}
