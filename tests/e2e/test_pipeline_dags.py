"""DAGs out of a folder of pipeline files, in a real Airflow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from dev.airflow_client import AirflowClient, TaskId
from dev.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

DAG_FILE = """
from airflow_ppf.dag_factory import pipeline_dags

pipeline_dags("pipeline_folder", globals())
"""

WORDS = ["select", "exclude", "from", "until", "force"]

GOOD = """
include "_ledger.conf"
name = ledger_of_a_folder
airflow { tags = [ledger], default_args { retries = 2, retry_delay = 1 second } }
"""

BY_COMPONENT = """
include "_ledger.conf"
name = ledger_by_component
checkpoint.root = "HANDOVER"
airflow {
  granularity = component
  groups { prepare = [read_sales, sales], shops = [per_shop, append_per_shop] }
  default_args { retries = 2, retry_delay = 1 second }
}
"""

BROKEN = """
include "_ledger.conf"
name = broken
airflow { shedule = "@daily" }
"""


@pytest.fixture(scope="module", autouse=True)
def folder_dags(dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    ours = Path(__file__).parent / "dags"
    folder = dags_folder / "pipeline_folder"
    folder.mkdir()
    shutil.copy(ours / "ledger_steps.py", dags_folder)
    shutil.copy(ours / "ledger.conf", folder / "_ledger.conf")
    (folder / "good.conf").write_text(GOOD)
    handed_over = str(tmp_path_factory.mktemp("handed_over"))
    (folder / "by_component.conf").write_text(BY_COMPONENT.replace("HANDOVER", handed_over))
    (dags_folder / "folder.py").write_text(DAG_FILE)


def test_a_dag_of_a_folder_fails_and_resumes(airflow_client: AirflowClient, tmp_path: Path) -> None:
    pd.DataFrame({"shop": ["a", "b", "a"], "cents": [100, 250, 30]}).to_csv(
        tmp_path / "sales.csv", index=False
    )
    ledger = tmp_path / "ledger"
    airflow_client.wait_for_dag("ledger_of_a_folder", file="folder.py")
    run_id = airflow_client.trigger(
        "ledger_of_a_folder",
        {
            "sales": str(tmp_path / "sales.csv"),
            "ledger": str(ledger),
            "output": str(tmp_path),
            "kind": "fail",
            "times": 1,
        },
    )
    assert (
        airflow_client.wait_for_run("ledger_of_a_folder", run_id, timeout_seconds=240)["state"] == "success"
    )

    summary = airflow_client.xcom(TaskId("ledger_of_a_folder", run_id, "pipeline"))
    steps = ledger.read_text().splitlines()
    assert summary["try"] == 2
    assert steps[:3] == ["sales", "per_shop", "append_per_shop"]
    assert steps[3].startswith("fail ")
    assert steps[4:] == ["sales", "trouble", "append_total"]


def test_a_run_is_for_what_its_trigger_form_and_conf_select(
    airflow_client: AirflowClient, tmp_path: Path
) -> None:
    pd.DataFrame({"shop": ["a", "b"], "cents": [100, 250]}).to_csv(tmp_path / "sales.csv", index=False)
    ledger = tmp_path / "ledger"
    airflow_client.wait_for_dag("ledger_of_a_folder", file="folder.py")
    form = airflow_client.get("/dags/ledger_of_a_folder/details")["params"]
    assert [name for name in form if form[name]["schema"].get("section")] == WORDS
    files = {"sales": str(tmp_path / "sales.csv"), "ledger": str(ledger), "output": str(tmp_path)}
    conf = {**files, "kind": "fail", "times": 0, "select": ["per_shop+"], "ppf": {"exclude": ["trouble+"]}}
    run_id = airflow_client.trigger("ledger_of_a_folder", conf)
    assert (
        airflow_client.wait_for_run("ledger_of_a_folder", run_id, timeout_seconds=240)["state"] == "success"
    )

    assert ledger.read_text().splitlines() == ["sales", "per_shop", "append_per_shop"]
    summary = airflow_client.xcom(TaskId("ledger_of_a_folder", run_id, "pipeline"))
    outcomes = {one["name"]: one for one in summary["components"]}
    assert {name for name, one in outcomes.items() if one["outcome"] == "replayed"} == {"read_sales", "sales"}
    assert outcomes["append_total"]["outcome"] == "skipped"

    wrong = airflow_client.trigger("ledger_of_a_folder", {**conf, "select": ["per_shp"]})
    assert airflow_client.wait_for_run("ledger_of_a_folder", wrong)["state"] == "failed"
    task = TaskId("ledger_of_a_folder", wrong, "pipeline")
    assert airflow_client.task(task)["try_number"] == 1
    assert 'did you mean "per_shop"' in str(airflow_client.log(task, 1))


def test_a_component_that_fails_is_retried_alone(airflow_client: AirflowClient, tmp_path: Path) -> None:
    sold = pd.DataFrame({"shop": ["a", "b", "a"], "cents": [100, 250, 30]})
    sold.to_csv(tmp_path / "sales.csv", index=False)
    ledger = tmp_path / "ledger"
    airflow_client.wait_for_dag("ledger_by_component", file="folder.py")
    run_id = airflow_client.trigger(
        "ledger_by_component",
        {
            "sales": str(tmp_path / "sales.csv"),
            "ledger": str(ledger),
            "output": str(tmp_path),
            "kind": "fail",
            "times": 1,
        },
    )
    state = airflow_client.wait_for_run("ledger_by_component", run_id, timeout_seconds=500)["state"]

    assert state == "success"
    tasks = airflow_client.tasks("ledger_by_component", run_id)
    assert {task["task_id"]: task["try_number"] for task in tasks} == {
        "prepare": 1,
        "shops": 1,
        "trouble": 2,
        "append_total": 1,
        "pipeline_end": 1,
    }
    steps = ledger.read_text().splitlines()
    assert steps[:3] == ["sales", "per_shop", "append_per_shop"]
    assert steps[3].startswith("fail ")
    assert steps[4:] == ["trouble", "append_total"]
    for name, expected in (("sales", sold), ("per_shop", sold.groupby("shop", as_index=False).sum())):
        written = pd.read_parquet(tmp_path / name).sort_values(["shop", "cents"], ignore_index=True)
        expected = expected.sort_values(["shop", "cents"], ignore_index=True)
        pd.testing.assert_frame_equal(written, expected, check_dtype=False)
    shown = airflow_client.task(TaskId("ledger_by_component", run_id, "shops"))["rendered_fields"]["config"]
    assert shown["append_per_shop"]["path"] == f"{tmp_path}/per_shop"


def test_a_broken_file_is_an_import_error_of_its_own_and_hides_no_dag(
    airflow_client: AirflowClient, dags_folder: Path
) -> None:
    airflow_client.wait_for_dag("ledger_of_a_folder", file="folder.py")
    broken = dags_folder / "pipeline_folder" / "broken.conf"
    broken.write_text(BROKEN)
    try:
        told = wait_until(
            lambda: airflow_client.import_errors().get("pipeline_folder/broken.conf"),
            "the import error of broken.conf",
        )
    finally:
        broken.unlink()

    assert 'broken.conf:4: airflow.shedule: expected a known key, got "shedule"' in told
    assert 'did you mean "schedule"?' in told
    dag = airflow_client.get("/dags/ledger_of_a_folder")
    assert (dag["is_stale"], dag["has_import_errors"]) == (False, False)
    gone = wait_until(
        lambda: "pipeline_folder/broken.conf" not in airflow_client.import_errors(), "the error to go"
    )
    assert gone
