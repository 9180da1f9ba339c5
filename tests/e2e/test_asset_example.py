"""The example of a folder of pipelines in a real Airflow: one runs whenever the other has written its asset."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from dev.airflow_client import AirflowClient
from dev.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

EXAMPLES = Path(__file__).parents[2] / "example_dags"
DATA = "/tmp/ppf/numbers"  # noqa: S108 - what the example says, to be replaced


def test_what_one_pipeline_writes_starts_the_other(
    airflow_client: AirflowClient, dags_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLES / "numbers", dags_folder / "numbers")
    defaults = dags_folder / "numbers" / "_defaults.conf"
    defaults.write_text(defaults.read_text().replace(DATA, str(tmp_path)))
    shutil.copy(EXAMPLES / "pipeline_folder.py", dags_folder / "numbers.py")
    for dag_id in ("squares", "sums"):
        airflow_client.wait_for_dag(dag_id, file="numbers.py")

    run = airflow_client.trigger("squares", {"n": 50})
    assert airflow_client.wait_for_run("squares", run, timeout_seconds=240)["state"] == "success"
    (sums,) = wait_until(lambda: airflow_client.runs("sums"), "a run of `sums`", timeout_seconds=60)
    assert sums["run_type"] == "asset_triggered"
    done = airflow_client.wait_for_run("sums", sums["dag_run_id"], timeout_seconds=240)
    assert done["state"] == "success"
    written = pd.read_parquet(tmp_path / "sums")
    assert written.to_dict("records") == [{"numbers": 50, "sum_of_squares": sum(n * n for n in range(1, 51))}]

    # Asked for while the run that it causes is queued, Airflow 3.3.2 fails with 500.
    (event,) = airflow_client.get("/assets/events", source_dag_id="squares")["asset_events"]
    extra = event["extra"]
    assert (extra["pipeline"], extra["pipeline_version"], extra["rows"]) == ("squares", "1.0.0", 50)
    assert extra["bytes"] == sum(file.stat().st_size for file in (tmp_path / "squares").glob("*.parquet"))
