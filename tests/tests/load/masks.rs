//! What the group roles may see: the matrix of all objects, and canaries in every field.

use jiff::civil::date;
use model::Source::{Applied, Matched, Saved};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::world::{World, shown, within};

const MASKED: [&str; 13] = [
    "application_daily",
    "application_overview",
    "candidate_change",
    "candidate_file",
    "candidate_overview",
    "coverage_hour",
    "freshness",
    "job_overview",
    "note",
    "pool",
    "pool_monthly",
    "skill_demand",
    "source_overlap",
];

/// What recruiters read of `mart` besides what analysts read of `masked`.
const MART: [&str; 17] = [
    "application_daily",
    "application_overview",
    "candidate_change",
    "candidate_file",
    "candidate_overview",
    "code",
    "coverage_hour",
    "freshness",
    "job_overview",
    "newest_resume",
    "note",
    "pool",
    "pool_monthly",
    "skill_demand",
    "source_overlap",
    "unmapped_word",
    "unread_form",
];

/// All of `recruiting` but the protected group (`candidate_sensitive`), and what is told of changes with values of it
/// (`candidate_change`).
const RECRUITING: [&str; 19] = [
    "application",
    "application_answer",
    "candidate",
    "candidate_contact",
    "candidate_narrative",
    "candidate_source",
    "candidate_version",
    "certificate",
    "change",
    "custom_section",
    "education",
    "experience",
    "job_preference",
    "language",
    "project",
    "recommender",
    "resume_file",
    "skill",
    "skill_term",
];

/// Every role, object and verb that is granted; of functions those that run by the rights of their owner.
const MATRIX: &str = "
    with role as (select unnest(array['etl104_analyst', 'etl104_recruiter']) as name),
    home as (
        select oid, nspname from pg_namespace
        where nspname in ('etl', 'raw', 'recruiting', 'recruiting_partition', 'mart', 'masked')
    )
    select format('%s: %s on %s.%s', role.name, verb, home.nspname, c.relname)
    from role cross join home join pg_class c on c.relnamespace = home.oid
    cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as verb
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and (has_table_privilege(role.name, c.oid, verb)
        or verb in ('select', 'insert', 'update', 'references') and has_any_column_privilege(role.name, c.oid, verb))
    union all
    select format('%s: %s on %s.%s', role.name, verb, home.nspname, c.relname)
    from role cross join home join pg_class c on c.relnamespace = home.oid
    cross join unnest(array['usage', 'select', 'update']) as verb
    where c.relkind = 'S' and has_sequence_privilege(role.name, c.oid, verb)
    union all
    select format('%s: %s on schema %s', role.name, verb, home.nspname)
    from role cross join home cross join unnest(array['usage', 'create']) as verb
    where has_schema_privilege(role.name, home.oid, verb)
    union all
    select format('%s: execute %s.%s', role.name, home.nspname, p.proname)
    from role cross join home join pg_proc p on p.pronamespace = home.oid
    where has_schema_privilege(role.name, home.oid, 'usage') and has_function_privilege(role.name, p.oid, 'execute')
      and p.prosecdef
    order by 1";

#[tokio::test]
async fn the_group_roles_may_do_what_is_named_and_nothing_else() {
    let world = World::new().await;
    let granted = database::grant_roles(world.database.pool()).await.unwrap();
    assert_eq!(granted, database::Roles::Granted);
    let mut expected = Vec::new();
    for role in database::ROLES {
        expected.push(format!("{role}: usage on schema masked"));
        expected.push(format!("{role}: execute masked.search_count"));
        expected.extend(MASKED.map(|name| format!("{role}: select on masked.{name}")));
    }
    let recruiter = "etl104_recruiter";
    for (schema, names) in [("mart", MART.as_slice()), ("recruiting", RECRUITING.as_slice())] {
        expected.push(format!("{recruiter}: usage on schema {schema}"));
        expected.extend(names.iter().map(|name| format!("{recruiter}: select on {schema}.{name}")));
    }
    // Both run by the rights of the tables' owner: a refresh shows nobody anything, a trigger can't be called.
    expected.push(format!("{recruiter}: execute mart.note_code_change"));
    expected.push(format!("{recruiter}: execute mart.refresh_marts"));
    expected.sort();
    assert_eq!(world.texts(MATRIX).await, expected);
}

