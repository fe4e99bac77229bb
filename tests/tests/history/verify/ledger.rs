//! Windows, runs, tasks and receipts against each other.

use acceptance::{COMPANY, FIRST_DAY, ONE_DAY, Scene, applied, assert_same, generated};
use serde_json::json;

use super::{Wreck, assert_sound, each_is_found_and_mended, verify};

#[tokio::test]
async fn a_ledger_that_does_not_agree_is_found_and_mended() {
    let scene = Scene::new(generated(8)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    each_is_found_and_mended(
        &scene,
        &[
            Wreck {
                breaks: "update etl.fetch_window set listed = listed + 2, stored = stored + 2
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_counts"],
            },
            Wreck {
                breaks: "delete from etl.window_item where resume_id = (select min(resume_id) from etl.window_item)",
                found_by: &["sighting_item", "window_counts"],
            },
            Wreck {
                breaks: "update etl.window_item set state = 'absent', document_id = null
                         where resume_id = (select min(resume_id) from etl.window_item);
                         update etl.fetch_window set stored = stored - items.count, absent = items.count
                         from (select window_id, count(*) as count from etl.window_item
                               where state = 'absent' group by 1) as items
                         where items.window_id = fetch_window.window_id",
                found_by: &["sighting_item"],
            },
            Wreck {
                breaks: "update etl.window_item set company_no = '99999999'
                         where resume_id = (select max(resume_id) from etl.window_item)",
                found_by: &["item_company"],
            },
            Wreck {
                breaks: "update etl.fetch_window set start_hour = 5, window_on = window_on - 1
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_hours"],
            },
            Wreck {
                breaks: "update etl.fetch_window set starts_at = starts_at + interval '1 hour'
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_hours", "sighting_window"],
            },
            Wreck {
                breaks: "update etl.fetch_window set state = 'superseded', closed_at = null
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_superseded"],
            },
            Wreck {
                breaks: "update etl.fetch_window set state = 'empty_unconfirmed'
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["window_empty"],
            },
            Wreck {
                breaks: "update raw.sighting set window_ends_at = window_ends_at + interval '17 minutes'
                         where sighting_id = (select min(sighting_id) from raw.sighting)",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "update raw.sighting set source = 'saved'
                         where sighting_id = (select min(sighting_id) from raw.sighting where source = 'applied')",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "set session_replication_role = replica;
                         delete from etl.fetch_window
                         where window_id = (select min(window_id) from etl.fetch_window where listed > 0);
                         reset session_replication_role",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "update etl.window_item set document_id = 4711
                         where resume_id = (select min(resume_id) from etl.window_item)",
                found_by: &["item_document"],
            },
            Wreck {
                breaks: "update etl.window_item set state = 'rejected', document_id = null
                         where resume_id = (select max(resume_id) from etl.window_item);
                         update etl.fetch_window set stored = stored - items.count, rejected = items.count
                         from (select window_id, count(*) as count from etl.window_item
                               where state = 'rejected' group by 1) as items
                         where items.window_id = fetch_window.window_id",
                found_by: &["item_rejection"],
            },
            Wreck {
                breaks: "insert into etl.rejection (company_no, resume_id, window_id, run_id, code, reason, remedy)
                         select company_no, resume_id, window_id, (select run_id from etl.run limit 1),
                             'id_refused', 'refused', 'retry' from etl.window_item limit 1",
                found_by: &["rejection_item"],
            },
            Wreck {
                breaks: "delete from etl.window_item where window_id =
                             (select min(window_id) from etl.fetch_window where listed > 0);
                         delete from etl.fetch_window where window_id =
                             (select min(window_id) from etl.fetch_window where listed > 0)",
                found_by: &["sighting_window"],
            },
            Wreck {
                breaks: "update etl.fetch_window set lease_run_id = gen_random_uuid(),
                             lease_expires_at = now() - interval '1 hour'
                         where window_id = (select min(window_id) from etl.fetch_window)",
                found_by: &["lease"],
            },
            Wreck {
                breaks: "update etl.run set state = 'running', ended_at = null,
                             heartbeat_at = now() - interval '1 hour'
                         where run_id = (select min(run_id::text)::uuid from etl.run)",
                found_by: &["run_alive"],
            },
            Wreck {
                breaks: "update recruiting.candidate set _etl_run_id = '01900000-0000-7000-8000-000000000000'",
                found_by: &["run_known"],
            },
        ],
    )
    .await;
    let forgotten =
        "select started_at::date = '2024-06-10' from etl.run where command = 'forgotten'";
    assert!(scene.database.ask::<bool>(forgotten).await, "its id tells when it began");
}

#[tokio::test]
async fn tasks_and_receipts_that_do_not_agree_are_found_and_mended() {
    let scene = Scene::new(generated(8)).await;
    drop(scene.run(ONE_DAY).await.exits(0));
    each_is_found_and_mended(
        &scene,
        &[
            Wreck {
                breaks: "update etl.file_task set window_id = 0, state = 'open', closed_at = null,
                             next_attempt_at = now() where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["task_window"],
            },
            Wreck {
                breaks: "delete from raw.document_file where (document_id, role, item_no) =
                             (select document_id, role, item_no from raw.document_file limit 1)",
                found_by: &["task_receipt", "row"],
            },
            Wreck {
                breaks: "delete from etl.file_task where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["receipt_task"],
            },
            Wreck {
                breaks: "update etl.file_task set state = 'unavailable'
                         where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["task_receipt"],
            },
            Wreck {
                breaks: "update etl.file_task set state = 'open', closed_at = null, next_attempt_at = null
                         where task_id = (select min(task_id) from etl.file_task)",
                found_by: &["task_due"],
            },
            Wreck {
                breaks: "update etl.file_task set token = 'left' where task_id = (select max(task_id) from etl.file_task)",
                found_by: &["task_token"],
            },
            Wreck {
                breaks: "with lost as (delete from raw.document_file where (document_id, role, item_no) =
                             (select document_id, role, item_no from raw.document_file limit 1)
                             returning *), shown as (
                         update recruiting.resume_file as shown set state = 'pending', sha256 = null,
                             object_key = null, size_bytes = null, media_type_claimed = null,
                             media_type_sniffed = null, fetched_at = null
                         from lost where (shown.document_id, shown.role, shown.item_no)
                             = (lost.document_id, lost.role, lost.item_no))
                         delete from etl.file_task as task using lost
                         where (task.document_id, task.role, task.item_no)
                             = (lost.document_id, lost.role, lost.item_no)",
                found_by: &["pending_task"],
            },
        ],
    )
    .await;
}

