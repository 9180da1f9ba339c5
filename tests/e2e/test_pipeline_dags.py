"""DAGs out of a folder of pipeline files, in a real Airflow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dev.airflow_client import AirflowClient
from dev.waiting import wait_until
from tests.support.ledger_run import LedgerRun, copy_dags, starts

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
def prepared(dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The folder of pipeline files, and the DAG file that makes DAGs of them."""
    folder = dags_folder / "pipeline_folder"
    folder.mkdir()
    copy_dags(dags_folder, "ledger_steps.py")
    copy_dags(folder, "ledger.conf")
    (folder / "ledger.conf").rename(folder / "_ledger.conf")
    (folder / "good.conf").write_text(GOOD)
    handed_over = str(tmp_path_factory.mktemp("handed_over"))
    (folder / "by_component.conf").write_text(BY_COMPONENT.replace("HANDOVER", handed_over))
    (dags_folder / "folder.py").write_text(DAG_FILE)


@pytest.mark.uses
@starts("ledger_of_a_folder", dag_file="folder.py", times=1)
def test_a_dag_of_a_folder_fails_and_resumes(ledger: LedgerRun) -> None:
    ledger.wait_for("success")

    assert ledger.client.xcom(ledger.task)["try"] == 2
    assert ledger.steps()[3].startswith("fail ")
    ledger.assert_resumed()


SELECTED = {"select": ["per_shop+"], "ppf": {"exclude": ["trouble+"]}}


@starts("ledger_of_a_folder", dag_file="folder.py", **SELECTED)
def test_a_run_is_for_what_its_trigger_form_and_conf_select(ledger: LedgerRun, tmp_path: Path) -> None:
    wrong = LedgerRun(ledger.client, tmp_path)
    wrong.trigger(ledger.dag_id, dag_file="folder.py", **{**SELECTED, "select": ["per_shp"]})
    form = ledger.client.get(f"/dags/{ledger.dag_id}/details")["params"]
    assert [name for name in form if form[name]["schema"].get("section")] == WORDS

    ledger.wait_for("success")
    assert ledger.steps() == ["sales", "per_shop", "append_per_shop"]
    outcomes = ledger.outcomes()
    assert {name for name, outcome in outcomes.items() if outcome == "replayed"} == {"read_sales", "sales"}
    assert outcomes["append_total"] == "skipped"

    wrong.wait_for("failed")
    assert ledger.client.task(wrong.task)["try_number"] == 1
    assert 'did you mean "per_shop"' in str(ledger.client.log(wrong.task, 1))


@pytest.mark.uses
@starts("ledger_by_component", dag_file="folder.py", times=1)
def test_a_component_that_fails_is_retried_alone(ledger: LedgerRun) -> None:
    ledger.wait_for("success")

    tasks = ledger.client.tasks(ledger.dag_id, ledger.run_id)
    assert {task["task_id"]: task["try_number"] for task in tasks} == {
        "prepare": 1,
        "shops": 1,
        "trouble": 2,
        "append_total": 1,
        "pipeline_end": 1,
    }
    steps = ledger.steps()
    assert steps[:3] == ["sales", "per_shop", "append_per_shop"]
    assert steps[3].startswith("fail ")
    assert steps[4:] == ["trouble", "append_total"]
    ledger.assert_data_equals_pandas()
    shops = replace(ledger.task, task_id="shops")
    shown = ledger.client.task(shops)["rendered_fields"]["config"]
    assert shown["append_per_shop"]["path"] == f"{ledger.folder}/per_shop"


@pytest.mark.uses
def test_a_broken_file_is_an_import_error_of_its_own_and_hides_no_dag(
    airflow_client: AirflowClient, dags_folder: Path
) -> None:
    airflow_client.wait_for_dag("ledger_of_a_folder", file="folder.py")
    broken = dags_folder / "pipeline_folder" / "broken.conf"
    broken.write_text(BROKEN)
    try:
        error = wait_until(
            lambda: airflow_client.import_errors().get("pipeline_folder/broken.conf"),
            "the import error of broken.conf",
        )
    finally:
        broken.unlink()

    assert 'broken.conf:4: airflow.shedule: expected a known key, got "shedule"' in error
    assert 'did you mean "schedule"?' in error
    dag = airflow_client.get("/dags/ledger_of_a_folder")
    assert (dag["is_stale"], dag["has_import_errors"]) == (False, False)
    gone = wait_until(
        lambda: "pipeline_folder/broken.conf" not in airflow_client.import_errors(), "the error to go"
    )
    assert gone
