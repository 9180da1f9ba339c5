"""Errors in a pipeline, which fail the task without retries."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ppf_core.config import ConfigError
from ppf_core.runner import PipelineFailedError
from tests.support.task_state_store import StateStore

pytestmark = pytest.mark.airflow


def execute(**more: Any) -> str:
    """Return the permanent error of the task; an empty text if it did not fail."""
    from airflow_ppf.operators.pipeline import PipelineOperator

    step = {"name": "a", "component_type": "source", "class_path": "tests.support.components.NoOp"}
    pipeline = {"name": "sales", "version": "1", "components": [step], **more}
    ti = SimpleNamespace(
        dag_id="d", run_id="r", task_id="t", map_index=-1, try_number=1, max_tries=3, id="1", xcom_push=print
    )
    context: Any = {"ti": ti, "task_state_store": StateStore()}
    operator = PipelineOperator(task_id="t", pipeline=pipeline, retries=3)
    error: Exception | None = None
    try:
        operator.execute(context)
    except (ConfigError, PipelineFailedError) as wrong:
        error = wrong
    if error is None:
        return ""
    policy: Any = operator.retry_policy
    assert policy.evaluate(error, 1, 3, context).action.value == "fail"
    return str(error)


def test_a_pipeline_that_is_right_runs() -> None:
    assert execute() == ""


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "quality check": (
        {
            "quality": {
                "checks": [{"type": "schema", "name": "cols", "table": "v", "fields": {"id": "biggint"}}]
            }
        },
        'check "cols"',
    ),
    "provider of secrets": (
        {
            "secrets": {
                "providers": {
                    "vault": {
                        "class_path": "tests.support.vault.Vault",
                        "config": {"token": "secret://env/NOT_SET_AT_ALL"},
                    }
                }
            }
        },
        "secrets.providers.vault",
    ),
    "custom hook": ({"hooks": {"custom": [{"class_path": "tests.support.components.Step"}]}}, "hooks.custom"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_part_that_cannot_be_made_fails_the_task_without_retries(wrong: str) -> None:
    settings, message = WRONG[wrong]
    assert message in execute(**settings)


def test_schemas_that_do_not_fit_fail_the_task_without_retries() -> None:
    components = [
        {
            "name": "a",
            "component_type": "source",
            "class_path": "tests.support.components.MakesView",
            "config": {"ddl": "id int"},
        },
        {
            "name": "b",
            "component_type": "sink",
            "class_path": "tests.support.components.ReadsView",
            "depends_on": ["a"],
        },
    ]
    message = 'view "v" as declared by "a": column id: expected bigint'
    assert message in execute(components=components)
