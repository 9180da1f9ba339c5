"""A pipeline in a real Airflow: what is run again, and what is not, however a try ended."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from dev.airflow_client import AirflowClient, TaskId
from dev.waiting import wait_for_line

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

FIRST_STEPS = ["sales", "per_shop", "append_per_shop"]
LAST_STEPS = ["trouble", "append_total"]
REPLAYED = ["sales"]


@pytest.fixture(scope="module", autouse=True)
def ledger_dags(dags_folder: Path) -> None:
    for file in (Path(__file__).parent / "dags").glob("ledger*"):
        shutil.copy(file, dags_folder)


@dataclass
class Scene:
    """One run's files, and the run."""

    client: AirflowClient
    folder: Path
    dag_id: str = ""
    run_id: str = ""

    def trigger(self, dag_id: str, *, run_id: str | None = None, **conf: object) -> TaskId:
        self.dag_id = dag_id
        self.client.wait_for_dag(dag_id, file="ledger.py")
        self.run_id = self.client.trigger(
            dag_id,
            {
                "sales": str(self.folder / "sales.csv"),
                "ledger": str(self.ledger),
                "output": str(self.folder),
                "kind": "fail",
                "times": 0,
                **conf,
            },
            run_id=run_id,
        )
        return TaskId(dag_id, self.run_id, "pipeline")

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def steps(self) -> list[str]:
        return self.ledger.read_text().splitlines()

    def wait_for(self, state: str) -> None:
        assert self.client.wait_for_run(self.dag_id, self.run_id, timeout_seconds=240)["state"] == state

    def assert_data_equals_pandas(self, *, times: int = 1) -> None:
        """Every row is there exactly `times` times; sums are computed by pandas from the input."""
        sales = pd.read_csv(self.folder / "sales.csv").query("cents >= 0")
        expected = pd.concat([sales.groupby("shop", as_index=False)["cents"].sum()] * times)
        order = ["shop", "cents"]
        for name, wanted in (("per_shop", expected), ("sales", pd.concat([sales] * times))):
            found = pd.read_parquet(self.folder / name)
            pd.testing.assert_frame_equal(
                found.sort_values(order, ignore_index=True),
                wanted.sort_values(order, ignore_index=True),
                check_dtype=False,
            )


@pytest.fixture
def scene(airflow_client: AirflowClient, tmp_path: Path) -> Scene:
    chance = random.Random(20131224)
    rows = [(chance.choice(["Lyon", "Oslo", "Kobe"]), chance.randint(-500, 10_000)) for _ in range(3_000)]
    pd.DataFrame(rows, columns=["shop", "cents"]).to_csv(tmp_path / "sales.csv", index=False)
    return Scene(airflow_client, tmp_path)


def outcomes(summary: dict) -> dict[str, str]:
    return {component["name"]: component["outcome"] for component in summary["components"]}


def test_an_automatic_retry_resumes(scene: Scene) -> None:
    task = scene.trigger("ledger_retried", times=1)
    scene.wait_for("success")

    first, failure, *second = scene.steps()[:3], scene.steps()[3], *scene.steps()[4:]
    assert first == FIRST_STEPS
    assert failure.startswith("fail ")
    assert second == REPLAYED + LAST_STEPS
    scene.assert_data_equals_pandas()
    summary = scene.client.xcom(task)
    assert summary["try"] == 2
    assert outcomes(summary) == {
        "read_sales": "replayed",
        "sales": "replayed",
        "trouble": "ran",
        "append_total": "ran",
        "per_shop": "skipped",
        "append_per_shop": "skipped",
    }


def test_the_log_of_a_task_that_goes_well_has_no_errors_and_no_warnings(scene: Scene) -> None:
    task = scene.trigger("ledger_one_try")
    scene.wait_for("success")
    lines = scene.client.log(task, 1)
    assert "append_total" in {line.get("component") for line in lines}
    assert [line for line in lines if line.get("level") not in (None, "debug", "info")] == []


def test_clearing_the_failed_task_resumes(scene: Scene) -> None:
    task = scene.trigger("ledger_one_try", times=1)
    scene.wait_for("failed")
    assert outcomes(scene.client.xcom(task, "ppf_summary"))["trouble"] == "failed"

    scene.client.clear(scene.dag_id, scene.run_id, ["pipeline"])
    scene.client.wait_for_task(task, ["success"], try_number=2, timeout_seconds=120)

    assert scene.steps()[4:] == REPLAYED + LAST_STEPS
    scene.assert_data_equals_pandas()
    said = [line["event"] for line in scene.client.log(task, 2)]
    assert any(text.startswith("Resuming: 4 of 6 components were completed by try 1") for text in said)


def test_a_killed_task_process_resumes(scene: Scene) -> None:
    task = scene.trigger("ledger_retried", kind="hang", times=1)
    pid = int(wait_for_line(scene.ledger, "hang ", timeout_seconds=120).split()[1])
    assert pid == scene.client.wait_for_pid(task)

    os.kill(pid, signal.SIGKILL)
    scene.wait_for("success")

    assert scene.steps()[4:] == REPLAYED + LAST_STEPS
    scene.assert_data_equals_pandas()