/// The first day's people, and one of a day before `start_on`, whom a backfill fetched.
#[tokio::test]
async fn what_a_repair_reopened_is_asked_by_the_next_run_whichever_hours_it_is_of() {
    let scene = Scene::new(generated(5)).await;
    let older = FIRST_DAY.yesterday().unwrap();
    scene.simulator.add_listing(applied(
        older,
        9,
        "B-1",
        json!({"idno": "B-1", "fullName": "王一"}),
    ));
    drop(scene.run(ONE_DAY).await.exits(0));
    let range = ["--from", "2025-08-21", "--to", "2025-08-22"];
    drop(scene.etl104.run(&[&["backfill"][..], &range].concat()).await.exits(0));
    let before = scene.database.digest(COMPANY).await;
    for table in ["raw.document_file", "raw.sighting", "raw.resume_document"] {
        let lost = sqlx::AssertSqlSafe(format!("delete from {table} where resume_id = 'B-1'"));
        sqlx::query(lost).execute(scene.database.pool()).await.unwrap();
    }
    let said = scene.etl104.run(&["verify", "--repair"]).await.exits(0).stdout;
    let last = said.lines().last().unwrap();
    assert!(last.contains("1 window") && last.contains("`etl104 run`"), "{last}");
    assert!(!last.contains("the warehouse is sound"), "{last}");
    drop(scene.run(ONE_DAY).await.exits(0));
    assert_same("lost and asked again", &before, &scene.database.digest(COMPANY).await);
    assert_sound(verify(&scene, &[]).await);
}
