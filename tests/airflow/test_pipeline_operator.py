"""A task that runs a pipeline, without Airflow around it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, Asset
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, AirflowTaskTimeout
from airflow.sdk.execution_time.context import OutletEventAccessors
from structlog.testing import capture_logs

from airflow_ppf.checkpoint import TaskStateCheckpointStore
from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.operators.pipeline import PipelineOperator
from ppf_core.component import DataCount
from ppf_core.config import ConfigError, PipelineConfig
from ppf_core.errors import StopPipeline
from ppf_core.quality import CheckResult
from ppf_core.runner import (
    CheckpointState,
    DataQualityStop,
    NoOpHooks,
    PipelineConfigChangedError,
    PipelineFailedError,
)
from tests.support.components import ERRORS, EVENTS, Counting, reset
from tests.support.hooks import Greeter
from tests.support.pipelines import pipeline, step
from tests.support.task_state_store import StateStore

pytestmark = pytest.mark.usefixtures("outside_of_airflow")


class TaskInstance(SimpleNamespace):
    """The attributes of Airflow's task instance that are used."""

    def __init__(self, try_number: int = 1, map_index: int = -1) -> None:
        super().__init__(
            dag_id="d", run_id="r", task_id="t", map_index=map_index, try_number=try_number, max_tries=2
        )
        self.id = f"ti-{try_number}"
        self.xcoms: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value


def execute(
    operator: Any, ti: TaskInstance | None = None, store: StateStore | None = None, **more: Any
) -> Any:
    context: Any = {"ti": ti or TaskInstance(), "task_state_store": store or StateStore(), **more}
    return operator.execute(context)


def operator(config: PipelineConfig, **arguments: Any) -> PipelineOperator:
    return PipelineOperator(task_id="t", pipeline=config, **arguments)


FAILS_ONCE = pipeline(step("a"), step("b", "a", config={"failures": 1}), step("c", "b"))


def test_a_second_try_runs_what_the_first_did_not_complete() -> None:
    store = StateStore()
    with pytest.raises(PipelineFailedError):
        execute(operator(FAILS_ONCE), TaskInstance(1), store)
    summary = execute(operator(FAILS_ONCE), TaskInstance(2), store)
    assert EVENTS == ["run a", "run b", "run b", "run c"]
    assert (summary["try"], summary["status"]) == (2, "success")


def test_a_failed_try_leaves_its_summary() -> None:
    ti = TaskInstance()
    with pytest.raises(PipelineFailedError) as caught:
        execute(operator(FAILS_ONCE), ti)
    assert ti.xcoms["ppf_summary"]["totals"] == {"ran": 1, "failed": 1, "skipped": 1, "retries": 0}
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_interrupted_try_leaves_its_summary() -> None:
    ERRORS["a"] = AirflowTaskTimeout("Timeout")
    ti = TaskInstance()
    with pytest.raises(AirflowTaskTimeout):
        execute(operator(pipeline(step("a", config={"failures": 1}))), ti)
    assert ti.xcoms["ppf_summary"]["totals"]["failed"] == 1
    assert ti.xcoms["ppf_summary"]["error"] == "AirflowTaskTimeout: Timeout"


def test_a_summary_that_cannot_be_kept_does_not_hide_why_the_run_failed() -> None:
    ti = TaskInstance()

    def refuse(key: str, value: Any) -> None:
        raise RuntimeError("404: the task instance is not there")

    ti.xcom_push = refuse  # type: ignore[method-assign] # as Airflow does once it has taken the task away
    with pytest.raises(PipelineFailedError, match="b failed"):
        execute(operator(FAILS_ONCE), ti)


def test_fail_fast_is_the_operators_to_say() -> None:
    both = pipeline(step("a", config={"failures": 1}), step("b"))
    for fail_fast, ran in ((True, 1), (False, 2)):
        reset()
        with pytest.raises(PipelineFailedError):
            execute(operator(both, fail_fast=fail_fast))
        assert len(EVENTS) == ran


