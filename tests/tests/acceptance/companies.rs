//! Several companies in one warehouse: each has its own credentials, ledger, rows and objects.

use acceptance::{
    COMPANY, Company, FIRST_DAY, Scene, TWO_DAYS, assert_same, generated, objects_below,
};
use simulator::{Credential, Options};

const SECOND: &str = "12345675";

fn two_credentials() -> Options {
    let mut options = generated(15);
    options.credentials.push(Credential {
        client_id: "second-client".into(),
        client_secret: "second-secret".into(),
        companies: vec![SECOND.into()],
    });
    options
}

fn second(secret: &str) -> Company {
    Company {
        no: SECOND.into(),
        client_id: "second-client".into(),
        client_secret: secret.into(),
        start_on: FIRST_DAY,
        more: Vec::new(),
    }
}

#[tokio::test]
async fn two_companies_share_a_warehouse_and_nothing_else() {
    let scene = Scene::with(two_credentials(), |it| it.company(second("second-secret"))).await;
    drop(scene.run(TWO_DAYS).await.exits(0));
    let told = scene.simulator.stats().distinct_ids;
    let kept: Vec<(String, i64)> = scene
        .database
        .rows("select company_no, count(*) from recruiting.candidate group by 1 order by 1")
        .await;
    let told: Vec<(String, i64)> =
        told.into_iter().map(|(company, ids)| (company, i64::try_from(ids).unwrap())).collect();
    assert_eq!(kept, told);
    assert_eq!(kept.len(), 2);
    let objects = objects_below(&scene.etl104.folder().join("objects"));
    for company in [COMPANY, SECOND] {
        let prefix = format!("files/{company}/");
        assert!(objects.iter().any(|object| object.key.starts_with(&prefix)), "{company}");
    }
}

#[tokio::test]
async fn credentials_that_are_refused_stop_their_own_company_alone() {
    let scene = Scene::with(two_credentials(), |it| it.company(second("wrong"))).await;
    let refused = scene.run(TWO_DAYS).await.exits(5);
    assert!(refused.stderr.contains(SECOND), "{}", refused.stderr);
    let windows: Vec<(String, String, i64)> = scene
        .database
        .rows(
            "select company_no, state, count(*) from etl.fetch_window group by 1, 2 order by 1, 2",
        )
        .await;
    assert_eq!(windows[0], (COMPANY.into(), "closed".into(), 6), "{windows:?}");
    assert!(!windows.iter().any(|(company, state, _)| company == SECOND && state == "closed"));
    let waiting = "select count(*) from etl.file_task where closed_at is null";
    assert_eq!(scene.database.count(waiting).await, 0, "the first company has its files too");

    // With the right secret the rest follows, and the first company is left alone.
    let first = scene.database.digest(COMPANY).await;
    let settings = scene.settings.clone().without_companies();
    let settings = settings.company(Company::demo(FIRST_DAY)).company(second("second-secret"));
    drop(acceptance::Etl104::new(&settings).run(&["run", "--until", TWO_DAYS]).await.exits(0));
    assert_same("the first company", &first, &scene.database.digest(COMPANY).await);
    assert_eq!(scene.database.windows().await, [("closed".into(), 12)]);
}

#[tokio::test]
async fn one_company_can_be_run_alone() {
    let scene = Scene::with(two_credentials(), |it| it.company(second("wrong"))).await;
    drop(scene.run_with(TWO_DAYS, &["--company", COMPANY]).await.exits(0));
    let companies: Vec<(String,)> =
        scene.database.rows("select distinct company_no from etl.fetch_window").await;
    assert_eq!(companies, [(COMPANY.into(),)]);
}
