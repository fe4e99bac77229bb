//! The marts, against what somebody who reads the resumes would count by hand.

use model::Source::{Applied, Matched, Saved};

use crate::world::{Shown, World, full, shown};

/// Two resumes of one member: the older one with a job, saved by the company; the newer one without,
/// with two degrees of one rank. Both list one application, the newer one two more.
const OLDER: &str = r#"{"resumeId":"m-2","fullName":"陳大文","employmentStatus":"仍在職",
    "jobRequirement":{"wage":"月薪 52000元以上","workPlace":"新北市"},
    "experiences":[{"firmName":"丙公司","jobName":"店員","startDate":"2015-01","endDate":"2016-01"}],
    "speciality":[{"skill":"PYTHON"}],
    "applyJob":[{"applyDate":"2026-10-30","name":"後端工程師","jobNo":"j1","applySource":"主動"}]}"#;
const NEWER: &str = r#"{"resumeId":"m-2","fullName":"陳大文","employmentStatus":"待業中",
    "jobRequirement":{"wage":"月薪 52000元以上","workPlace":"台中市"},
    "education":[{"schoolName":"清大","degreeLevel":"碩士"},{"schoolName":"交大","degreeLevel":"碩士"}],
    "applyJob":[{"applyDate":"2026-10-30","name":"後端工程師","jobNo":"j1","applySource":"主動"},
        {"name":"工讀生"},
        {"applyDate":"2026-11-04","name":"資深後端工程師","jobNo":"j1","applySource":"主動"}],
    "applyQuestion":[{"type":3,"question":"何時到職?","answer":"下月"}]}"#;
/// Nobody's member, without anything that the marts could show.
const BARE: &str = r#"{"fullName":"林小明","jobRequirement":{"wage":"看公司誠意"}}"#;

/// A person of three hours and two versions, the two resumes of one member, and a bare one.
async fn four_resumes() -> World {
    let world = World::new().await;
    let of = |one: Shown, who: &str| one.of(who);
    world
        .see(&[
            shown(Matched, 1, 9, &full("甲公司", "p1")),
            shown(Applied, 3, 9, &full("甲公司", "p1")),
            shown(Applied, 3, 23, &full("乙公司", "p1")),
        ])
        .await;
    world.see(&[of(shown(Saved, 2, 9, OLDER), "7002")]).await;
    world.see(&[of(shown(Applied, 5, 9, NEWER), "7003")]).await;
    world.see(&[of(shown(Matched, 4, 9, BARE), "7004")]).await;
    assert!(is_refreshed(&world).await);
    world
}

async fn is_refreshed(world: &World) -> bool {
    world.rows::<(bool,)>("select mart.refresh_marts()").await[0].0
}

/// The rows of a mart, each as one line.
async fn lines(world: &World, columns: &str, mart: &str) -> Vec<String> {
    let question = format!("select concat_ws(' | ', {columns}) from mart.{mart} order by 1");
    world.texts(&question).await
}

