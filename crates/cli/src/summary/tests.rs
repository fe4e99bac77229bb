use pipeline::verdict::Verdict;

use super::*;

fn summary(state: RunState, exit_code: u8) -> Summary {
    let tally = Tally::default();
    tally.windows_closed.add(4);
    tally.stored.add(117);
    tally.fail(Failure {
        kind: FailureKind::Partial,
        at: "01234567 applied 2026-11-22 09-10".into(),
        what: "104 answered 999".into(),
        remedy: "`etl104 retry windows` later".into(),
        come_back_at: "2026-11-22T02:05:00Z".parse().ok(),
    });
    let report = Report {
        run_id: None,
        run_label: Some("nightly".into()),
        verdict: Verdict { state, exit_code },
        calls: 30,
        throttled: 1,
        elapsed: Duration::from_millis(10_500),
        open: Some(OpenWork { windows_failed: 1, items: 2, ..OpenWork::default() }),
    };
    Summary::new("run", &report, &tally, GoOn::IfStopped("etl104 run".into()))
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let json = serde_json::to_value(summary(RunState::Partial, 3)).unwrap();
    let expected = serde_json::json!({
        "schema": 1, "command": "run", "run_id": null, "run_label": "nightly",
        "state": "partial", "exit_code": 3,
        "counts": {
            "windows_closed": 4, "windows_failed": 0, "windows_held": 0, "windows_unconfirmed": 0,
            "listed": 0, "stored": 117, "absent": 0, "rejected": 0, "people_written": 0,
            "people_unchanged": 0, "files_stored": 0, "files_unavailable": 0, "files_failed": 0,
            "files_left": 0, "file_bytes": 0,
        },
        "open": {
            "windows": 0, "windows_failed": 1, "items": 2, "files": 0, "files_left_out": 0,
            "rejections": 0,
        },
        "calls": 30, "calls_per_second": 2.86, "throttled": 1, "seconds": 10.5,
        "failures": [{
            "kind": "partial", "at": "01234567 applied 2026-11-22 09-10",
            "what": "104 answered 999", "remedy": "`etl104 retry windows` later",
        }],
        "come_back_at": "2026-11-22T10:05:00+08:00", "resume_command": null,
    });
    assert_eq!(json, expected);
}

#[test]
fn an_unfinished_run_says_how_to_go_on() {
    for (state, is_named) in [
        (RunState::Complete, false),
        (RunState::NothingDue, false),
        (RunState::Partial, false),
        (RunState::BudgetSpent, true),
        (RunState::HeldElsewhere, true),
        (RunState::Stopped, true),
        (RunState::Failed, true),
    ] {
        assert_eq!(summary(state, 0).resume_command.is_some(), is_named, "{state:?}");
    }
}

#[test]
fn a_run_without_calls_has_a_rate_of_nothing() {
    assert!(rate(0, Duration::ZERO).abs() < f64::EPSILON);
}
