"""Selection of components for a DAG run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, Param
from airflow.sdk.definitions.param import process_params
from airflow.serialization.serialized_objects import DagSerialization

from airflow_ppf.dag_factory import pipeline_dag
from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.run_selection import add_selection_params, chosen_selection, selection_params
from airflow_ppf.task.error_table import Verdict, verdict_on
from ppf_core.config import ConfigError
from ppf_core.runner import PipelineFailedError, Selection
from tests.support.components import EVENTS, ON_RUN
from tests.support.pipelines import pipeline, step
from tests.support.task_state_store import StateStore

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("outside_of_airflow")]

WORDS = ["select", "exclude", "from", "until", "force"]
CHAIN = pipeline(step("a"), step("b", "a"), step("c", "b"))


def task_instance(try_number: int = 1, max_tries: int = 3) -> Any:
    return SimpleNamespace(
        dag_id="d",
        run_id="r",
        task_id="t",
        map_index=-1,
        try_number=try_number,
        max_tries=max_tries,
        id=f"ti-{try_number}",
        xcom_push=lambda key, value: None,
    )


def execute(operator: PipelineOperator, store: StateStore | None = None, **context: Any) -> list[str]:
    EVENTS.clear()
    conf = context.pop("conf", {})
    ti = task_instance(**{name: context.pop(name) for name in ("try_number", "max_tries") if name in context})
    everything: Any = {
        "ti": ti,
        "task_state_store": store or StateStore(),
        "dag_run": SimpleNamespace(conf=conf),
        **context,
    }
    operator.execute(everything)
    return [event.removeprefix("run ") for event in EVENTS]


def operator(**arguments: Any) -> PipelineOperator:
    return PipelineOperator(task_id="t", pipeline=CHAIN, **arguments)


def a_dag(**params: Any) -> DAG:
    dag = DAG("d", schedule=None, params=params)
    add_selection_params(dag)
    return dag


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        ({"select": ["b"]}, ["a", "b"]),
        ({"select": "b"}, ["a", "b"]),
        ({"exclude": ["b+"]}, ["a"]),
        ({"from_": ["b"], "until": ["b"]}, ["a", "b"]),
        ({"until": "b"}, ["a", "b"]),
        ({"force": ["b"]}, ["a", "b", "c"]),
        ({"select": ""}, ["a", "b", "c"]),
    ],
    ids=str,
)
def test_a_task_runs_what_its_arguments_select(arguments: dict[str, Any], ran: list[str]) -> None:
    assert execute(operator(**arguments)) == ran


def test_the_arguments_are_templates() -> None:
    task = operator(select=["{{ params.what }}"], until="{{ params.what }}+")
    task.render_template_fields({"params": {"what": "b"}})  # type: ignore[typeddict-item]
    assert (task.select, task.until) == (["b"], "b+")


@pytest.mark.parametrize(
    ("conf", "params", "ran"),
    [
        ({}, {}, ["a"]),
        ({}, {"select": ["b"]}, ["a", "b"]),
        ({"ppf": {"select": "c"}}, {"select": ["b"]}, ["a", "b", "c"]),
        ({"ppf": {"select": []}}, {"select": ["b"]}, ["a", "b", "c"]),
        ({"ppf": {"resume": False}}, {"select": None}, ["a"]),
        ({"ppf": {"exclude": ["c"]}}, {"select": ["b", "c"]}, ["a", "b"]),
    ],
    ids=str,
)
def test_the_conf_wins_over_the_trigger_form_and_that_over_the_arguments(
    conf: dict[str, Any], params: dict[str, Any], ran: list[str]
) -> None:
    dag = a_dag()
    task = operator(select=["a"], dag=dag)
    values = {**dict.fromkeys(WORDS), **params}
    assert execute(task, conf=conf, params=values) == ran


def test_a_param_of_the_dags_own_of_such_a_name_stays_and_selects_nothing() -> None:
    dag = a_dag(**{"from": Param("2026-01-01", type="string")})
    values = {**dict.fromkeys(WORDS), "from": "2026-01-01"}
    assert chosen_selection({}, dag, values, {}) == Selection()
    assert dag.params["from"] == "2026-01-01"


@pytest.mark.parametrize(
    ("conf", "message"),
    [
        ({"ppf": "b"}, "ppf: expected a block"),
        ({"ppf": {"slect": ["b"]}}, r'ppf\.slect: expected one of .* \(did you mean "select"\?\)'),
        ({"ppf": {"select": 1}}, "select: expected names of components"),
        ({"ppf": {"select": ["bb"]}}, 'got "bb", which none has'),
    ],
    ids=str,
)
def test_a_conf_that_selects_nothing_that_there_is_fails_at_once(conf: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        execute(operator(), conf=conf)
    assert EVENTS == []
    row = verdict_on(caught.value)
    assert row is not None
    assert row.verdict is Verdict.PERMANENT


def boom() -> None:
    raise ConnectionError("lost")


def test_a_retry_keeps_the_selection_and_goes_on() -> None:
    store = StateStore()
    ON_RUN["b"] = boom
    with pytest.raises(PipelineFailedError):
        execute(operator(), store, conf={"ppf": {"until": ["b"]}})
    ON_RUN.clear()
    assert execute(operator(), store, conf={"ppf": {"until": ["b"]}}, try_number=2) == ["b"]


def test_what_is_forced_runs_again_when_the_task_was_cleared_but_not_in_its_retries() -> None:
    store = StateStore()
    forced = {"ppf": {"force": ["a"]}}
    ON_RUN["b"] = boom
    with pytest.raises(PipelineFailedError):
        execute(operator(), store, conf=forced)
    with pytest.raises(PipelineFailedError):
        execute(operator(), store, conf=forced, try_number=2)
    assert EVENTS == ["run b"]
    with pytest.raises(PipelineFailedError):  # cleared: Airflow raises max_tries
        execute(operator(), store, conf=forced, try_number=3, max_tries=6)
    assert EVENTS == ["run a", "run b"]
    with pytest.raises(PipelineFailedError):
        execute(operator(), store, conf=forced, try_number=4, max_tries=6)
    assert EVENTS == ["run b"]


FILE = """
name = chain
version = "1"
components = [{ name = a, component_type = source, class_path = tests.support.components.NoOp }]
airflow { SECTION }
"""


def dag_of(tmp_path: Path, section: str = "") -> DAG:
    (tmp_path / "chain.conf").write_text(FILE.replace("SECTION", section))
    scope: dict[str, Any] = {"__file__": str(tmp_path / "dags.py"), "pipeline_dag": pipeline_dag}
    exec("dag = pipeline_dag('chain.conf')", scope)  # noqa: S102 - as in a DAG file
    dag: DAG = scope["dag"]
    return dag


@pytest.fixture
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", str(tmp_path / "cache"))


@pytest.mark.usefixtures("_cache")
def test_a_dag_of_a_pipeline_file_has_them_in_its_trigger_form(tmp_path: Path) -> None:
    serialized = DagSerialization.to_dict(dag_of(tmp_path))["dag"]
    params = dict(serialized["params"])
    assert list(params) == WORDS
    assert params["select"]["default"] is None
    assert params["select"]["schema"]["__var"]["type"] == ["null", "array"]
    assert "params" not in serialized["tasks"][0]["__var"]


@pytest.mark.usefixtures("_cache")
def test_the_files_own_params_come_first_and_win(tmp_path: Path) -> None:
    dag = dag_of(tmp_path, 'params { day = "2026-01-01", until = "2026-02-01" }')
    assert list(dag.params) == ["day", "until", "select", "exclude", "from", "force"]
    assert dag.params["until"] == "2026-02-01"


@pytest.mark.usefixtures("_cache")
def test_what_the_trigger_form_sends_reaches_the_task(tmp_path: Path) -> None:
    dag = dag_of(tmp_path)
    (task,) = dag.tasks
    values = process_params(dag, task, {"select": ["a"]}, suppress_exception=False)
    assert chosen_selection({}, dag, values, {}) == Selection(select=("a",))
    with pytest.raises(ValueError, match="select"):
        process_params(dag, task, {"select": "a"}, suppress_exception=False)


def test_each_param_is_described_and_valid_without_a_value() -> None:
    for param in selection_params().values():
        assert param.description
        assert param.resolve() is None