#[tokio::test]
async fn the_overview_has_one_row_a_member_by_the_newest_resume() {
    let world = four_resumes().await;
    let people = "candidate_key, resume_id, resume_count, full_name, coalesce(firm_name, '-'),
        coalesce(degree_rank::text, '-'), coalesce(school_name, '-'), sources, application_count,
        coalesce(last_applied_on::text, '-'), version_count, note_count";
    assert_eq!(
        lines(&world, people, "candidate_overview").await,
        [
            "01234567/member m-1 | 7001 | 1 | 王小明 | 乙公司 | 60 | 台大 | {applied,matched} | 1 | 2026-11-02 | 2 | 0",
            "01234567/member m-2 | 7003 | 2 | 陳大文 | - | 60 | 清大 | {applied,saved} | 3 | 2026-11-04 | 1 | 0",
            "01234567/resume 7004 | 7004 | 1 | 林小明 | - | - | - | {matched} | 0 | - | 1 | 1",
        ]
    );
    let rest =
        "resume_id, coalesce(wage_monthly_min::text, '-'), coalesce(wage_monthly_max::text, '-'),
        coalesce(work_place, '-'), skills, coalesce(photo_state, '-'), files_stored, files_pending,
        first_listed_at at time zone 'Asia/Taipei', last_listed_on";
    assert_eq!(
        lines(&world, rest, "candidate_overview").await,
        [
            "7001 | 40000 | 50000 | 台北市 | {numpy,pandas,python,rust,sql} | pending | 0 | 2 | 2026-11-01 10:00:00 | 2026-11-03",
            "7003 | 52000 | - | 台中市 | {} | - | 0 | 0 | 2026-11-02 10:00:00 | 2026-11-05",
            "7004 | - | - | - | {} | - | 0 | 0 | 2026-11-04 10:00:00 | 2026-11-04",
        ]
    );
    // It was a moment ago; then nothing was written since.
    let soon = world.rows::<(bool,)>("select mart.refresh_marts('1 hour')").await;
    world.database.change("update mart.refresh set complete_until = now()").await;
    assert!(!soon[0].0 && !is_refreshed(&world).await);
    // Codes of the company's own change what is kept.
    world.database.change("insert into mart.code values ('01234567', 'degree', '碩士', 'M')").await;
    assert!(is_refreshed(&world).await);
    let coded = "resume_id, degree, coalesce(degree_code, '-')";
    assert_eq!(
        lines(&world, coded, "candidate_overview").await,
        ["7001 | 碩士 | M", "7003 | 碩士 | M", "7004 | -"]
    );
    let unmapped = "kind, words, candidate_count";
    assert_eq!(
        lines(&world, unmapped, "unmapped_word where kind in ('degree', 'employment', 'city')")
            .await,
        ["city | 臺中市 | 1", "city | 臺北市 | 1", "employment | 待業中 | 1"]
    );
}

