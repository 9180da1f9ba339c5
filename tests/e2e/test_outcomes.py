"""Ends of tasks in a real Airflow, by the outcome of their pipelines: log and XCom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dev.airflow_client import AirflowClient, TaskId
from tests.support.ledger_run import copy_dags

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


class Run:
    """The run of all tasks, which all tests here look at."""

    def __init__(self, client: AirflowClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        client.wait_for_dag("outcomes", file="outcomes.py")
        self.run_id = client.trigger("outcomes", {"folder": str(folder), "day": "2013-12-24"})
        client.wait_for_run("outcomes", self.run_id, timeout_seconds=500)

    def task(self, task_id: str, map_index: int = -1) -> TaskId:
        return TaskId("outcomes", self.run_id, task_id, map_index)

    def states(self, task_id: str, map_index: int = -1) -> list[str]:
        return [each_try["state"] for each_try in self.client.tries(self.task(task_id, map_index))]

    def steps(self, task_id: str, map_index: int = -1) -> list[str]:
        return (self.folder / f"{task_id}{map_index}").read_text().splitlines()

    def log(self, task_id: str, try_number: int) -> list[dict[str, Any]]:
        return self.client.log(self.task(task_id), try_number)


@pytest.fixture(scope="module")
def run(airflow: Any, dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    copy_dags(dags_folder, "outcomes*")
    return Run(airflow.client, tmp_path_factory.mktemp("outcomes"))


def test_a_permanent_error_makes_one_try_whatever_retries_says(run: Run) -> None:
    assert run.states("wrong") == ["failed"]
    assert run.steps("wrong") == ["first", "middle"]
    reasons = [line.get("reason") for line in run.log("wrong", 1)]
    assert "permanent (the code is wrong): TypeError: this code is wrong" in reasons


def test_a_transient_error_makes_two_and_the_second_resumes(run: Run) -> None:
    assert run.states("lost") == ["failed", "success"]
    assert run.steps("lost") == ["first", "middle", "middle", "last"]


def test_a_component_may_have_the_task_skipped(run: Run) -> None:
    assert run.states("skip") == ["skipped"]


def test_each_index_of_a_mapped_task_has_tries_and_a_checkpoint_of_its_own(run: Run) -> None:
    assert run.states("mapped", 0) == ["failed", "success"]
    assert run.states("mapped", 1) == ["success"]
    assert run.steps("mapped", 0) == ["first", "middle", "middle", "last"]
    assert run.steps("mapped", 1) == ["first", "middle", "last"]


def test_a_decorated_functions_overrides_are_taken_as_they_are(run: Run) -> None:
    assert run.states("decorated") == ["success"]
    assert run.steps("decorated") == ["first", "middle", "{{ 2013-12-24 }}"]


def test_the_log_has_each_event_once_with_the_fields_of_an_audit_event(run: Run) -> None:
    lines = run.log("lost", 1)
    events = [line for line in lines if "audit_action" in line]
    assert [(line["audit_action"], line["audit_actor"], line["level"]) for line in events] == [
        ("pipeline_started", "SimplePipelineRunner", "info"),
        ("component_started", "first", "info"),
        ("component_completed", "first", "info"),
        ("component_started", "middle", "info"),
        ("component_failed", "middle", "error"),
        ("pipeline_completed", "SimplePipelineRunner", "error"),
    ]
    assert {line["logger"] for line in events} == {"ppf.pipeline"}
    assert len({line["audit_trace_id"] for line in events}) == 1
    assert events[0]["event"] == "Pipeline outcomes (1, dev, team=tests) starts: 3 components"
    assert events[2]["audit_metadata"].keys() == {"duration_ms"}
    assert sum("first succeeded" in str(line["event"]) for line in lines) == 1


def test_the_log_has_a_group_for_each_component_with_all_that_is_logged_in_it(run: Run) -> None:
    lines = run.log("lost", 2)
    events = [str(line["event"]) for line in lines]
    groups = [text for text in events if text.startswith("::group::") and " of " in text]
    assert [text.split("::")[2].split()[0] for text in groups] == ["middle", "last"]
    inside = next(line for line in lines if line["event"] == "noted by middle")
    assert inside["component"] == "middle"
    opened = events.index(groups[0])
    assert opened < events.index("noted by middle") < events.index("::endgroup::", opened)


def test_the_summary_is_the_xcom_of_a_try_that_succeeded_and_of_one_that_failed(run: Run) -> None:
    good = run.client.xcom(run.task("lost"))
    bad = run.client.xcom(run.task("wrong"), "ppf_summary")
    assert (good["try"], good["totals"]) == (2, {"ran": 2, "skipped": 1, "retries": 0})
    assert (bad["try"], bad["totals"]) == (1, {"ran": 1, "failed": 1, "skipped": 1, "retries": 0})