def test_what_a_killed_task_process_had_materialised_is_restored_and_not_run_again(scene: Scene) -> None:
    task = scene.trigger("ledger_materialized", kind="hang", times=1)
    pid = int(wait_for_line(scene.ledger, "hang ", timeout_seconds=240).split()[1])
    os.kill(pid, signal.SIGKILL)
    scene.wait_for("success")

    assert scene.steps()[:3] == FIRST_STEPS
    assert scene.steps()[4:] == LAST_STEPS
    scene.assert_data_equals_pandas()
    assert outcomes(scene.client.xcom(task)) == {
        "sales": "restored",
        "trouble": "ran",
        "append_total": "ran",
        "read_sales": "skipped",
        "per_shop": "skipped",
        "append_per_shop": "skipped",
    }
    assert list((scene.folder / "ppf" / "handover").iterdir()) == []


def test_clearing_a_successful_task_starts_afresh(scene: Scene) -> None:
    task = scene.trigger("ledger_retried")
    scene.wait_for("success")
    assert scene.steps() == FIRST_STEPS + LAST_STEPS

    scene.client.clear(scene.dag_id, scene.run_id, ["pipeline"])
    scene.client.wait_for_task(task, ["success"], try_number=2, timeout_seconds=120)

    assert scene.steps()[5:] == FIRST_STEPS + LAST_STEPS
    scene.assert_data_equals_pandas(times=2)


def test_a_run_whose_conf_forbids_it_does_not_resume(scene: Scene) -> None:
    task = scene.trigger("ledger_retried", times=1, ppf={"resume": False})
    scene.wait_for("success")

    assert scene.steps()[4:] == FIRST_STEPS + LAST_STEPS
    assert "skipped" not in outcomes(scene.client.xcom(task)).values()


def test_a_connection_keeps_checkpoints_elsewhere_and_a_run_that_is_created_again_starts_afresh(
    scene: Scene,
) -> None:
    kept = scene.folder / "kept"
    extra = {"master": "local[1]", "checkpoint_store": f"file://{kept}", "secrets": {"PW": "hunter22"}}
    scene.client.add_connection("elsewhere", "ppf", extra=extra)
    assert "hunter22" not in str(scene.client.get("/connections/elsewhere"))

    task = scene.trigger("ledger_elsewhere", run_id="again", conn_id="elsewhere", times=2)
    scene.wait_for("failed")
    first, second = FIRST_STEPS, REPLAYED
    steps = [step for step in scene.steps() if not step.startswith("fail ")]
    assert steps == first + second
    said = [line["event"] for line in scene.client.log(task, 2)]
    assert any(text.startswith("Resuming: 4 of 6 components were completed by try 1") for text in said)
    (file,) = (kept / "checkpoints" / "ledger_elsewhere" / "pipeline" / "-1" / "ledger" / "again").iterdir()
    tries = json.loads(file.read_text())["tries"]
    assert [one["details"]["try_number"] for one in tries] == ["1", "2"]

    scene.client.delete_run(scene.dag_id, scene.run_id)
    task = scene.trigger("ledger_elsewhere", run_id="again", conn_id="elsewhere", times=0)
    scene.wait_for("success")
    assert scene.steps()[-5:] == FIRST_STEPS + LAST_STEPS
    said = [line["event"] for line in scene.client.log(task, 1)]
    assert any(text.startswith("Starting afresh: the checkpoint was left by a DAG run") for text in said)


def test_a_run_that_is_created_again_under_its_id_starts_afresh(scene: Scene) -> None:
    scene.trigger("ledger_one_try", run_id="once_more", times=1)
    scene.wait_for("failed")
    scene.client.delete_run(scene.dag_id, scene.run_id)
    scene.trigger("ledger_one_try", run_id="once_more", times=0)
    scene.wait_for("success")

    assert scene.steps()[4:] == FIRST_STEPS + LAST_STEPS


def test_a_wrong_connection_fails_at_once_without_retries(scene: Scene) -> None:
    scene.client.add_connection("wrong", "ppf", extra={"master": "mesos://there"})
    task = scene.trigger("ledger_elsewhere", conn_id="wrong")
    scene.wait_for("failed")

    assert [one["state"] for one in scene.client.tries(task)] == ["failed"]
    assert "connection wrong, field master: expected local[4]" in str(scene.client.log(task, 1))
    assert not scene.ledger.exists()


@pytest.mark.parametrize(
    ("task_id", "told"),
    [
        ("unknown_key", 'did you mean "retry"?'),
        ("missing_file", "no_such.conf"),
        ("missing_class", 'did you mean "Query"?'),
    ],
)
def test_a_wrong_pipeline_fails_at_once_without_retries(scene: Scene, task_id: str, told: str) -> None:
    scene.trigger("ledger_wrong")
    scene.wait_for("failed")

    task = TaskId(scene.dag_id, scene.run_id, task_id)
    assert [one["state"] for one in scene.client.tries(task)] == ["failed"]
    assert told in str(scene.client.log(task, 1))
    assert not scene.ledger.exists()


def test_a_query_that_spark_does_not_understand_fails_at_once_and_spark_says_little_in_the_log(
    scene: Scene,
) -> None:
    task = scene.trigger("ledger_wrong_query")
    scene.wait_for("failed")

    assert [one["state"] for one in scene.client.tries(task)] == ["failed"]
    assert scene.steps() == ["sales"]
    lines = scene.client.log(task, 1)
    assert "permanent (Spark does not understand the query)" in str([line.get("reason") for line in lines])
    assert not [line for line in lines if line.get("logger") in ("task.stderr", "spark.jvm")]
    assert not any("py4j" in str(line.get("logger")) for line in lines)