def test_what_happens_after_a_change_is_the_operators_to_say() -> None:
    store = StateStore()
    with pytest.raises(PipelineFailedError):
        execute(operator(FAILS_ONCE), TaskInstance(1), store)
    changed = pipeline(step("a"), step("new", "a"))
    with pytest.raises(PipelineConfigChangedError):
        execute(operator(changed), TaskInstance(2), store)
    reset()
    execute(operator(changed, on_config_change="restart"), TaskInstance(3), store)
    assert EVENTS == ["run a", "run new"]


def test_hooks_watch_the_run() -> None:
    execute(operator(pipeline(step("a")), hooks=["tests.support.hooks.Greeter", Greeter("good day")]))
    assert EVENTS == ["hello", "good day", "run a"]


def test_a_hook_that_cannot_be_made_is_an_error_before_anything_runs() -> None:
    with pytest.raises(ConfigError, match="Greter"):
        execute(operator(pipeline(step("a")), hooks=["tests.support.hooks.Greter"]))
    assert EVENTS == []


def failing_with(*errors: Exception) -> PipelineConfig:
    steps = []
    for number, error in enumerate(errors):
        ERRORS[f"s{number}"] = error
        steps.append(step(f"s{number}", config={"failures": 9}))
    return pipeline(*steps)


def test_a_component_may_have_the_task_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="no data today"):
        execute(operator(failing_with(AirflowSkipException("no data today"))))


def test_a_failure_beside_it_is_a_failure_all_the_same() -> None:
    config = failing_with(AirflowSkipException("no data"), ValueError("x"))
    with pytest.raises(PipelineFailedError):
        execute(operator(config, fail_fast=False))


def test_a_component_may_have_the_task_fail_without_another_try() -> None:
    with pytest.raises(AirflowFailException, match="never mind"):
        execute(operator(failing_with(AirflowFailException("never mind"))))


class LooksLikeSkip(Exception):  # noqa: N818 - renamed below
    """A user's exception that shares only its name with Airflow's."""


class LooksLikeQuality(Exception):  # noqa: N818 - renamed below
    """A user's exception that shares only its name with that of a quality check."""


LooksLikeSkip.__name__, LooksLikeQuality.__name__ = "AirflowSkipException", "DataQualityError"


@pytest.mark.parametrize("cls", [LooksLikeSkip, LooksLikeQuality])
def test_the_class_of_an_error_decides_not_its_name(cls: type[Exception]) -> None:
    with pytest.raises(PipelineFailedError, match="mine"):
        execute(operator(failing_with(cls("mine"))))


class Refuses(NoOpHooks):
    """As a quality check that ends the run."""

    def after_component(self, config: Any, index: int, total: int, duration_ms: int) -> None:
        raise DataQualityStop("rows", CheckResult("rows", False, "0 rows"))


class RefusesAtTheEnd(NoOpHooks):
    """As one that comes last."""

    def after_pipeline(self, config: Any, result: Any) -> None:
        raise DataQualityStop("rows", CheckResult("rows", False, "0 rows"))


@pytest.mark.parametrize("hook", [Refuses, RefusesAtTheEnd])
def test_a_failed_quality_check_fails_the_task_at_once_or_leaves_it_to_its_retries(hook: Any) -> None:
    config = pipeline(step("a"))
    with pytest.raises(AirflowFailException, match="0 rows"):
        execute(operator(config, hooks=[hook]))
    with pytest.raises(PipelineFailedError, match="0 rows") as caught:
        execute(operator(config, hooks=[hook], on_quality_failure="retry"))
    retry: Any = operator(config).retry_policy
    assert retry.evaluate(caught.value, 1, 2).action.value == "default"


def test_another_hooks_order_to_stop_is_no_quality_failure() -> None:
    class Stops(NoOpHooks):
        def before_component(self, config: Any, index: int, total: int) -> None:
            raise StopPipeline("enough")

    with pytest.raises(PipelineFailedError, match="enough"):
        execute(operator(pipeline(step("a")), hooks=[Stops]))


def test_what_several_components_failed_of_is_shown_for_each() -> None:
    with capture_logs() as lines, pytest.raises(PipelineFailedError):
        execute(operator(failing_with(ValueError("x"), KeyError("y"), OSError("z")), fail_fast=False))
    shown = [(line["event"], type(line["exc_info"])) for line in lines if "exc_info" in line]
    assert shown == [("s1 failed with this error", KeyError), ("s2 failed with this error", OSError)]


