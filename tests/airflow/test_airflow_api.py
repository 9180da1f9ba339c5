"""Airflow's texts and private names, as this release of Airflow has them."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_ppf.airflow_api import (
    has_file_system,
    is_argument_given,
    is_client_process,
    is_supervised,
    is_task_instance_gone,
    never_expire,
    serialize_dag,
    spark_submit_output,
    task_log_permission,
    unset_argument,
)

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


def test_the_dag_processor_marks_its_process_as_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing import processor

    entrypoint = inspect.getsource(processor._parse_file_entrypoint)
    assert 'os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "client"' in entrypoint
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")
    assert is_client_process()
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    assert not is_client_process()


def test_a_supervised_task_holds_a_decoder_for_its_supervisor(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import CommsDecoder

    assert "SUPERVISOR_COMMS" in task_runner.__annotations__
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", CommsDecoder.__new__(CommsDecoder), raising=False)
    assert is_supervised()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", object())
    assert not is_supervised(), "as in dag.test"


def test_the_retention_that_never_expires_is_longer_than_any_other() -> None:
    pytest.importorskip("airflow.api_fastapi.execution_api.routes.task_state_store")
    assert never_expire() == timedelta.max


def test_airflow_has_file_systems_for_some_schemes() -> None:
    assert has_file_system("file")
    assert not has_file_system("no-such-scheme")


def test_a_dag_is_serialized_as_plain_json() -> None:
    document = serialize_dag(DAG("a"))
    assert json.loads(json.dumps(document))["dag"]["dag_id"] == "a"


def test_the_permission_to_read_task_logs_is_asked_of_airflows_auth_manager(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api import security
    from airflow.models.dag import DagModel

    questions: list[dict[str, Any]] = []

    def allow(**question: Any) -> bool:
        questions.append(question)
        return True

    monkeypatch.setattr(DagModel, "get_team_name", lambda *_: None)
    monkeypatch.setattr(security, "get_auth_manager", lambda: SimpleNamespace(is_authorized_dag=allow))
    request: Any = SimpleNamespace(path_params={"dag_id": "sales"}, query_params={})
    task_log_permission()(request, "user")
    (question,) = questions
    assert question["method"] == "GET"
    assert question["access_entity"] is DagAccessEntity.TASK_LOGS
    assert question["details"].id == "sales"
    assert question["user"] == "user"


def test_the_hook_for_spark_submit_keeps_its_process_and_its_output() -> None:
    module = pytest.importorskip("airflow.providers.apache.spark.hooks.spark_submit")
    source = inspect.getsource(module.SparkSubmitHook)
    assert "self._submit_sp = subprocess.Popen(" in source
    assert "self._submit_sp.stdout" in source
    hook = SimpleNamespace(_submit_sp=SimpleNamespace(stdout="pipe"))
    assert spark_submit_output(hook) == "pipe"
    assert spark_submit_output(SimpleNamespace()) is None


def test_an_argument_that_is_set_during_execution_counts_as_missing() -> None:
    assert not is_argument_given(unset_argument())
    assert is_argument_given("pipeline.conf")
    assert is_argument_given(None)


def test_loading_the_module_loads_nothing_of_airflow() -> None:
    program = (
        "import sys, airflow_ppf.airflow_api\n"
        "print([name for name in sys.modules if name.startswith('airflow.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