/// Stands in every text about a person.
const CANARY: &str = "zq7canary";
/// Stands where digits are expected.
const DIGITS: &str = "0987104987";

/// Every field of the contract, each with a canary but for those that show a value: a wage, a place, dates, `python`.
fn canaries(firm: &str) -> String {
    let text = |field: &str| format!("{CANARY} {field}");
    serde_json::json!({
        "resumeId": DIGITS, "fullName": text("陳"), "englishName": text("Chen"), "gender": text("女"),
        "email": format!("{CANARY}@example.com"), "cellPhone": DIGITS, "subCellPhone": DIGITS, "tel": DIGITS,
        "contactInfo": text("電話"), "address": format!("臺北市大安區{CANARY}路"), "birthday": "1987-06-05 00:00:00",
        "regSource": text("104"), "employmentStatus": text("在職"), "militaryStatus": text("役畢"),
        "militaryRetireDate": "1987-07", "introduction": format!("<p>{CANARY}</p>"), "motto": text("格言"),
        "characteristic": text("特色"), "personalPage": [text("http://example.com")], "drivingLicenses": text("小型車"),
        "transports": text("機車"), "specialIdentities": text("身份"), "nationality": text("中華民國"),
        "disabledTypes": text("類別與程度"), "disabilityCard": 1, "assistiveDevices": text("輔具"),
        "headshotUrl": format!("https://files.example/headshot?fileId={CANARY}"), "seniority": text("3年以上"),
        "jobRequirement": {"jobCharacteristic": text("全職"), "wage": "月薪 40000~50000元", "startDateOpt": text("隨時"),
            "shiftWork": text("是"), "workPlace": "台北市大安區", "remoteWork": text("遠端"), "jobName": text("工程師"),
            "jobCategory": text("類別"), "industryCategory": text("產業"), "workDesc": text("內容")},
        "biography": {"bio": text("自傳"), "engBio": text("bio")},
        "commonCertificates": {"certificates": text("證照"), "otherCertificates": text("其他")},
        "education": [{"schoolName": text("大學"), "degreeLevel": format!("碩士 {CANARY}"), "major": text("系"),
            "majorCategory": text("類"), "degreeStatus": text("畢業"), "schoolCountry": text("國")}],
        "experiences": [{"firmName": text(firm), "industryCategory": text("業"), "companySize": text("人"),
            "workPlace": text("地"), "jobName": text("職"), "jobRole": text("全職"), "jobCategory": text("類"),
            "jobDesc": format!("<b>{CANARY}</b>"), "skills": text("技"), "management": text("管"), "wageTypeDesc": text("薪")}],
        "speciality": [{"skill": text("Rust"), "desc": text("說明"), "tag": format!("python,{CANARY}")}],
        "foreignLanguage": [{"langType": text("英文"), "listenDegree": text("精通"), "certificates": text("證")}],
        "localLanguage": [{"langType": text("台語"), "degree": text("精通")}],
        "attachFiles": [{"type": 1, "title": text("附件"), "fileName": format!("{CANARY}.pdf"),
            "resourceLink": format!("https://files.example/attachment?fileId={CANARY}"), "website": text("http://example.com")}],
        "projectDatas": [{"title": text("專題"), "type": 3, "website": format!("https://{CANARY}.example"), "description": text("述")}],
        "customContentDatas": [{"title": text("得獎"), "content": [text("內容")]}],
        "recommenders": [{"name": text("林"), "corp": text("乙"), "jobTitle": text("長"), "email": format!("{CANARY}@example.com"), "tel": DIGITS}],
        "applyJob": [{"applyDate": "2026-11-02", "name": text("職缺"), "jobNo": format!("{CANARY}9"), "applySource": text("主動")},
            {"name": text("無編號")}],
        "applyQuestion": [{"type": 3, "question": text("問"), "answer": text("答")}],
        "unknownField": text("值"), "another": {"nested": [text("值")]},
    })
    .to_string()
}

