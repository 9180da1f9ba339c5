"""Arguments for spark-submit and its results; nothing is submitted here."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.submission import (
    Application,
    SubmittedOutcome,
    SubmittedRunError,
    Submitter,
    submission_problems,
)
from airflow_ppf.task.summary import MAX_BYTES
from ppf_core.cli.run_outcome import outcome_document
from ppf_core.component import DataCount, DataKind
from ppf_core.config import ConfigError, DeployMode, PipelineConfig, SparkConfig, load_from_file
from ppf_core.quality import CheckResult
from ppf_core.runner import (
    CompletedComponents,
    ComponentResult,
    DataQualityStop,
    HandOverDamagedError,
    PartialRun,
    PipelineResult,
    PipelineResultStatus,
    RunKey,
    SelectedComponents,
    Selection,
    SkippedComponent,
    SkipReason,
)
from ppf_core.runner.watching.live_status import LiveStatus, LiveStatusFolder
from ppf_core.session import PythonCode
from tests.support.pipelines import pipeline, step
from tests.support.task_state_store import StateStore

pytestmark = pytest.mark.airflow

TREE = {
    "name": "p",
    "version": "1",
    "components": [{"name": "a", "component_type": "source", "class_path": "tests.support.components.NoOp"}],
}


def application(root: Path, **spark: Any) -> Application:
    config = pipeline(step("a"))
    config = replace(
        config, spark=SparkConfig("app", **spark), checkpoint=replace(config.checkpoint, root=str(root))
    )
    selection = Selection(select=("a",), force=("a",))
    return Application(config, "run-1", True, {"try_number": "2"}, selection)


def arguments(application: Application, folder: Path) -> dict[str, Any]:
    code = PythonCode(application.config.spark.py_files)
    return application.hook_arguments(folder, code, status="/shared/submitted/run-1.a")


def test_the_command_is_ppf_run_with_the_run_and_its_folder(tmp_path: Path) -> None:
    given = arguments(application(tmp_path, master="spark://host:7077"), tmp_path)
    file = tmp_path / "pipeline.json"
    assert given["application_args"] == [
        *("run", str(file), "--run-id", "run-1", "--resume", "--status", "/shared/submitted/run-1.a"),
        *("--try-detail", "try_number=2", "--select", "a", "--force", "a"),
    ]
    assert given["files"] is None


def test_a_driver_in_the_cluster_gets_the_pipeline_sent_along(tmp_path: Path) -> None:
    given = arguments(application(tmp_path, master="yarn", deploy_mode="cluster"), tmp_path)
    assert given["files"] == str(tmp_path / "pipeline.json")
    assert given["application_args"][:2] == ["run", "pipeline.json"]
    assert given["deploy_mode"] == "cluster"


PART = PartialRun(
    RunKey(("d", "", "-1"), "p", "r"),
    SelectedComponents(frozenset({"a"})),
    CompletedComponents({"b"}),
    {"a": {"x": 1}},
)


@pytest.mark.parametrize(
    ("master", "deploy_mode", "where"), [("spark://h:7077", "client", "{}/"), ("yarn", "cluster", "")]
)
def test_which_part_of_the_pipeline_is_to_run_goes_along_as_a_file(
    tmp_path: Path, master: str, deploy_mode: str, where: str
) -> None:
    ours = replace(application(tmp_path, master=master, deploy_mode=deploy_mode), selection=PART)
    given = arguments(ours, tmp_path)
    root = where.format(tmp_path)
    assert given["application_args"][1] == f"{root}pipeline.json"
    assert given["application_args"][-2:] == ["--part", f"{root}part.json"]
    assert "--select" not in given["application_args"]
    if not root:
        assert given["files"] == f"{tmp_path}/pipeline.json,{tmp_path}/part.json"
    assert PartialRun.from_json((tmp_path / "part.json").read_bytes(), "part.json") == PART


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
    ("master", "deploy_mode", "more_conf"),
    [
        ("yarn", "cluster", ["spark.yarn.maxAppAttempts=1"]),
        ("yarn", "client", []),
        ("k8s://https://host:6443", "cluster", []),
        ("k8s://https://host:6443", "client", []),
        ("spark://host:7077", "client", []),
        ("local[2]", "client", []),
    ],
)
def test_the_command_line_of_spark_submit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, master: str, deploy_mode: str, more_conf: list[str]
) -> None:
    spark_submit = pytest.importorskip(
        "airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit: make test-submit"
    )
    from airflow_ppf.submission.submitter import spark_submit_hook

    # The hook asks for Kubernetes' own client before it takes such a master.
    monkeypatch.setattr(spark_submit, "kube_client", SimpleNamespace(), raising=False)
    ours = application(tmp_path, master=master, deploy_mode=deploy_mode, py_files=["tests"])
    given = arguments(ours, tmp_path)
    command = spark_submit_hook(master, None, given)._build_spark_submit_command("ppf_run.py")
    sizes = ["driver.memory=2g", "driver.cores=1", "executor.memory=4g", "executor.cores=2"]
    conf = [*(f"spark.{size}" for size in sizes), "spark.executor.instances=2", *more_conf]
    file = str(tmp_path / "pipeline.json")
    assert command == [
        *("spark-submit", "--master", master),
        *(word for setting in conf for word in ("--conf", setting)),
        *(("--files", file) if deploy_mode == "cluster" else ()),
        *("--py-files", given["py_files"], "--name", "app", "--deploy-mode", deploy_mode, "ppf_run.py"),
        *("run", "pipeline.json" if deploy_mode == "cluster" else file, "--run-id", "run-1", "--resume"),
        *("--status", "/shared/submitted/run-1.a", "--try-detail", "try_number=2"),
        *("--select", "a", "--force", "a"),
    ]
    assert Path(given["py_files"]).name.startswith("tests-")


def test_sparks_own_keys_in_a_file_win_as_they_do_in_a_task(tmp_path: Path) -> None:
    conf = {"spark.master": "yarn", "spark.submit.deployMode": "cluster", "spark.app.name": "other"}
    ours = application(tmp_path, spark_conf=conf)
    given = arguments(ours, tmp_path)
    assert (ours.master, given["deploy_mode"], given["name"]) == ("yarn", "cluster", "other")
    assert not conf.keys() & given["conf"].keys()
    conf["spark.master"] = "spark://h:7077"
    assert problems(application(tmp_path, spark_conf=conf).config) == ["spark.deploy_mode"]


def test_the_number_of_yarns_own_attempts_is_that_of_the_file(tmp_path: Path) -> None:
    conf = {"spark.yarn.maxAppAttempts": "3"}
    given = arguments(application(tmp_path, master="yarn", deploy_mode="cluster", spark_conf=conf), tmp_path)
    assert given["conf"]["spark.yarn.maxAppAttempts"] == "3"


def problems(config: PipelineConfig) -> list[str]:
    return [problem.path for problem in submission_problems(config)]


def test_what_cannot_be_submitted_is_reported(tmp_path: Path) -> None:
    good = application(tmp_path, master="yarn").config
    assert problems(good) == []
    assert problems(replace(good, checkpoint=replace(good.checkpoint, root=None))) == ["checkpoint.root"]
    assert problems(replace(good, checkpoint=replace(good.checkpoint, root="kept"))) == ["checkpoint.root"]
    connect = replace(good, spark=SparkConfig("a", connect_string="sc://h:1"))
    assert problems(connect) == ["spark.connect_string"]
    for master in ("spark://h:7077", "local[2]"):
        no_driver = SparkConfig("a", master=master, deploy_mode=DeployMode.CLUSTER)
        assert problems(replace(good, spark=no_driver)) == ["spark.deploy_mode"]
    secret = replace(good.components[0], config={"password": "secret://conn/db/password"})
    assert problems(replace(good, components=[secret])) == ["secrets"]


def test_arguments_that_mean_nothing_to_a_driver_of_its_own_are_refused(tmp_path: Path) -> None:
    operator = PipelineOperator(
        task_id="p", pipeline=TREE, submit=True, checkpoint_store="/data", hooks=["ppf_core.runner.NoOpHooks"]
    )
    with pytest.raises(ConfigError) as caught:
        operator.execute({"ti": None})  # type: ignore[typeddict-item]
    assert [problem.path for problem in caught.value.problems] == ["checkpoint_store", "hooks"]


def test_tasks_that_share_a_session_are_not_submitted() -> None:
    operator = ComponentOperator(task_id="p", pipeline=TREE, submit=True, shared_session=True)
    with pytest.raises(ConfigError, match="shared_session: expected false together with submit"):
        operator.execute({"ti": None})  # type: ignore[typeddict-item]


DOCUMENT: dict[str, Any] = {
    "pipeline": "p",
    "status": "partial_success",
    "exit_code": 3,
    "duration_ms": 5,
    "components": [
        {
            "component": "a",
            "outcome": "ran",
            "duration_ms": 3,
            "retries": 1,
            "reason": "",
            "rows": 0,
            "bytes": 9,
            "counts": [{"name": "s3a://out/a", "rows": 0, "bytes": 9, "kind": "target"}],
        },
        {"component": "b", "outcome": "failed", "duration_ms": 2, "retries": 0, "reason": "ValueError: no"},
        {
            "component": "c",
            "outcome": "skipped",
            "duration_ms": None,
            "retries": 0,
            "reason": "b failed",
            "skip_reason": "upstream_failed",
        },
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
            {"name": "a", "outcome": "ran", "duration_ms": 3, "retries": 1, "rows": 0, "bytes": 9},
            {"name": "b", "outcome": "failed", "duration_ms": 2, "reason": "ValueError: no"},
            {"name": "c", "outcome": "skipped", "skip_reason": "upstream_failed", "reason": "b failed"},
        ],
        "quality": [],
        "hook_errors": [],
    }


def test_what_was_written_is_reported_as_the_driver_has_counted_it() -> None:
    view = DataCount("sales", 7, None, DataKind.VIEW)
    result = PipelineResult(
        PipelineResultStatus.SUCCESS,
        "p",
        [ComponentResult("a", True, 1, counts=(view, DataCount("s3a://out/a", 5, 50)))],
        skipped=[
            SkippedComponent("b", SkipReason.COMPLETED, counts=(DataCount("db.b", 3, 30),)),
            SkippedComponent("c", SkipReason.NOT_SELECTED),
        ],
    )
    document = outcome_document(result, exit_code=0, run_id="r", resume_command=None)
    assert SubmittedOutcome(json.loads(json.dumps(document))).counts == result.counts
    assert set(result.counts) == {"a", "b"}


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
    assert not SubmittedOutcome({"exit_code": 1, "error": "DataQualityStop: too few"}).failed_quality


@pytest.mark.parametrize("stops", [False, True], ids=["a component fails", "the run stops"])
def test_a_failed_quality_check_is_known_by_its_type(stops: bool) -> None:
    error = DataQualityStop("a", CheckResult("rows", False, "too few"))
    result = PipelineResult(
        PipelineResultStatus.FAILURE,
        "p",
        [] if stops else [ComponentResult("a", False, 1, error)],
        error=error if stops else None,
    )
    document = outcome_document(result, exit_code=1, run_id="r", resume_command=None)
    assert SubmittedOutcome(json.loads(json.dumps(document))).failed_quality


def test_a_hand_over_that_the_driver_could_not_use_is_reported_as_such() -> None:
    error = {"type": "HandOverDamagedError", "message": "…", "component": "a", "reason": "it is gone"}
    failure = SubmittedOutcome({"exit_code": 1, "error": error}).error()
    assert isinstance(failure, HandOverDamagedError)
    assert (failure.component, failure.reason) == ("a", "it is gone")


class Driver:
    """A driver that gives so many signs of life, one each time that somebody waits for it, and then ends or not."""

    def __init__(self, folder: Path, beats: int = 0, outcome: dict[str, Any] | None = None) -> None:
        self.folder = LiveStatusFolder(str(folder))
        self.left = beats
        self.status = LiveStatus("one", 1)
        self.outcome = outcome
        self.has_ended = False
        self.folder.write(self.status)
        self.kept = StateStore()
        self.kept.set("ppf_submitted", ["/an/earlier/one", str(folder)])

    def wait(self, seconds: float) -> bool:
        if self.has_ended:
            return False
        if self.left:
            self.left -= 1
            self.status = replace(self.status, beat=self.status.beat + 1)
        else:
            self.status = replace(self.status, outcome=self.outcome)
        self.folder.write(self.status)
        return False

    def submitter(self) -> Submitter:
        return Submitter("/unused", self.kept, logging.getLogger("test"), wait=self.wait)


SUCCESS = {**DOCUMENT, "exit_code": 0}


def test_a_driver_that_gives_signs_of_life_is_waited_for(tmp_path: Path) -> None:
    submitter = Driver(tmp_path, beats=3, outcome=DOCUMENT).submitter()
    running = submitter.left_over()
    assert running is not None
    assert submitter.attend(running) == SubmittedOutcome(DOCUMENT)


def test_a_driver_that_gives_none_counts_as_dead(tmp_path: Path) -> None:
    assert Driver(tmp_path).submitter().left_over() is None


def test_a_driver_that_succeeds_between_two_looks_is_not_missed(tmp_path: Path) -> None:
    submitter = Driver(tmp_path, outcome=SUCCESS).submitter()
    ended = submitter.left_over()
    assert ended is not None
    assert submitter.attend(ended) == SubmittedOutcome(SUCCESS)


def test_a_driver_that_has_succeeded_while_no_task_was_there_needs_no_other(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    driver.folder.write(LiveStatus("one", 2, outcome=SUCCESS))
    submitter = driver.submitter()
    ended = submitter.left_over()
    assert ended is not None
    outcome = submitter.attend(ended)
    assert outcome is not None
    assert outcome.succeeded


def test_a_driver_that_fails_between_two_looks_needs_another(tmp_path: Path) -> None:
    assert Driver(tmp_path, outcome=DOCUMENT).submitter().left_over() is None


def test_a_driver_that_falls_silent_is_an_error(tmp_path: Path) -> None:
    submitter = Driver(tmp_path, beats=2).submitter()
    running = submitter.left_over()
    assert running is not None
    with pytest.raises(SubmittedRunError, match="has reported no status"):
        submitter.attend(running)


def test_nobody_waits_for_a_driver_whose_success_its_own_task_has_taken_after_all(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=2)
    submitter = driver.submitter()
    running = submitter.left_over()
    assert running is not None
    driver.has_ended = True
    driver.submitter().forget()
    assert submitter.attend(running) is None


def test_a_driver_that_was_asked_to_stop_is_waited_for_and_then_needs_another(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=3, outcome=DOCUMENT)
    driver.folder.ask_to_stop("one", "the task was cleared")
    assert driver.submitter().left_over() is None
    assert driver.status.outcome == DOCUMENT


@pytest.mark.parametrize("beats", [0, 3], ids=["it has succeeded", "it is at work"])
def test_a_driver_that_began_with_what_was_made_again_is_stopped_and_needs_another(
    tmp_path: Path, beats: int
) -> None:
    folder = tmp_path / "run.a1-inputs"
    driver = Driver(folder, beats=beats, outcome=SUCCESS)
    assert driver.submitter().left_over("others") is None
    assert driver.status.outcome == SUCCESS  # it was waited for
    assert driver.folder.asked_to_stop("one") is not None


def test_a_driver_that_began_with_the_same_is_not(tmp_path: Path) -> None:
    driver = Driver(tmp_path / "run.a1-inputs", beats=3, outcome=SUCCESS)
    assert driver.submitter().left_over("inputs") is not None
    assert driver.folder.asked_to_stop("one") is None


def test_a_driver_that_has_reported_nothing_yet_is_waited_for(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=3, outcome=DOCUMENT)
    driver.folder.remove()
    submitter = driver.submitter()
    running = submitter.left_over()
    assert running is not None
    assert submitter.attend(running) == SubmittedOutcome(DOCUMENT)


def test_nothing_runs_where_nothing_was_submitted_or_written(tmp_path: Path) -> None:
    driver = Driver(tmp_path)
    driver.kept.set("ppf_submitted", [str(tmp_path / "elsewhere")])
    assert driver.submitter().left_over() is None
    driver.kept.delete("ppf_submitted")
    assert driver.submitter().left_over() is None


def test_a_stopped_task_asks_the_driver_that_it_waits_for_to_stop(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=1)
    submitter = driver.submitter()
    submitter.left_over()
    submitter.stop("because")
    assert driver.folder.asked_to_stop("one") == "because"


def test_a_driver_that_its_task_has_left_is_not_asked_to_stop(tmp_path: Path) -> None:
    driver = Driver(tmp_path, beats=1)
    submitter = driver.submitter()
    submitter.left_over()
    submitter.leave()
    submitter.stop("the supervisor has ended")
    assert driver.folder.asked_to_stop("one") is None


def test_what_the_runs_have_reported_is_removed_when_nobody_needs_it(tmp_path: Path) -> None:
    folder = tmp_path / "status"
    driver = Driver(folder)
    submitter = driver.submitter()
    submitter.left_over()
    submitter.stop("because")
    submitter.forget()
    assert not folder.exists()
    assert driver.kept.get("ppf_submitted") is None
    submitter.forget()
