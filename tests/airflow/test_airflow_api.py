"""Airflow's texts and private names, as this release of Airflow has them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_ppf.airflow_api import is_task_instance_gone

pytestmark = pytest.mark.airflow


def test_airflow_answers_a_superseded_try_with_the_text_that_is_recognised() -> None:
    state_store = pytest.importorskip("airflow.api_fastapi.execution_api.routes.task_state_store")
    nothing: Any = SimpleNamespace(get=lambda *_: None)
    with pytest.raises(state_store.HTTPException) as caught:
        state_store._get_task_scope_for_ti("0195-abc", nothing)
    assert is_task_instance_gone(RuntimeError(caught.value.detail["message"]))


def test_the_text_may_be_in_the_errors_detail_as_the_sdk_has_it() -> None:
    error = RuntimeError("Generic error")
    error.error = {"detail": "Task instance 0195-abc not found"}  # type: ignore[attr-defined]
    assert is_task_instance_gone(error)


@pytest.mark.parametrize("text", ["connection refused", "DAG run not found", "Task instance is running"])
def test_other_errors_are_not_taken_for_it(text: str) -> None:
    assert not is_task_instance_gone(RuntimeError(text))