def test_a_mapped_task_keeps_a_checkpoint_for_each_index() -> None:
    """Unmap and execute what `expand` gives, in this process, as Airflow's task runner does."""
    with DAG("d", schedule=None) as dag:
        PipelineOperator.partial(
            task_id="t", pipeline=as_mapping("a", "b", failures_of_b=1), fail_fast=True
        ).expand(overrides=[{"components.a.config.label": "a0"}, {"components.a.config.label": "a1"}])
    mapped: Any = dag.get_task("t")
    stores = [StateStore(), StateStore()]

    def run(index: int, try_number: int) -> list[str]:
        EVENTS.clear()
        unmapped = mapped.unmap({"overrides": {"components.a.config.label": f"a{index}"}})
        execute(unmapped, TaskInstance(try_number, index), stores[index])
        return EVENTS

    with pytest.raises(PipelineFailedError):
        run(0, 1)
    assert EVENTS == ["run a0", "run b"]
    assert run(1, 1) == ["run a1", "run b"]
    assert run(0, 2) == ["run b"]


def as_mapping(*names: str, failures_of_b: int = 0) -> dict[str, Any]:
    return {
        "name": "p",
        "version": "1",
        "spark": {"app_name": "app"},
        "components": [
            {
                "name": name,
                "component_type": "sink",
                "class_path": "tests.support.components.Step",
                "config": {"label": name, "failures": failures_of_b if name == "b" else 0},
                "depends_on": list(names[:index]),
            }
            for index, name in enumerate(names)
        ],
    }


def test_it_is_an_operator_like_others_in_a_dag() -> None:
    with DAG("d", schedule=None, default_args={"retries": 2, "on_quality_failure": "warn"}):
        task = PipelineOperator(task_id="t", pipeline={}, outlets=[Asset("sales")])
    assert (task.retries, task.on_quality_failure, task.outlets) == (2, "warn", [Asset("sales")])


def test_the_events_of_its_assets_report_which_pipeline_wrote_how_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Counting, "counts", [DataCount("/out", 3, 40)])
    asset, events = Asset("out"), OutletEventAccessors()
    config = pipeline(step("a", kind="sink", cls="Counting"))
    summary = execute(operator(config, outlets=[asset]), outlet_events=events)
    assert events[asset].extra == {"pipeline": "p", "pipeline_version": "1", "rows": 3, "bytes": 40}
    assert (summary["components"][0]["rows"], summary["components"][0]["bytes"]) == (3, 40)


def test_a_task_of_components_reads_its_pipeline_once(tmp_path: Path) -> None:
    file = tmp_path / "p.conf"
    file.write_text("""
        name = p, version = "1"
        components = [{
          name = a, component_type = source, class_path = tests.support.components.Step, config { label = "{{ who }}" }
        }]
    """)
    task = ComponentOperator(task_id="t", pipeline=str(file), components=["a"])
    context: Any = {"who": "me", "ti": TaskInstance(), "task_state_store": StateStore()}
    task.render_template_fields(context)
    assert task.config == {"a": {"label": "me"}}
    file.unlink()
    assert task._load(context).components[0].config == {"label": "me"}
    assert task._part().components == ["a"]


@pytest.mark.parametrize("force", [(), ("a",)], ids=["resumes", "resumes and forces"])
def test_a_resuming_try_loads_its_checkpoint_once(
    force: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StateStore()
    with pytest.raises(PipelineFailedError):
        execute(operator(FAILS_ONCE), store=store)
    loads: list[str] = []
    load = TaskStateCheckpointStore.load

    def counted(self: TaskStateCheckpointStore, run_id: str, pipeline_name: str) -> CheckpointState | None:
        loads.append(run_id)
        return load(self, run_id, pipeline_name)

    monkeypatch.setattr(TaskStateCheckpointStore, "load", counted)
    summary = execute(operator(FAILS_ONCE, force=force), TaskInstance(2), store.next_try())
    assert summary["status"] == "success"
    # Once to resume; the first save looks once more whether another try has taken over.
    assert len(loads) == 2
