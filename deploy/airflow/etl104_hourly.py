"""104's resumes into the warehouse, every hour.

One task starts `etl104 run` and turns its exit code into the task's state. What was missed, cut or refused is taken up by
the next run, so that there is nothing to catch up and nothing to keep apart.
"""

import json
import logging
import os
import signal
import subprocess
from datetime import timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

COMMAND = os.environ.get("ETL104_COMMAND", "/usr/local/bin/etl104")
CONFIG = os.environ.get("ETL104_CONFIG", "/etc/etl104/etl104.toml")

log = logging.getLogger(__name__)


@dag(
    # Seven past in Taiwan: 104 advises five past, and an hour has surely settled then.
    schedule=CronTriggerTimetable("7 * * * *", timezone="Asia/Taipei"),
    start_date=pendulum.datetime(2026, 11, 1, tz="Asia/Taipei"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    doc_md=__doc__,
    tags=["104"],
)
def etl104_hourly():
    @task
    def run() -> dict:
        """Returns the summary (docs/summary.schema.json)."""
        label = get_current_context()["run_id"]
        command = [COMMAND, "--config", CONFIG, "run", "--output", "json", "--quiet", "--run-label", label]
        exit_code, stdout = carried_out(command)
        summary = json.loads(stdout.splitlines()[-1]) if stdout.strip() else {}
        match exit_code:
            case 0:
                return summary
            case 3:
                log.warning("partial: something is open, and the next runs go on with it: %s", summary.get("open"))
                return summary
            case 4:
                raise AirflowSkipException("other processes hold all of the work")
            case 1 | 2 | 5:
                # A bug, the settings, the credentials: the same again would end the same.
                raise AirflowFailException(f"exit code {exit_code}: see the log")
            case _:
                # 6, 104 away or throttling; 7, database or storage away; 130 and 143, stopped: worth another try.
                raise AirflowException(f"exit code {exit_code}; come back at {summary.get('come_back_at') or 'any time'}")

    run()


def carried_out(command: list[str]) -> tuple[int, str]:
    """Its exit code and what it printed. What it says on stderr, failures with their remedies, goes into the task's log."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            stdout, stderr = process.communicate()
        except BaseException:
            # The task is stopped: so is the run, which drains and gives its work back within ten seconds.
            process.send_signal(signal.SIGTERM)
            raise
    for line in stderr.splitlines():
        log.warning("%s", line)
    return process.returncode, stdout


hourly = etl104_hourly()

if __name__ == "__main__":
    hourly.test()