/// Six people who wrote the same: not even what many share is shown. One has two versions.
async fn people_of_canaries() -> World {
    let world = World::new().await;
    // In a month that is over, so that the monthly pool has them.
    let at = |source, day, json: &str, who: u8| {
        within(source, date(2026, 10, day), 9, 10, json).of(&format!("{CANARY}-700{who}"))
    };
    let member = |json: String, who: u8| json.replace(DIGITS, &format!("{DIGITS}{who}"));
    for who in 1..=6 {
        let (first, second) = (member(canaries("甲"), who), member(canaries("乙"), who));
        world.see(&[at(Matched, 1, &first, who), at(Saved, 2, &second, who)]).await;
    }
    world.see(&[at(Applied, 3, &member(canaries("丙").replace('女', "男"), 1), 1)]).await;
    world.database.change("update mart.refresh set refreshed_at = now() - interval '1 day'").await;
    assert_eq!(world.rows::<(bool,)>("select mart.refresh_marts()").await, [(true,)]);
    world
}

async fn becoming(world: &World, role: &str) -> PgConnection {
    let mut connection = PgConnection::connect(world.database.url()).await.unwrap();
    let become_it = format!("set role {role}");
    sqlx::raw_sql(AssertSqlSafe(become_it)).execute(&mut connection).await.unwrap();
    connection
}

/// All that a statement gives, as one text; an error's code if it is refused.
async fn all_of(connection: &mut PgConnection, relation: &str) -> Result<String, String> {
    let statement = format!("select coalesce(string_agg(it::text, E'\\n'), '') from {relation} it");
    let answer = sqlx::query(AssertSqlSafe(statement)).fetch_one(connection).await;
    match answer {
        Ok(row) => Ok(row.get(0)),
        Err(error) => Err(error.as_database_error().unwrap().code().unwrap().into_owned()),
    }
}

#[tokio::test]
async fn an_analyst_finds_nothing_that_a_person_wrote() {
    let world = people_of_canaries().await;
    database::grant_roles(world.database.pool()).await.unwrap();
    let relations = world
        .texts(
            "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname in ('etl', 'raw', 'recruiting', 'recruiting_partition', 'mart', 'masked')
               and c.relkind in ('r', 'p', 'v', 'm') order by 1",
        )
        .await;
    assert!(relations.len() > 60);
    let mut analyst = becoming(&world, "etl104_analyst").await;
    let mut shown = 0;
    for relation in &relations {
        let found = all_of(&mut analyst, relation).await;
        if let Some(name) = relation.strip_prefix("masked.") {
            let found = found.unwrap();
            assert!(!found.contains(CANARY) && !found.contains(DIGITS), "{relation}: {found}");
            assert!(!found.contains("1987"), "{relation}: {found}");
            let is_of_windows = ["coverage_hour", "freshness"].contains(&name);
            assert!(
                is_of_windows || !found.is_empty(),
                "{relation} shows nothing, so nothing is proved"
            );
            shown += 1;
        } else {
            assert_eq!(found, Err("42501".to_owned()), "{relation}");
        }
    }
    assert_eq!(shown, MASKED.len());

    // Hits are counted, and only if there are several.
    let counted = format!("masked.search_count('{CANARY} 自傳')");
    assert_eq!(all_of(&mut analyst, &counted).await.unwrap(), "(01234567,6)");
    let counted = format!("masked.search_count('{CANARY} 丙')");
    assert_eq!(all_of(&mut analyst, &counted).await.unwrap(), "(01234567,)");
    for hidden in [format!("mart.search('{CANARY}')"), "mart.refresh_marts()".into()] {
        assert_eq!(all_of(&mut analyst, &hidden).await, Err("42501".to_owned()), "{hidden}");
    }
}

/// What stands in fields of the protected group alone.
const PROTECTED: [&str; 8] = ["女", "男", "役畢", "身份", "中華民國", "類別與程度", "輔具", "1987"];

