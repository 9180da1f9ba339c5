"""A pipeline in a real Airflow: what is run again, and what is not, however a try ended."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from dev.local_airflow import LocalAirflow
from tests.support.ledger_run import FIRST_STEPS, LAST_STEPS, REPLAYED, LedgerRun, starts

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the connection `elsewhere` keeps checkpoints."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def prepared(airflow: LocalAirflow, kept: Path) -> None:
    """The connections, one of them wrong."""
    extra = {"master": "local[1]", "checkpoint_store": f"file://{kept}", "secrets": {"PW": "hunter22"}}
    airflow.client.add_connection("elsewhere", "ppf", extra=extra)
    airflow.client.add_connection("wrong", "ppf", extra={"master": "mesos://there"})


# The two that hang come first, since until they are killed they take the places of others.
@pytest.mark.uses
@starts("ledger_retried", kind="hang", times=1)
def test_a_killed_task_process_resumes(ledger: LedgerRun) -> None:
    process = ledger.wait_for_trouble()[0]
    assert process.pid == ledger.client.wait_for_pid(ledger.task)

    process.kill()
    ledger.wait_for("success")

    ledger.assert_resumed()


@starts("ledger_materialized", kind="hang", times=1)
def test_what_a_killed_task_process_had_materialised_is_restored_and_not_run_again(ledger: LedgerRun) -> None:
    ledger.wait_for_trouble()[0].kill()
    ledger.wait_for("success")

    ledger.assert_resumed(replayed=[])
    assert ledger.outcomes() == {
        "sales": "restored",
        "trouble": "ran",
        "append_total": "ran",
        "read_sales": "skipped",
        "per_shop": "skipped",
        "append_per_shop": "skipped",
    }
    assert list((ledger.folder / "ppf" / "handover").iterdir()) == []


@pytest.mark.uses
@starts("ledger_retried", times=1)
def test_an_automatic_retry_resumes(ledger: LedgerRun) -> None:
    ledger.wait_for("success")

    assert ledger.steps()[3].startswith("fail ")
    ledger.assert_resumed()
    summary = ledger.client.xcom(ledger.task)
    assert summary["try"] == 2
    assert ledger.outcomes() == {
        "read_sales": "replayed",
        "sales": "replayed",
        "trouble": "ran",
        "append_total": "ran",
        "per_shop": "skipped",
        "append_per_shop": "skipped",
    }
    (written,) = [component for component in summary["components"] if component["name"] == "append_per_shop"]
    assert written["rows"] == len(pd.read_parquet(ledger.folder / "per_shop"))  # by the first try


@starts("ledger_one_try")
def test_the_log_of_a_task_that_goes_well_has_no_errors_and_no_warnings(ledger: LedgerRun) -> None:
    ledger.wait_for("success")
    lines = ledger.client.log(ledger.task, 1)
    assert "append_total" in {line.get("component") for line in lines}
    assert [line for line in lines if line.get("level") not in (None, "debug", "info")] == []


@pytest.mark.uses
@starts("ledger_one_try", times=1)
def test_clearing_the_failed_task_resumes(ledger: LedgerRun) -> None:
    ledger.wait_for("failed")
    assert ledger.outcomes("ppf_summary")["trouble"] == "failed"

    ledger.client.clear(ledger.dag_id, ledger.run_id, ["pipeline"])
    ledger.wait_for_try(2)

    ledger.assert_resumed()
    said = [line["event"] for line in ledger.client.log(ledger.task, 2)]
    assert any(text.startswith("Resuming: 4 of 6 components were completed by try 1") for text in said)


@starts("ledger_retried")
def test_clearing_a_successful_task_starts_afresh(ledger: LedgerRun) -> None:
    ledger.wait_for("success")
    assert ledger.steps() == FIRST_STEPS + LAST_STEPS

    ledger.client.clear(ledger.dag_id, ledger.run_id, ["pipeline"])
    ledger.wait_for_try(2)

    assert ledger.steps()[5:] == FIRST_STEPS + LAST_STEPS
    ledger.assert_data_equals_pandas(times=2)


@starts("ledger_retried", times=1, ppf={"resume": False})
def test_a_run_whose_conf_forbids_it_does_not_resume(ledger: LedgerRun) -> None:
    ledger.wait_for("success")

    assert ledger.steps()[4:] == FIRST_STEPS + LAST_STEPS
    assert "skipped" not in ledger.outcomes().values()


@starts("ledger_elsewhere", run_id="again", conn_id="elsewhere", times=2)
def test_a_connection_keeps_checkpoints_elsewhere_and_a_run_that_is_created_again_starts_afresh(
    ledger: LedgerRun, kept: Path
) -> None:
    assert "hunter22" not in str(ledger.client.get("/connections/elsewhere"))
    ledger.wait_for("failed")
    first, second = FIRST_STEPS, REPLAYED
    steps = [step for step in ledger.steps() if not step.startswith("fail ")]
    assert steps == first + second
    said = [line["event"] for line in ledger.client.log(ledger.task, 2)]
    assert any(text.startswith("Resuming: 4 of 6 components were completed by try 1") for text in said)
    (file,) = (kept / "checkpoints" / "ledger_elsewhere" / "pipeline" / "-1" / "ledger" / "again").iterdir()
    tries = json.loads(file.read_text())["tries"]
    assert [each_try["details"]["try_number"] for each_try in tries] == ["1", "2"]

    ledger.client.delete_run(ledger.dag_id, ledger.run_id)
    ledger.trigger("ledger_elsewhere", run_id="again", conn_id="elsewhere", times=0)
    ledger.wait_for("success")
    assert ledger.steps()[-5:] == FIRST_STEPS + LAST_STEPS
    said = [line["event"] for line in ledger.client.log(ledger.task, 1)]
    assert any(text.startswith("Starting afresh: the checkpoint is from a deleted DAG run") for text in said)


@starts("ledger_one_try", run_id="once_more", times=1)
def test_a_run_that_is_created_again_under_its_id_starts_afresh(ledger: LedgerRun) -> None:
    ledger.wait_for("failed")
    ledger.client.delete_run(ledger.dag_id, ledger.run_id)
    ledger.trigger("ledger_one_try", run_id="once_more", times=0)
    ledger.wait_for("success")

    assert ledger.steps()[4:] == FIRST_STEPS + LAST_STEPS


@starts("ledger_elsewhere", conn_id="wrong")
def test_a_wrong_connection_fails_at_once_without_retries(ledger: LedgerRun) -> None:
    ledger.wait_for("failed")

    assert [each_try["state"] for each_try in ledger.client.tries(ledger.task)] == ["failed"]
    assert "connection wrong, field master: expected local[4]" in str(ledger.client.log(ledger.task, 1))
    assert not ledger.file.exists()


@starts("ledger_wrong")
@pytest.mark.parametrize(
    ("task_id", "message"),
    [
        ("unknown_key", 'did you mean "retry"?'),
        ("missing_file", "no_such.conf"),
        ("missing_class", 'did you mean "Query"?'),
    ],
)
def test_a_wrong_pipeline_fails_at_once_without_retries(
    ledger: LedgerRun, task_id: str, message: str
) -> None:
    ledger.wait_for("failed")

    task = replace(ledger.task, task_id=task_id)
    assert [each_try["state"] for each_try in ledger.client.tries(task)] == ["failed"]
    assert message in str(ledger.client.log(task, 1))
    assert not ledger.file.exists()


@starts("ledger_wrong_query")
def test_a_query_that_spark_does_not_understand_fails_at_once_and_spark_says_little_in_the_log(
    ledger: LedgerRun,
) -> None:
    ledger.wait_for("failed")

    assert [each_try["state"] for each_try in ledger.client.tries(ledger.task)] == ["failed"]
    assert ledger.steps() == ["sales"]
    lines = ledger.client.log(ledger.task, 1)
    assert "permanent (the query is wrong)" in str([line.get("reason") for line in lines])
    assert not [line for line in lines if line.get("logger") in ("task.stderr", "spark.jvm")]
    assert not any("py4j" in str(line.get("logger")) for line in lines)
