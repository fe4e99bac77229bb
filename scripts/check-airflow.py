"""Runs the DAG of deploy/airflow in a real Airflow: with a stand-in for each exit code, then once with the real program.

    scripts/check-airflow.py ETL104        in Airflow's virtual environment; AIRFLOW_HOME, ETL104_CONFIG as check-recipes sets them

Prints a line `holds: …` for all that does, among what Airflow says; exits with 1 at the first that does not.
"""

import json
import os
import stat
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pendulum

# The state of the task by exit code, and how often it was tried.
EXPECTED = {
    0: ("success", 1),
    1: ("failed", 1),
    2: ("failed", 1),
    3: ("success", 1),
    4: ("skipped", 1),
    5: ("failed", 1),
    6: ("failed", 3),
    7: ("failed", 3),
    143: ("failed", 3),
}


def main():
    program = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        stand_in = Path(folder, "etl104")
        os.environ["ETL104_COMMAND"] = str(stand_in)
        hourly = imported()
        for number, (code, expected) in enumerate(EXPECTED.items()):
            pretend(stand_in, code)
            task = carried_out(hourly, number)
            calls = Path(folder, "calls").read_text().splitlines()
            if code == 3 and (task.xcom_pull(task_ids="run") or {}).get("exit_code") != 3:
                sys.exit("exit code 3: the summary is no XCom")
            if (task.state, len(calls)) != expected:
                sys.exit(f"exit code {code}: the task is {task.state} after {len(calls)} tries, not {expected}")
        print("holds: exit code: state and tries; " + ", ".join(f"{code}: {state} {tries}" for code, (state, tries) in EXPECTED.items()))
        arguments = calls[-1].split()
        if arguments[:4] != ["--config", os.environ["ETL104_CONFIG"], "run", "--output"] or "--run-label" not in arguments:
            sys.exit(f"it was called as {arguments}")

        stand_in.unlink()
        stand_in.symlink_to(program)
        task = carried_out(hourly, len(EXPECTED))
        summary = task.xcom_pull(task_ids="run")
        if task.state != "success" or summary["exit_code"] != 0 or summary["run_label"] != task.run_id:
            sys.exit(f"the real program: {task.state}, {summary}")
        shown = subprocess.run([program, "runs", "list", "--output", "json"], capture_output=True, text=True, check=True)
        if json.loads(shown.stdout.splitlines()[0])["run_label"] != task.run_id:
            sys.exit("its run does not have Airflow's run id")
        print(f"holds: the real program: {summary['state']}, its label is Airflow's run id")


def imported():
    """The DAG, out of the folder as Airflow itself reads it."""
    import airflow
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if bag.import_errors or set(bag.dags) != {"etl104_hourly"}:
        sys.exit(f"it does not import: {bag.import_errors or list(bag.dags)}")
    hourly = bag.dags["etl104_hourly"]
    print(f"holds: Airflow {airflow.__version__} imports it")
    return hourly


def pretend(stand_in, code):
    """A program that ends with this code, says so as etl104 does, and writes down how it was called."""
    Path(stand_in.parent, "calls").write_text("")
    summary = json.dumps({"schema": 1, "command": "run", "exit_code": code, "come_back_at": None, "open": {"files": 2}})
    stand_in.write_text(f"#!/bin/sh\necho \"$@\" >>{stand_in.parent}/calls\necho '{summary}'\nexit {code}\n")
    stand_in.chmod(stat.S_IRWXU)


def carried_out(hourly, number):
    """The task after a run of the DAG, whose retries are not waited for."""
    hourly.get_task("run").retry_delay = timedelta(0)
    run = hourly.test(logical_date=pendulum.datetime(2026, 11, 2, number, 7, tz="Asia/Taipei"))
    (task,) = run.get_task_instances()
    return task


if __name__ == "__main__":
    main()
