//! What follows for one person.

use acceptance::assert_same;
use jiff::civil::date;
use load::person::{OldWindows, PersonState};
use model::Source::{Applied, Matched};

use crate::world::{World, full, id, shown, states, within};

const VERSIONS: &str = "select version_no, document_id, is_late, is_current,
    array_to_string(changed_fields, ' ') from recruiting.candidate_version order by version_no";
type Row = (String, String, String, String, String, String, String);
type Version = (i32, i64, bool, bool, String);

#[tokio::test]
async fn a_full_document_fills_every_table() {
    let world = World::new().await;
    let result = world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    assert_eq!(result.state, PersonState::Written);
    let digest = world.digest().await;
    let empty: Vec<_> =
        digest.iter().filter(|table| table.rows == 0).map(|table| table.table).collect();
    assert_eq!(empty, ["candidate_change"], "a first version changes nothing");
    let row = "select member_no, full_name, highest_degree_level, degree_rank::text,
        unknown_fields->>'zodiac', listed_precision, newest_source
        from recruiting.candidate where first_listed_at = '2026-11-03 10:00+08'";
    let expected = ["m-1", "王小明", "碩士", "60", "虎", "hour", "applied"].map(str::to_owned);
    let rows = world.rows::<Row>(row).await;
    let [(member, name, degree, rank, zodiac, precision, source)] = &rows[..] else { panic!() };
    assert_eq!([member, name, degree, rank, zodiac, precision, source].map(Clone::clone), expected);
    let unknown = world.texts("select json_path || ' ' || json_type from etl.unknown_field").await;
    assert_eq!(unknown, ["zodiac string"]);
}

#[tokio::test]
async fn values_stand_beside_their_words() {
    let world = World::new().await;
    let json = r#"{"employmentStatus":"仍在職","militaryStatus":"役畢","address":"220新北市板橋區範例路1號",
        "jobRequirement":{"workPlace":"台北市、新竹縣竹北市"},
        "experiences":[{"firmName":"甲公司","workPlace":"台中市西屯區"}],
        "speciality":[{"skill":"K8s"}],
        "foreignLanguage":[{"langType":"英文","listenDegree":"精通","speakDegree":"中等","readDegree":"略懂",
            "writeDegree":"不懂"}],
        "localLanguage":[{"langType":"台語","degree":"母語"}]}"#;
    world.see(&[shown(Applied, 3, 9, json)]).await;
    for (values, expected) in [
        ("select employment_status || ' ' || is_employed from recruiting.candidate", "仍在職 true"),
        ("select employment_status || ' ' || is_employed || ' ' || work_cities::text
            from recruiting.candidate_version", "仍在職 true {臺北市,新竹縣}"),
        ("select military_status || ' ' || military_state from recruiting.candidate_sensitive", "役畢 served"),
        ("select concat_ws(' ', address, address_city, address_district) from recruiting.candidate_contact",
            "220新北市板橋區範例路1號 新北市 新北市板橋區"),
        ("select concat_ws(' ', work_place, work_cities, work_districts) from recruiting.job_preference",
            "台北市、新竹縣竹北市 {臺北市,新竹縣} {新竹縣竹北市}"),
        ("select concat_ws(' ', work_place, work_city, work_district) from recruiting.experience",
            "台中市西屯區 臺中市 臺中市西屯區"),
        ("select term || ' ' || term_text from recruiting.skill_term", "kubernetes K8s"),
        ("select string_agg(concat_ws(' ', listen_rank, speak_rank, read_rank, write_rank, degree_rank), ', '
            order by item_no) from recruiting.language", "30 20 10 0, 40"),
        ("select _etl_notes::text from recruiting.candidate", "[]"),
    ] {
        assert_eq!(world.texts(values).await, [expected], "{values}");
    }
}

