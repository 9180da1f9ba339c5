"""Memory of the Python process of an operator's task, beside Spark's JVM.

The example pipeline as a task of a real Airflow; the same without pandas, numpy and pyarrow, which PySpark would load
by itself if they can be imported; and a task that does nothing, which shows Airflow's own part. The process is polled
from outside ten times a second: its peak resident memory as the kernel records it (`VmHWM`), and the maximum of its
proportional share, which counts pages shared with the parent process by their part.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.operator_overhead import CHECKOUT, OPERATOR
from dev.airflow_client import AirflowClient, TaskId
from dev.local_airflow import LocalAirflow

__all__ = ["main"]

NO_PANDAS = """
import sys

sys.modules.update(dict.fromkeys(("pandas", "numpy", "pyarrow")))
"""

EMPTY = """
import time

from airflow.sdk import DAG, task

with DAG("empty", schedule=None):

    @task(task_id="task")
    def run():
        time.sleep(3)  # long enough to be polled

    run()
"""


def main(times: int = 3) -> None:
    """Measure `times` runs of each, and print medians in MiB."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        dags = folder / "dags"
        shutil.copytree(CHECKOUT / "example_dags" / "pipelines", dags / "pipelines")
        shutil.copy(CHECKOUT / "example_dags" / "nyc_flights_components.py", dags)
        operator = OPERATOR.format(data=str(folder / "data"))
        files = {
            "empty": EMPTY,
            "operator_without_pandas": NO_PANDAS
            + operator.replace('"operator"', '"operator_without_pandas"'),
            "operator": operator,
        }
        for dag_id, text in files.items():
            (dags / f"{dag_id}.py").write_text(text)
        print(f"{'MiB at the peak':24} {'resident':>10} {'share':>10}")
        with LocalAirflow(folder / "airflow", dags) as airflow:
            for dag_id in files:
                peaks = [_peak(airflow.client, dag_id) for _ in range(times)]
                resident, share = (median(column) / 2**20 for column in zip(*peaks, strict=True))
                each = ", ".join(f"{peak[0] / 2**20:.0f}" for peak in peaks)
                print(f"{dag_id:24} {resident:10.0f} {share:10.0f}   (resident in each run: {each})")
    print("target for the operator's task: at most 250")


def _peak(client: AirflowClient, dag_id: str) -> tuple[int, int]:
    """Return the peak bytes of the task's process: resident, and its proportional share."""
    client.wait_for_dag(dag_id)
    run_id = client.trigger(dag_id)
    task = TaskId(dag_id, run_id, "task")
    process = Path("/proc", str(client.wait_for_pid(task)))
    resident = share = 0
    while True:
        try:
            resident = max(resident, _kilobytes(process / "status", "VmHWM"))
            share = max(share, _kilobytes(process / "smaps_rollup", "Pss"))
        except (OSError, LookupError):
            break  # it has ended
        time.sleep(0.1)
    client.wait_for_run(dag_id, run_id, timeout_seconds=300)
    if (state := client.task(task)["state"]) != "success":
        raise SystemExit(f"{dag_id} ended as {state}: {client.log(task, 1)[-5:]}")
    return resident * 1024, share * 1024


def _kilobytes(file: Path, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB", file.read_text(), re.MULTILINE)
    if match is None:
        raise LookupError(f"no {name} in {file}")  # a process that has ended and is not reaped yet
    return int(match[1])


if __name__ == "__main__":
    main()