#[tokio::test]
async fn a_recruiter_sees_people_and_nothing_of_the_protected_group() {
    let world = people_of_canaries().await;
    database::grant_roles(world.database.pool()).await.unwrap();
    // It is there to be seen: a change, and words that could not be read.
    let changed =
        "select count(*) from recruiting.candidate_change where table_name = 'candidate_sensitive'";
    let unread = "select count(*) from mart.note where table_name = 'candidate_sensitive'";
    assert!(world.database.count(changed).await > 0 && world.database.count(unread).await > 0);

    let mut recruiter = becoming(&world, "etl104_recruiter").await;
    assert!(all_of(&mut recruiter, "mart.candidate_overview").await.unwrap().contains(CANARY));
    assert!(
        all_of(&mut recruiter, &format!("mart.search('{CANARY}')")).await.unwrap().contains(CANARY)
    );
    for (schema, names) in [("mart", MART.as_slice()), ("recruiting", RECRUITING.as_slice())] {
        for name in names.iter().filter(|name| **name != "candidate") {
            let seen = all_of(&mut recruiter, &format!("{schema}.{name}")).await.unwrap();
            let protected = PROTECTED.iter().find(|words| seen.contains(*words));
            assert_eq!(protected, None, "{schema}.{name}");
        }
    }
    let unknown = "(select unknown_fields from recruiting.candidate)";
    for protected in ["recruiting.candidate_sensitive", "recruiting.candidate_change", unknown] {
        assert_eq!(all_of(&mut recruiter, protected).await, Err("42501".to_owned()), "{protected}");
    }
}

#[tokio::test]
async fn masked_marts_answer_what_values_and_codes_tell() {
    let world = people_of_canaries().await;
    let one = "select concat_ws(' | ', age_band, degree, wage_monthly_min, work_cities, skills,
            sources, application_count, firm_name, job_category)
        from masked.candidate_overview order by sources::text limit 1";
    assert_eq!(
        world.texts(one).await,
        ["35 to 39 | 碩士 | 40000 | {臺北市} | {python} | {applied,matched,saved} | 2"]
    );
    // A pseudonym joins the views, and is nobody's number.
    let joined = "select count(distinct candidate_key) from masked.candidate_overview
        join masked.application_overview using (candidate_key) join masked.job_overview using (job_key)";
    assert_eq!(world.rows::<(i64,)>(joined).await, [(6,)]);

    // A word with a code of the company's own is shown, and the code with it.
    let give = "insert into mart.code values ('01234567', 'firm', $1, 'F-1'), ('01234567', 'skill', $2, 'S-1'),
        ('01234567', 'job', $3, 'J-1')";
    sqlx::query(give)
        .bind(format!("{CANARY} 乙"))
        .bind(format!("{CANARY} rust"))
        .bind(format!("{CANARY}9"))
        .execute(world.database.pool())
        .await
        .unwrap();
    assert_eq!(world.rows::<(bool,)>("select mart.refresh_marts()").await, [(true,)]);
    let coded = "select concat_ws(' | ', firm_name, skills) from masked.candidate_overview where firm_name is not null limit 1";
    assert_eq!(world.texts(coded).await, [format!("{CANARY} 乙 | {{python,\"{CANARY} rust\"}}")]);
    assert_eq!(
        world.texts("select job_code from masked.job_overview where job_code is not null").await,
        ["J-1"]
    );
    let unmapped = "select words from mart.unmapped_word where kind = 'job'";
    assert_eq!(world.texts(unmapped).await, Vec::<String>::new());
    let mapped =
        "select distinct job_code from mart.application_overview where job_code is not null";
    assert_eq!(world.texts(mapped).await, ["J-1"]);
}

#[tokio::test]
async fn known_skills_are_written_as_terms_are() {
    let world = World::new().await;
    let known =
        world.texts("select words from mart.known_word where kind = 'skill' order by 1").await;
    // A field of a resume has a certain length, a term a certain one: each stands by itself.
    let skills: Vec<_> = known.iter().map(|skill| serde_json::json!({ "skill": skill })).collect();
    let resume = serde_json::json!({ "fullName": "陳大文", "speciality": skills }).to_string();
    world.see(&[shown(Applied, 1, 9, &resume)]).await;
    assert_eq!(
        world.texts("select distinct term from recruiting.skill_term order by 1").await,
        known
    );
}