#[tokio::test]
async fn applications_and_jobs_count_what_people_sent() {
    let world = four_resumes().await;
    let applications = "candidate_key, resume_id, job_no, unnumbered_job_name, applied_text, job_name,
        first_source, sources, coalesce(firm_name_then, '-'), coalesce(answers #>> '{0,answer}', '-'), first_listed_on";
    assert_eq!(
        lines(&world, applications, "application_overview").await,
        [
            "01234567/member m-1 | 7001 | j1 |  | 2026-11-02 | 後端工程師 | matched | {applied,matched} | 甲公司 | 是 | 2026-11-01",
            "01234567/member m-2 | 7002 | j1 |  | 2026-10-30 | 後端工程師 | saved | {saved} | 丙公司 | - | 2026-11-02",
            "01234567/member m-2 | 7003 |  | 工讀生 |  | 工讀生 | applied | {applied} | - | - | 2026-11-05",
            "01234567/member m-2 | 7003 | j1 |  | 2026-10-30 | 後端工程師 | applied | {applied} | - | - | 2026-11-05",
            "01234567/member m-2 | 7003 | j1 |  | 2026-11-04 | 資深後端工程師 | applied | {applied} | - | 下月 | 2026-11-05",
        ]
    );
    let jobs = "job_no, unnumbered_job_name, job_name, application_count, applicant_count,
        applicants_shown_first_as_matched, applicants_shown_first_as_saved, applicants_shown_first_as_applied,
        applicants_with_master_or_more, coalesce(first_applied_on::text, '-'), coalesce(last_applied_on::text, '-'),
        applications_without_date";
    assert_eq!(
        lines(&world, jobs, "job_overview").await,
        [
            " | 工讀生 | 工讀生 | 1 | 1 | 0 | 0 | 1 | 1 | - | - | 1",
            "j1 |  | 資深後端工程師 | 4 | 2 | 1 | 1 | 1 | 2 | 2026-10-30 | 2026-11-04 | 0",
        ]
    );
    let daily = "on_date, week_starts_on, is_date_of_application, job_no, first_source, application_count, applicant_count";
    assert_eq!(
        lines(&world, daily, "application_daily").await,
        [
            "2026-10-30 | 2026-10-26 | t | j1 | applied | 1 | 1",
            "2026-10-30 | 2026-10-26 | t | j1 | saved | 1 | 1",
            "2026-11-02 | 2026-11-02 | t | j1 | matched | 1 | 1",
            "2026-11-04 | 2026-11-02 | t | j1 | applied | 1 | 1",
            "2026-11-05 | 2026-11-02 | f |  | applied | 1 | 1",
        ]
    );
}

#[tokio::test]
async fn the_pool_counts_people_and_not_resumes() {
    let world = four_resumes().await;
    assert_eq!(
        lines(&world, "sources, candidate_count", "source_overlap").await,
        ["{applied,matched} | 1", "{applied,saved} | 1", "{matched} | 1"]
    );
    assert_eq!(
        lines(&world, "place, term, skill, candidate_count", "skill_demand where term like '%y%'")
            .await,
        ["1 | numpy | numpy | 1", "1 | python | PYTHON | 1"]
    );
    assert_eq!(
        lines(&world, "dimension, value, candidate_count", "pool").await,
        [
            "degree | 碩士 | 2",
            "employment | 待業中 | 1",
            "language | 台語 | 1",
            "language | 英文 | 1",
            "place | 臺中市 | 1",
            "place | 臺北市 | 1",
            "wage_band | 40000 to 49999 | 1",
            "wage_band | 50000 to 59999 | 1",
        ]
    );
}

#[tokio::test]
async fn the_monthly_pool_is_what_was_valid_at_each_months_end() {
    let world = World::new().await;
    let at = |month: i8, json: &str| {
        let on = jiff::civil::date(2026, month, 1).last_of_month();
        // The last hour of a month ends at midnight: it is the month's still.
        crate::world::within(Applied, on, 23, 24, json)
    };
    world.see(&[at(7, OLDER), at(9, NEWER)]).await;
    // Another resume of the same member, from October on: a person counts once, by the version that began last.
    world.see(&[at(10, &NEWER.replace("台中市", "高雄市、新北市")).of("7004")]).await;
    assert!(is_refreshed(&world).await);
    let known = "pool_monthly where dimension = 'place' and month_ends_on <= '2026-10-31'";
    assert_eq!(
        lines(&world, "month_ends_on, value, candidate_count", known).await,
        [
            "2026-07-31 | 新北市 | 1",
            "2026-08-31 | 新北市 | 1",
            "2026-09-30 | 臺中市 | 1",
            "2026-10-31 | 新北市 | 1",
            "2026-10-31 | 高雄市 | 1"
        ]
    );
    // Whenever this is run: the newest month is the one that ended last.
    let ends = "every(month_ends_on < mart.taiwan_date(now())),
        max(month_ends_on) + 1 = date_trunc('month', now() at time zone 'Asia/Taipei')::date";
    assert_eq!(lines(&world, ends, "pool_monthly").await, ["t | t"]);
}

#[tokio::test]
async fn files_and_notes_name_their_person() {
    let world = four_resumes().await;
    assert_eq!(
        lines(
            &world,
            "candidate_key, role, item_no, state, is_in_newest_document",
            "candidate_file where is_in_newest_document"
        )
        .await,
        [
            "01234567/member m-1 | attachment | 1 | pending | t",
            "01234567/member m-1 | headshot | 1 | pending | t",
        ]
    );
    assert_eq!(
        lines(&world, "candidate_key, table_name, column_name, words", "note").await,
        ["01234567/resume 7004 | job_preference | wage_kind | 看公司誠意"]
    );
    assert_eq!(
        lines(&world, "table_name, column_name, words, note_count, candidate_count", "unread_form")
            .await,
        ["job_preference | wage_kind | 看公司誠意 | 1 | 1"]
    );
    assert_eq!(
        lines(&world, "candidate_key, version_no, table_name", "candidate_change").await,
        ["01234567/member m-1 | 2 | experience"]
    );
}

#[tokio::test]
async fn a_search_finds_words_of_any_length_in_all_that_people_wrote() {
    let world = four_resumes().await;
    let found = async |words: &str| {
        let hits = format!("search('{words}')");
        lines(&world, "resume_id, found_in", &hits).await
    };
    assert_eq!(found("店員").await, ["7002 | {job}"]);
    assert_eq!(found("員").await, ["7002 | {job}"]);
    assert_eq!(found("rust").await, ["7001 | {job,skill}"]);
    assert_eq!(found("ＰＹＴＨＯＮ").await, ["7001 | {skill}", "7002 | {skill}"]);
    // All words, wherever they stand.
    assert_eq!(found("自傳 rust 工程").await, ["7001 | {biography,job,skill}"]);
    assert_eq!(found("自傳 cobol").await, [""; 0]);
    // Marks of patterns are letters here.
    for nothing in ["", "  ", "%", "_", "100%"] {
        assert_eq!(found(nothing).await, [""; 0], "{nothing:?}");
    }
    let excerpt = world.texts("select excerpt from mart.search('自傳')").await;
    assert!(excerpt[0].contains("自傳"), "{excerpt:?}");
}