#[tokio::test]
async fn county_and_district_go_with_the_address_they_were_read_from() {
    let world = World::new().await;
    let place = "select concat_ws(' ', address, address_city, address_district) from recruiting.candidate_contact";
    world.see(&[shown(Applied, 3, 9, r#"{"address":"台北市大安區範例路1號"}"#)]).await;
    world.see(&[shown(Matched, 4, 9, r#"{"motto":"日新"}"#)]).await;
    assert_eq!(world.texts(place).await, ["台北市大安區範例路1號 臺北市 臺北市大安區"]);
    world.see(&[shown(Matched, 5, 9, r#"{"address":"範例路2號"}"#)]).await;
    assert_eq!(world.texts(place).await, ["範例路2號"]);
    world.see(&[shown(Matched, 6, 9, r#"{"address":"高雄市範例路3號"}"#)]).await;
    assert_eq!(world.texts(place).await, ["高雄市範例路3號 高雄市"]);
    let notes = "select _etl_notes::text from recruiting.candidate";
    assert_eq!(world.texts(notes).await, ["[]"]);
}

#[tokio::test]
async fn what_did_not_change_is_not_written_again() {
    let world = World::new().await;
    let answer = shown(Applied, 3, 9, &full("甲公司", "p1"));
    world.see(std::slice::from_ref(&answer)).await;
    let before = "select xmin::text from recruiting.candidate";
    let written = world.texts(before).await;
    let again = world.see(&[answer]).await;
    assert_eq!(again.state, PersonState::Unchanged);
    assert_eq!(again.wanted_files.len(), 2, "files are wanted until there is a receipt");
    assert_eq!(world.texts(before).await, written);
}

#[tokio::test]
async fn whoever_is_named_twice_is_read_once() {
    let world = World::new().await;
    let answer = shown(Applied, 3, 9, &full("甲公司", "p1"));
    let who = world.see(std::slice::from_ref(&answer)).await.resume_id;
    let before = world.digest().await;
    for force in [false, true] {
        let twice = [who.clone(), who.clone()];
        let again = world.recompute_all(&twice, force).await;
        assert_eq!(states(&again), [PersonState::Unchanged]);
        assert_same("named once and twice", &before, &world.digest().await);
    }
}

#[tokio::test]
async fn rows_that_older_rules_made_are_written_anew_when_their_person_is_seen_again() {
    let world = World::new().await;
    world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    let as_by_older_rules = "update recruiting.education set school_name = 'read otherwise';
        update recruiting.candidate set _etl_fingerprint = set_byte(_etl_fingerprint, 3, 0)";
    sqlx::raw_sql(as_by_older_rules).execute(world.database.pool()).await.unwrap();
    // The newest document stays the same one.
    world.see(&[shown(Applied, 4, 9, &full("甲公司", "p1"))]).await;
    let left = "select school_name from recruiting.education where school_name = 'read otherwise'";
    assert_eq!(world.texts(left).await, [""; 0]);
}

#[tokio::test]
async fn a_document_that_comes_back_makes_three_versions_of_two_documents() {
    let world = World::new().await;
    let (a, b) = (full("甲公司", "p1"), full("乙公司", "p1"));
    world
        .see(&[
            shown(Applied, 3, 9, &a),
            shown(Applied, 3, 12, &a),
            shown(Applied, 4, 9, &b),
            shown(Applied, 5, 9, &a),
        ])
        .await;
    let versions = world.rows::<Version>(VERSIONS).await;
    let [first, second, third] = &versions[..] else { panic!("{versions:?}") };
    assert_eq!((first.1, first.4.as_str()), (third.1, ""));
    assert_eq!((second.4.as_str(), third.4.as_str()), ("experience", "experience"));
    assert_eq!((first.3, second.3, third.3), (false, false, true));
    let seamless = "select count(*) from recruiting.candidate_version v
        join recruiting.candidate_version next on next.version_no = v.version_no + 1
        where v.valid_to = next.valid_from and v.valid_after = v.valid_from - interval '1 hour'";
    assert_eq!(world.rows::<(i64,)>(seamless).await, [(2,)]);
    let firm = world.texts("select firm_name from recruiting.experience").await;
    assert_eq!(firm, ["甲公司"]);
}

#[tokio::test]
async fn a_matched_document_empties_no_contact_of_an_application() {
    let world = World::new().await;
    let contact =
        "select coalesce(email, '-') || ' ' || coalesce(cell_phone, '-') || ' ' || contact_source
        from recruiting.candidate_contact";
    let applied = r#"{"fullName":"甲","email":"a@example.com","cellPhone":"0911"}"#;
    world.see(&[shown(Applied, 3, 9, applied)]).await;
    assert_eq!(world.texts(contact).await, ["a@example.com 0911 applied"]);

    world.see(&[shown(Matched, 4, 9, r#"{"fullName":"甲","cellPhone":"0922"}"#)]).await;
    assert_eq!(world.texts(contact).await, ["a@example.com 0922 applied"]);
    let changed = "select array_to_string(changed_fields, ' ') from recruiting.candidate_version where is_current";
    assert_eq!(world.texts(changed).await, ["candidate_contact.cell_phone"]);

    world.see(&[shown(Applied, 5, 9, r#"{"fullName":"甲","email":"b@example.com"}"#)]).await;
    assert_eq!(world.texts(contact).await, ["b@example.com - applied"]);
}

#[tokio::test]
async fn contact_data_that_an_application_shows_first_is_no_change_of_the_person() {
    let world = World::new().await;
    let changed = "select field || ' ' || coalesce(before #>> '{}', '-') || ' ' || (after #>> '{}')
        from recruiting.candidate_change order by version_no, field";
    let matched = r#"{"fullName":"甲","cellPhone":"0911"}"#;
    let applied = r#"{"fullName":"甲","cellPhone":"0922","email":"a@example.com","personalPage":["http://a"]}"#;
    world.see(&[shown(Matched, 3, 9, matched), shown(Applied, 4, 9, applied)]).await;
    assert_eq!(world.texts(changed).await, ["candidate_contact.cell_phone 0911 0922"]);

    let moved = applied.replace("\"fullName\"", "\"address\":\"台北\",\"fullName\"");
    world.see(&[shown(Applied, 5, 9, &moved)]).await;
    let last = ["candidate_contact.address - 台北", "candidate_contact.address_city - 臺北市"];
    let first = "candidate_contact.cell_phone 0911 0922";
    assert_eq!(world.texts(changed).await, [first, last[0], last[1]]);
}

#[tokio::test]
async fn late_sightings_found_no_version_where_104_answers_as_now() {
    let mut world = World::new().await;
    let (then, now) = (full("甲公司", "p1"), full("乙公司", "p1"));
    let answers = [shown(Applied, 10, 9, &then), shown(Matched, 2, 9, &now).after(24 * 60)];
    world.see(&answers).await;
    let versions = world.rows::<Version>(VERSIONS).await;
    assert_eq!(versions.iter().map(|row| row.2).collect::<Vec<_>>(), [true, false]);

    world.old_windows = OldWindows::Now;
    assert_eq!(world.recompute("7001").await.state, PersonState::Written);
    let versions = world.rows::<Version>(VERSIONS).await;
    assert_eq!(versions.iter().map(|row| row.2).collect::<Vec<_>>(), [false]);
    let listed = "select source || ' ' || first_listed_at::date from recruiting.candidate_source order by source";
    assert_eq!(world.texts(listed).await, ["applied 2026-11-10", "matched 2026-11-02"]);
    let first = "select first_listed_at::date::text from recruiting.candidate";
    assert_eq!(world.texts(first).await, ["2026-11-02"]);
}

#[tokio::test]
async fn where_all_is_late_the_last_answer_founds_the_only_version() {
    let mut world = World::new().await;
    world.old_windows = OldWindows::Now;
    let (older, newer) = (full("甲公司", "p1"), full("乙公司", "p1"));
    let day = within(Applied, date(2026, 11, 2), 0, 24, &newer).after(2000);
    world.see(&[shown(Applied, 5, 9, &older).after(100), day]).await;
    let versions = world.rows::<Version>(VERSIONS).await;
    assert_eq!(versions.iter().map(|row| (row.0, row.2)).collect::<Vec<_>>(), [(1, true)]);
    assert_eq!(world.texts("select firm_name from recruiting.experience").await, ["乙公司"]);
}

#[tokio::test]
async fn a_rejected_document_founds_nothing() {
    let world = World::new().await;
    let rejected = world.see(&[shown(Applied, 3, 9, "[1]")]).await;
    assert_eq!(rejected.state, PersonState::Nothing);
    assert_eq!(rejected.rejections.len(), 1);

    world.see(&[shown(Applied, 4, 9, &full("甲公司", "p1"))]).await;
    let again = world.recompute("7001").await;
    assert_eq!((again.state, again.rejections.len()), (PersonState::Unchanged, 1));
    let rows = "select first_listed_at::date::text from recruiting.candidate";
    assert_eq!(world.texts(rows).await, ["2026-11-04"]);
}

#[tokio::test]
async fn a_person_whose_documents_are_no_longer_accepted_is_taken_out() {
    let world = World::new().await;
    world.see(&[shown(Applied, 3, 9, &full("甲公司", "p1"))]).await;
    let hide = "update raw.resume_document set document = '[1]', byte_length = 3";
    sqlx::query(hide).execute(world.database.pool()).await.unwrap();
    let results = world.recompute_all(&[id("7001"), id("none")], true).await;
    assert_eq!(states(&results), [PersonState::Removed, PersonState::Nothing]);
    let left: i64 = world.digest().await.iter().map(|table| table.rows).sum();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn applications_stay_and_answers_find_theirs() {
    let world = World::new().await;
    let one = r#"{"applyJob":[{"name":"後端","jobNo":"j1","applyDate":"2026-11-02"}],
        "applyQuestion":[{"question":"q","answer":"a"}]}"#;
    let two = r#"{"applyJob":[{"name":"前端","applyDate":""},{"name":"測試"},
        {"name":"後端","jobNo":"j2","applyDate":"2026-11-04"},{"name":"前端"}],
        "applyQuestion":[{"question":"q","answer":"b"}]}"#;
    world.see(&[shown(Applied, 3, 9, one), shown(Applied, 5, 9, two)]).await;
    let rows =
        "select concat_ws('|', job_no, applied_text, unnumbered_job_name, is_in_newest_document,
        first_listed_at::date) from recruiting.application order by 1";
    let expected = [
        "j1|2026-11-02||f|2026-11-03",
        "j2|2026-11-04||t|2026-11-05",
        "||前端|t|2026-11-05",
        "||測試|t|2026-11-05",
    ];
    let mut applications = world.texts(rows).await;
    applications.sort();
    assert_eq!(applications, expected);
    let links =
        "select concat_ws('|', answer, link, job_no) from recruiting.application_answer order by 1";
    assert_eq!(world.texts(links).await, ["a|only|j1", "b|newest|j2"]);
}

#[tokio::test]
async fn words_beyond_all_bounds_are_stored() {
    let world = World::new().await;
    // Random enough that no compression makes them fit an index's entry.
    let words: String = (0..40_000_u32)
        .filter_map(|n| char::from_u32(0x4e00 + n.wrapping_mul(2_654_435_761) % 20_000))
        .collect();
    let document = format!(
        r#"{{"resumeId":"{words}","speciality":[{{"skill":"{words}"}}],
            "applyJob":[{{"name":"{words}"}},{{"jobNo":"{words}","applyDate":"{words}"}}]}}"#
    );
    assert_eq!(world.see(&[shown(Applied, 3, 9, &document)]).await.state, PersonState::Written);
    let whole = "select count(*) from recruiting.application where length(job_name) = 40000";
    assert_eq!(world.rows::<(i64,)>(whole).await, [(1,)]);
}
