//! `docs/questions.md`: the warehouse that it is about, and its answers.

use acceptance::{Company, Etl104, Scene, TestDatabase, generated};
use jiff::civil::date;
use simulator::{Action, Endpoint, Options, Rule};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column as _, PgConnection, Row as _, TypeInfo as _};
use unicode_width::UnicodeWidthStr as _;

/// Generated people on dates that are long past, so that no answer depends on the day on which it is given: the end
/// of September 2025 from all sources and with the files, October from `applied` alone. Three hours of October are
/// never asked for, and one date fails.
pub(crate) async fn warehouse() -> Scene {
    let options = Options { people: 600, ..generated(60) };
    let scene = Scene::with(options, |settings| {
        // What the simulator answers; all is fetched late here, and evidence would come as it happens to.
        settings.fresh_marts().text("run", "old_windows", "then").set("files", "at_once", "8")
    })
    .await;
    backfill(&scene.etl104, "2025-09-28", "2025-10-01", 0).await;

    let more = vec![("sources".to_owned(), r#"["applied"]"#.to_owned())];
    let settings = scene.settings.clone().without_companies().set("files", "kinds", "[]");
    let applied =
        Etl104::new(&settings.company(Company { more, ..Company::demo(date(2025, 9, 28)) }));
    let fails = Rule { date: Some("2025-10-25".into()), ..Rule::on(Endpoint::QueryList) };
    scene.simulator.script(fails.then(Action::Code { code: 899, message: None, status: None }));
    backfill(&applied, "2025-10-01", "2025-10-18T09", 0).await;
    backfill(&applied, "2025-10-18T12", "2025-11-01", 3).await;
    scene
}

async fn backfill(etl104: &Etl104, from: &str, to: &str, code: i32) {
    drop(etl104.run(&["backfill", "--from", from, "--to", to]).await.exits(code));
}

/// The document with the answers that a warehouse gives: each block of SQL is run, and what it gives replaces the
/// block of text that follows it.
pub(crate) async fn answered(document: &str, database: &TestDatabase) -> String {
    let mut connection = database.pool().acquire().await.unwrap();
    let mut answered = String::new();
    let mut rest = document;
    while let Some((before, question)) = rest.split_once("```sql\n") {
        let (sql, after) = question.split_once("```\n").expect("a block of SQL ends");
        let (_, after) = after
            .strip_prefix("\n```text\n")
            .and_then(|answer| answer.split_once("```\n"))
            .expect("a block of SQL is followed by a block of text, its answer");
        let answer = ask(&mut connection, sql).await;
        answered.extend([before, "```sql\n", sql, "```\n\n```text\n", &answer, "```\n"]);
        rest = after;
    }
    answered + rest
}

/// What a statement gives, as a table.
async fn ask(connection: &mut PgConnection, sql: &str) -> String {
    // Without parameters Postgres gives all values as text.
    let asked = sqlx::raw_sql(AssertSqlSafe(format!("set timezone = 'Asia/Taipei'; {sql}")));
    let rows = asked.fetch_all(connection).await.expect(sql);
    assert!(!rows.is_empty(), "it gives no row and shows nothing: {sql}");
    let columns = rows[0].columns();
    let is_right = columns.iter().map(|column| {
        matches!(column.type_info().name(), "INT2" | "INT4" | "INT8" | "NUMERIC" | "FLOAT8")
    });
    let is_right: Vec<bool> = is_right.collect();
    let names = columns.iter().map(|column| column.name().to_owned()).collect();
    let lines: Vec<Vec<String>> = std::iter::once(names).chain(rows.iter().map(values)).collect();
    table(&lines, &is_right)
}

fn values(row: &PgRow) -> Vec<String> {
    let value = |at| {
        let value = row.try_get_raw(at).unwrap();
        let text = if sqlx::ValueRef::is_null(&value) { "" } else { value.as_str().unwrap() };
        text.replace(char::is_control, " ")
    };
    (0..row.len()).map(value).collect()
}

/// Aligned lines, the first of them the names.
fn table(lines: &[Vec<String>], is_right: &[bool]) -> String {
    let width = |at: usize| lines.iter().map(|line| line[at].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..is_right.len()).map(width).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths).zip(is_right).map(|((cell, width), is_right)| {
            let padding = " ".repeat(width - cell.width());
            if *is_right { padding + cell } else { format!("{cell}{padding}") }
        });
        text += cells.collect::<Vec<_>>().join(" | ").trim_end();
        text += "\n";
        if number == 0 {
            let rules = widths.iter().map(|width| "-".repeat(*width));
            text += &rules.collect::<Vec<_>>().join("-+-");
            text += "\n";
        }
    }
    text
}

#[test]
fn an_answer_is_aligned_in_chinese_too() {
    let lines = [["job", "n"], ["文案", "7"], ["QA", "12"]]
        .map(|line| line.map(ToOwned::to_owned).to_vec());
    assert_eq!(table(&lines, &[false, true]), "job  |  n\n-----+---\n文案 |  7\nQA   | 12\n");
}
