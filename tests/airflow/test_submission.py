"""What spark-submit is given, and what is made of what it gives back. Nothing is submitted here."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.submission import (
    Application,
    SubmittedOutcome,
    SubmittedRunError,
    Submitter,
    submission_problems,
)
from airflow_ppf.summary import MAX_BYTES
from ppf_core.config import ConfigError, DeployMode, PipelineConfig, SparkConfig, load_from_file
from ppf_core.runner import Selection
from ppf_core.runner.live_status import LiveStatus, LiveStatusFolder
from ppf_core.session import PythonCode
from tests.steps import pipeline, step

pytestmark = pytest.mark.airflow

TREE = {
    "name": "p",
    "version": "1",
    "components": [{"name": "a", "component_type": "source", "class_path": "tests.steps.NoOp"}],
}


def application(root: Path, **spark: Any) -> Application:
    config = pipeline(step("a"))
    config = replace(
        config, spark=SparkConfig("app", **spark), checkpoint=replace(config.checkpoint, root=str(root))
    )
    selection = Selection(select=("a",), force=("a",))
    return Application(config, "run-1", True, f"{root}/submitted/run-1", {"try_number": "2"}, selection)


def arguments(application: Application, folder: Path) -> dict[str, Any]:
    return application.hook_arguments(folder, PythonCode(application.config.spark.py_files))


def test_the_command_is_ppf_run_with_the_run_and_its_folder(tmp_path: Path) -> None:
    given = arguments(application(tmp_path, master="spark://host:7077"), tmp_path)
    file = tmp_path / "pipeline.json"
    status = f"{tmp_path}/submitted/run-1"
    assert given["application_args"] == [
        *("run", str(file), "--run-id", "run-1", "--resume", "--status", status),
        *("--try-detail", "try_number=2", "--select", "a", "--force", "a"),
    ]
    assert given["files"] is None


def test_a_driver_in_the_cluster_gets_the_pipeline_sent_along(tmp_path: Path) -> None:
    given = arguments(application(tmp_path, master="yarn", deploy_mode="cluster"), tmp_path)
    assert given["files"] == str(tmp_path / "pipeline.json")
    assert given["application_args"][:2] == ["run", "pipeline.json"]
    assert given["deploy_mode"] == "cluster"


def test_the_pipeline_that_goes_along_is_the_same_but_for_the_code_that_is_sent(tmp_path: Path) -> None:
    ours = application(tmp_path, master="yarn", py_files=["tests"])
    given = arguments(ours, tmp_path)
    shipped = load_from_file(tmp_path / "pipeline.json", PipelineConfig)
    assert shipped == replace(ours.config, spark=replace(ours.config.spark, py_files=[]))
    assert given["py_files"].endswith(".zip")


def test_sizes_are_options_and_secrets_are_none(tmp_path: Path) -> None:
    conf = {"spark.hadoop.fs.s3a.secret.key": "secret://env/KEY", "spark.sql.ansi.enabled": "true"}
    given = arguments(application(tmp_path, master="yarn", driver_memory="3g", spark_conf=conf), tmp_path)
    assert given["conf"] == {
        "spark.driver.memory": "3g",
        "spark.driver.cores": "1",
        "spark.executor.memory": "4g",
        "spark.executor.cores": "2",
        "spark.executor.instances": "2",
        "spark.sql.ansi.enabled": "true",
    }


def test_a_driver_on_this_machine_imports_what_the_task_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    env = application(tmp_path, master="spark://host:7077").environment()
    assert str(tmp_path) in env["PYTHONPATH"].split(os.pathsep)
    assert env["PYSPARK_DRIVER_PYTHON"] == sys.executable
    assert (
        "PYSPARK_DRIVER_PYTHON"
        not in application(tmp_path, master="yarn", deploy_mode="cluster").environment()
    )


@pytest.mark.parametrize(
    ("master", "deploy_mode", "expected"),
    [
        ("yarn", "cluster", ["--master", "yarn", "--deploy-mode", "cluster", "--files", "PIPELINE"]),
        ("yarn", "client", ["--master", "yarn", "--deploy-mode", "client"]),
        (
            "k8s://https://host:6443",
            "cluster",
            ["--master", "k8s://https://host:6443", "--deploy-mode", "cluster", "--files", "PIPELINE"],
        ),
        ("spark://host:7077", "client", ["--master", "spark://host:7077", "--deploy-mode", "client"]),
    ],
)
def test_the_command_line_of_spark_submit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master: str, deploy_mode: str, expected: list[str]
) -> None:
    spark_submit = pytest.importorskip(
        "airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit"
    )
    from airflow_ppf.submission.submitter import spark_submit_hook

    # The hook asks for Kubernetes' own client before it takes such a master.
    monkeypatch.setattr(spark_submit, "kube_client", SimpleNamespace(), raising=False)
    hook = spark_submit_hook(
        master, None, arguments(application(tmp_path, master=master, deploy_mode=deploy_mode), tmp_path)
    )
    command = hook._build_spark_submit_command("ppf_run.py")
    options = dict(zip(command[1::2], command[2::2], strict=False))
    for option, value in zip(expected[::2], expected[1::2], strict=True):
        assert options[option] == value.replace("PIPELINE", str(tmp_path / "pipeline.json"))
    assert "--files" in command or "--files" not in expected
    assert command[command.index("ppf_run.py") + 1] == "run"


def problems(config: PipelineConfig) -> list[str]:
    return [problem.path for problem in submission_problems(config)]


def test_what_cannot_be_submitted_is_told(tmp_path: Path) -> None:
    good = application(tmp_path, master="yarn").config
    assert problems(good) == []
    assert problems(replace(good, checkpoint=replace(good.checkpoint, root=None))) == ["checkpoint.root"]
    assert problems(replace(good, checkpoint=replace(good.checkpoint, root="kept"))) == ["checkpoint.root"]
    connect = replace(good, spark=SparkConfig("a", connect_string="sc://h:1"))
    assert problems(connect) == ["spark.connect_string"]
    standalone = SparkConfig("a", master="spark://h:7077", deploy_mode=DeployMode.CLUSTER)
    assert problems(replace(good, spark=standalone)) == ["spark.deploy_mode"]
    secret = replace(good.components[0], config={"password": "secret://conn/db/password"})
    assert problems(replace(good, components=[secret])) == ["secrets"]


def test_arguments_that_mean_nothing_to_a_driver_of_its_own_are_refused(tmp_path: Path) -> None:
    operator = PipelineOperator(
        task_id="p", pipeline=TREE, submit=True, checkpoint_store="/data", hooks=["ppf_core.runner.NoOpHooks"]
    )
    with pytest.raises(ConfigError) as caught:
        operator.execute({"ti": None})  # type: ignore[typeddict-item]
    assert [problem.path for problem in caught.value.problems] == ["checkpoint_store", "hooks"]


DOCUMENT: dict[str, Any] = {
    "pipeline": "p",
    "status": "partial_success",
    "exit_code": 3,
    "duration_ms": 5,
    "components": [
        {"component": "a", "outcome": "succeeded", "duration_ms": 3, "retries": 1, "reason": ""},
        {"component": "b", "outcome": "failed", "duration_ms": 2, "retries": 0, "reason": "ValueError: no"},
        {"component": "c", "outcome": "skipped", "duration_ms": None, "retries": 0, "reason": "b failed"},
    ],
    "error": None,
    "hook_errors": [],
}


def test_the_summary_is_that_of_any_other_run() -> None:
    assert SubmittedOutcome(DOCUMENT).summary(2) == {
        "pipeline": "p",
        "status": "partial_success",
        "try": 2,
        "duration_ms": 5,
        "totals": {"ran": 1, "failed": 1, "skipped": 1, "retries": 1},
        "components": [
            {"name": "a", "outcome": "ran", "duration_ms": 3, "retries": 1},
            {"name": "b", "outcome": "failed", "duration_ms": 2, "reason": "ValueError: no"},
            {"name": "c", "outcome": "skipped", "reason": "b failed"},
        ],
        "quality": [],
        "hook_errors": [],
    }


def test_the_summary_of_a_pipeline_with_very_many_components_is_cut() -> None:
    many = [{"component": f"{n}", "outcome": "failed", "reason": "x" * 1000} for n in range(200)]
    summary = SubmittedOutcome({**DOCUMENT, "components": many}).summary(1)
    assert len(json.dumps(summary)) <= MAX_BYTES
    assert summary["totals"]["failed"] == 200


def test_a_failure_says_why_and_whether_another_try_is_worth_it() -> None:
    outcome = SubmittedOutcome(DOCUMENT)
    assert "ValueError: no" in str(outcome.error())
    assert (outcome.succeeded, outcome.is_bad_input, outcome.failed_quality) == (False, False, False)
    bad = SubmittedOutcome({"exit_code": 2, "error": {"type": "ConfigError", "message": "wrong"}})
    assert bad.is_bad_input
    assert "wrong" in str(bad.error())
    assert SubmittedOutcome({"exit_code": 1, "error": "DataQualityStop: too few"}).failed_quality


class Driver:
    """A driver that gives so many signs of life, one each time that somebody waits for it."""

    def __init__(self, folder: Path, beats: int, outcome: dict[str, Any] | None = None) -> None:
        self.folder = LiveStatusFolder(str(folder))
        self.left = beats
        self.beat = 1
        self.outcome = outcome
        self.folder.write(LiveStatus("one", 1))

    def wait(self, seconds: float) -> bool:
        if self.left:
            self.left -= 1
            self.beat += 1
            self.folder.write(LiveStatus("one", self.beat))
        elif self.outcome is not None:
            self.folder.write(LiveStatus("one", self.beat + 1, outcome=self.outcome))
        return False

    def submitter(self, folder: Path) -> Submitter:
        import logging

        return Submitter(str(folder), logging.getLogger("test"), wait=self.wait)


def test_a_driver_that_gives_signs_of_life_is_waited_for(tmp_path: Path) -> None:
    submitter = Driver(tmp_path, beats=3, outcome=DOCUMENT).submitter(tmp_path)
    running = submitter.running()
    assert running is not None
    assert submitter.attend(running).document == DOCUMENT


def test_a_driver_that_gives_none_counts_as_dead(tmp_path: Path) -> None:
    assert Driver(tmp_path, beats=0).submitter(tmp_path).running() is None


def test_a_driver_that_falls_silent_is_an_error(tmp_path: Path) -> None:
    submitter = Driver(tmp_path, beats=2).submitter(tmp_path)
    running = submitter.running()
    assert running is not None
    with pytest.raises(SubmittedRunError, match="no sign of life"):
        submitter.attend(running)


def test_nothing_runs_where_nothing_was_written_or_it_has_ended(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=0)
    assert driver.submitter(tmp_path / "elsewhere").running() is None
    driver.folder.write(LiveStatus("one", 2, outcome=DOCUMENT))
    assert driver.submitter(tmp_path).running() is None


def test_a_stopped_task_asks_the_driver_to_stop(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=0)
    driver.submitter(tmp_path).stop("because")
    assert driver.folder.asked_to_stop("one") == "because"
    assert driver.folder.asked_to_stop("another") is None


def test_what_a_run_has_told_is_removed_when_nobody_needs_it(tmp_path: Path) -> None:
    folder = tmp_path / "status"
    driver = Driver(folder, beats=0)
    submitter = driver.submitter(folder)
    submitter.stop("because")
    submitter.forget()
    assert not folder.exists()
    submitter.forget()
