"""`@task.pipeline`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from airflow_ppf.decorators.pipeline import pipeline_task
from airflow_ppf.retry_policy import PipelineRetryPolicy
from tests.support.components import EVENTS
from tests.support.task_state_store import StateStore

pytestmark = pytest.mark.usefixtures("outside_of_airflow")

FILE = """
name = p
version = "1"
spark { app_name = app }
components = [
  { name = a, component_type = sink, class_path = tests.support.components.Step
    config { label = "{{ ds }}", failures = 0 } }
]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.conf"
    path.write_text(FILE)
    return path


def run(function: Callable[..., Any], *args: Any, **decorated: Any) -> Any:
    """Render and execute the task, as the task runner does."""
    with DAG("d", schedule=None) as dag:
        pipeline_task(task_id="t", **decorated)(function)(*args)
    operator: Any = dag.get_task("t")
    ti = SimpleNamespace(
        dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=1, id="1", xcom_push=print
    )
    context: Any = {
        "ti": ti,
        "task_state_store": StateStore(),
        "ds": "2026-11-24",
        "dag": dag,
        "task": operator,
    }
    operator.render_template_fields(context)
    return operator.execute(context)


def as_mapping(label: str) -> dict[str, Any]:
    step = {
        "name": "a",
        "component_type": "sink",
        "class_path": "tests.support.components.Step",
        "config": {"label": label},
    }
    return {"name": "p", "version": "1", "components": [step]}


def test_airflow_knows_the_decorator() -> None:
    assert task.pipeline is pipeline_task


def test_a_function_returns_the_pipeline() -> None:
    assert run(lambda: as_mapping("x"))["status"] == "success"
    assert EVENTS == ["run x"]


@pytest.mark.parametrize("form", [str, Path])
def test_or_the_path_of_a_file_whose_templates_are_rendered(file: Path, form: Any) -> None:
    run(lambda: form(file))
    assert EVENTS == ["run 2026-11-24"]


def test_or_overrides_for_the_pipeline_that_is_given(file: Path) -> None:
    run(lambda: {"components.a.config.label": "other"}, pipeline=str(file))
    assert EVENTS == ["run other"]


def test_or_no_overrides(file: Path) -> None:
    run(lambda: None, pipeline=str(file), overrides={"components.a.config.label": "given"})
    assert EVENTS == ["run given"]


def test_overrides_that_the_function_returns_win_over_those_that_are_given(file: Path) -> None:
    run(
        lambda: {"components.a.config.label": "returned"},
        pipeline=str(file),
        overrides={"components.a.config.label": "given"},
    )
    assert EVENTS == ["run returned"]


def test_what_is_returned_is_not_rendered(file: Path) -> None:
    run(lambda: as_mapping("{{ ds }}"))
    run(lambda: {"components.a.config.label": "{{ ds }}"}, pipeline=str(file))
    assert EVENTS == ["run {{ ds }}"] * 2


def test_arguments_are_rendered_and_the_context_is_there_for_those_who_ask() -> None:
    def function(day: str, ti: Any) -> Any:
        return as_mapping(f"{day} {ti.run_id}")

    run(function, "{{ ds }}")
    assert EVENTS == ["run 2026-11-24 r"]


def test_a_function_that_returns_no_pipeline_is_wrong_and_says_what_it_should_return() -> None:
    for wrong in (lambda: None, lambda: 3, lambda: ""):
        with pytest.raises(TypeError, match="expected the function of t to return a pipeline"):
            run(wrong)


def test_overrides_are_a_mapping(file: Path) -> None:
    with pytest.raises(TypeError, match="expected the function of t to return overrides"):
        run(lambda: "x", pipeline=str(file))


def test_the_function_may_have_the_task_skipped() -> None:
    def function() -> Any:
        raise AirflowSkipException("nothing to do")

    with pytest.raises(AirflowSkipException):
        run(function)


def test_it_has_the_operators_arguments_and_its_retry_policy_mapped_or_not() -> None:
    with DAG("d", schedule=None) as dag:

        @pipeline_task(retries=3, fail_fast=False)
        def unmapped() -> Any:
            return as_mapping("x")

        @pipeline_task(retries=3)
        def many(day: str) -> Any:
            return as_mapping(day)

        unmapped()
        many.expand(day=["1", "2"])

    single: Any = dag.get_task("unmapped")
    mapped: Any = dag.get_task("many")
    assert (single.retries, single.fail_fast) == (3, False)
    assert isinstance(single.retry_policy, PipelineRetryPolicy)
    unmapped = mapped.unmap({"op_kwargs": {"day": "1"}})
    assert isinstance(unmapped.retry_policy, PipelineRetryPolicy)
    assert unmapped.retries == 3
