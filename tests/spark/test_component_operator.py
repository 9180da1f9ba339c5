"""Components as tasks, each with nothing but what the tasks before it have handed over."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from pyspark.sql import SparkSession

from airflow_ppf.dag_factory import PipelineTaskGroup, pipeline_dag
from airflow_ppf.handover.xcom import UpstreamHandOverError
from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.task.error_table import Verdict, verdict_on
from ppf_core.config import ConfigError
from ppf_core.runner import PipelineFailedError
from tests.support.components import EVENTS, TRIES
from tests.support.diamond_pipeline import DIAMOND

pytestmark = [pytest.mark.spark, pytest.mark.airflow, pytest.mark.slow]

PIPELINE = f"""
name = p
version = "1"
checkpoint {{ root = "ROOT" }}
{DIAMOND}
airflow {{ granularity = component }}
"""


@dataclass
class AirflowRun:
    """State of one DAG run: the XComs and the state of each task, by task id."""

    dag: DAG
    spark: SparkSession
    xcoms: dict[tuple[str, str], Any] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    conf: dict[str, Any] = field(default_factory=dict)

    def run(self, task_id: str) -> Any:
        """Run a try of a task as in a new process, and return its operator."""
        for table in self.spark.catalog.listTables():
            if table.isTemporary:
                self.spark.catalog.dropTempView(table.name)
        self.tries[task_id] = self.tries.get(task_id, 0) + 1
        self.xcoms = {key: value for key, value in self.xcoms.items() if key[0] != task_id}
        operator: Any = self.dag.get_task(task_id).prepare_for_execution()
        state = self.states.setdefault(task_id, {})
        store = SimpleNamespace(get=state.get, set=state.__setitem__, delete=lambda key: state.pop(key, None))
        ti = SimpleNamespace(
            dag_id=self.dag.dag_id,
            run_id="r",
            task_id=task_id,
            map_index=-1,
            try_number=self.tries[task_id],
            max_tries=3,
            id=f"{task_id}-{self.tries[task_id]}",
            xcom_push=lambda key, value: self.xcoms.update({(task_id, key): json.loads(json.dumps(value))}),
            xcom_pull=lambda task_ids, key, map_indexes: self.xcoms.get((task_ids, key)),
        )
        context: Any = {
            "ti": ti,
            "task_state_store": store,
            "dag_run": SimpleNamespace(conf=self.conf),
            "try_number": self.tries[task_id],
        }
        operator.render_template_fields(context, self.dag.get_template_env())
        operator.execute(context)
        return operator

    def run_all(self) -> None:
        for task in self.dag.topological_sort():
            self.run(task.task_id)


@pytest.fixture(autouse=True)
def _no_parse_cache(outside_of_airflow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", "")


def run_of(spark: SparkSession, folder: Path, *changes: tuple[str, str]) -> AirflowRun:
    text = PIPELINE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "p.conf"
    file.write_text(text.replace("ROOT", str(folder)))
    dag = pipeline_dag(file)
    dag.fileloc = str(folder / "dag.py")
    for task in dag.tasks:
        task.pipeline = "p.conf"
    return AirflowRun(dag, spark)


def output(run: AirflowRun, folder: Path) -> list[tuple[int, int]]:
    return sorted((row.id, row.version) for row in run.spark.read.parquet(str(folder / "out")).collect())


def test_each_task_has_all_views_of_all_tasks_before_it(clean_spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(clean_spark, tmp_path)
    run.run_all()
    # `numbers` is not from the tasks directly upstream of `joined`, and `again` has replaced `t`.
    assert output(run, tmp_path) == [(0, 2), (2, 2), (4, 2)]
    assert EVENTS == ["run numbers", "run doubled", "run again", "run joined"]


def test_the_same_pipeline_as_one_task_has_the_same_output(clean_spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(clean_spark, tmp_path, ("granularity = component", "granularity = pipeline"))
    run.run("pipeline")
    assert output(run, tmp_path) == [(0, 2), (2, 2), (4, 2)]


def test_a_task_reports_where_its_views_are(clean_spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(clean_spark, tmp_path)
    run.run("numbers")
    components = run.xcoms["numbers", "ppf_handover"]["components"]
    assert list(components) == ["numbers"]
    record = components["numbers"]["record"]
    assert sorted(record["handover"]) == ["directory", "manifest_sha256"]
    assert record["views"] == ["numbers", "t"]


def test_a_task_that_fails_is_retried_alone(clean_spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(clean_spark, tmp_path, ("label = doubled,", "label = doubled, failures = 1,"))
    run.run("numbers")
    with pytest.raises(PipelineFailedError, match="doubled: ConnectionError"):
        run.run("doubled")
    run.run("doubled")
    for task_id in ("again", "joined", "out", "pipeline_end"):
        run.run(task_id)
    assert TRIES == {"numbers": 1, "doubled": 2, "again": 1, "joined": 1}
    assert output(run, tmp_path) == [(0, 2), (2, 2), (4, 2)]


def test_components_of_a_group_run_in_one_task_that_resumes(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(
        clean_spark,
        tmp_path,
        ("granularity = component", "granularity = component, groups { both = [doubled, again] }"),
        ("label = again,", "label = again, failures = 1,"),
    )
    run.run("numbers")
    with pytest.raises(PipelineFailedError):
        run.run("both")
    run.run("both")
    assert EVENTS == ["run numbers", "run doubled", "run again", "run again"]
    assert sorted(run.xcoms["both", "ppf_handover"]["components"]) == ["again", "doubled"]
    run.run("joined")
    run.run("out")
    assert output(run, tmp_path) == [(0, 2), (2, 2), (4, 2)]


def test_what_was_made_of_an_upstream_that_ran_again_is_made_again(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(
        clean_spark,
        tmp_path,
        ("granularity = component", "granularity = component, groups { both = [doubled, again] }"),
        ("label = again,", "label = again, failures = 1,"),
    )
    run.run("numbers")
    with pytest.raises(PipelineFailedError):
        run.run("both")
    run.states["numbers"].clear()  # as if it had been cleared by hand
    run.run("numbers")
    EVENTS.clear()
    run.run("both")
    assert EVENTS == ["run doubled", "run again"]


def test_a_killed_task_that_had_completed_hands_over_what_it_made(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(clean_spark, tmp_path)
    run.run("numbers")
    before = run.xcoms["numbers", "ppf_handover"]
    run.run("numbers")
    assert EVENTS == ["run numbers"]
    assert run.xcoms["numbers", "ppf_handover"] == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run, folder: run.xcoms.clear(), "it has not pushed the XCom ppf_handover in this run"),
        (
            lambda run, folder: run.xcoms.update(
                {("numbers", "ppf_handover"): {"components": {"numbers": {"record": {"views": ["t"]}}}}}
            ),
            "its XCom ppf_handover does not say where they are",
        ),
        (lambda run, folder: shutil.rmtree(folder / "handover"), "No such file or directory"),
        (
            lambda run, folder: next((folder / "handover").rglob("*.parquet")).write_bytes(b""),
            "has 0 bytes, not",
        ),
    ],
    ids=["no XCom", "another XCom", "no files", "a torn file"],
)
def test_what_was_not_handed_over_is_an_error_that_says_what_to_clear(
    clean_spark: SparkSession, tmp_path: Path, damage: Any, message: str
) -> None:
    run = run_of(clean_spark, tmp_path)
    run.run("numbers")
    damage(run, tmp_path)
    with pytest.raises(UpstreamHandOverError) as caught:
        run.run("doubled")
    assert "expected the views of component 'numbers' from task numbers" in str(caught.value)
    assert message in str(caught.value)
    assert "Clear task numbers together with its downstream tasks" in str(caught.value)
    row = verdict_on(caught.value)
    assert row is not None
    assert row.verdict is Verdict.PERMANENT
    assert EVENTS == ["run numbers"]


def test_other_settings_of_what_is_upstream_void_what_it_handed_over(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(clean_spark, tmp_path)
    run.run("numbers")
    file = tmp_path / "p.conf"
    file.write_text(file.read_text().replace("range(5)", "range(6)"))
    with pytest.raises(UpstreamHandOverError, match=r"settings of the component.*have changed"):
        run.run("doubled")


def test_templates_that_mean_something_else_in_each_task_void_nothing(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(
        clean_spark,
        tmp_path,
        ("SELECT 1 AS version", "SELECT 1 AS version -- {{ ti.id }}"),
    )
    run.run_all()
    assert output(run, tmp_path) == [(0, 2), (2, 2), (4, 2)]


def test_the_settings_are_shown_as_they_were_used_without_secrets(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(
        clean_spark,
        tmp_path,
        ("SELECT 1 AS version", "SELECT {{ dag_run.conf.version }} AS version"),
        ("{ label = numbers,", '{ label = "secret://env/HOME",'),
    )
    run.conf = {"version": 7}
    shown = run.run("numbers").config
    assert shown["numbers"]["make"]["t"] == "SELECT 7 AS version"
    assert shown["numbers"]["label"] == "secret://env/HOME"
    assert list(shown) == ["numbers"]


def test_what_was_handed_over_is_there_until_the_last_task_is_done(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(clean_spark, tmp_path)
    for task_id in ("numbers", "doubled", "again", "joined", "out"):
        run.run(task_id)
    (directory,) = (tmp_path / "handover").iterdir()
    assert len(list(directory.rglob("manifest.json"))) == 4
    run.run("pipeline_end")
    assert not directory.exists()


def test_with_keep_it_stays(clean_spark: SparkSession, tmp_path: Path) -> None:
    run = run_of(clean_spark, tmp_path, ('root = "ROOT"', 'root = "ROOT", keep = true'))
    run.run_all()
    assert len(list((tmp_path / "handover").rglob("manifest.json"))) == 4


CHECKS = """
quality { checks = [
  { name = first, type = sql, query = "SELECT 1 WHERE 1 != FIRST", timing = before_pipeline }
  { name = middle, type = row_count, table = doubled, min_rows = MIDDLE, after = doubled }
  { name = last, type = sql, query = "SELECT * FROM t WHERE version != LAST" }
] }
"""


@pytest.mark.parametrize(
    ("values", "fails"),
    [
        ((1, 1, 2), None),
        ((0, 1, 2), "pipeline_start"),
        ((1, 9, 2), "doubled"),
        ((1, 1, 1), "pipeline_end"),
    ],
    ids=["none", "before the pipeline", "after a component", "after the pipeline"],
)
def test_each_check_is_made_once_in_the_task_of_its_moment(
    clean_spark: SparkSession, tmp_path: Path, values: tuple[int, int, int], fails: str | None
) -> None:
    checks = CHECKS
    for name, value in zip(("FIRST", "MIDDLE", "LAST"), values, strict=True):
        checks = checks.replace(name, str(value))
    run = run_of(clean_spark, tmp_path, ("airflow {", f"{checks}\nairflow {{"))
    failed = []
    for task in run.dag.topological_sort():
        try:
            run.run(task.task_id)
        except Exception as error:  # noqa: BLE001 - which it is, is looked at below
            failed.append((task.task_id, str(error)))
            break
    assert [task_id for task_id, _ in failed] == ([fails] if fails else [])
    assert all("quality check" in text.lower() for _, text in failed)


def test_a_pipeline_inside_another_dag_hands_over_among_its_own_tasks(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    file = tmp_path / "p.conf"
    file.write_text(PIPELINE.replace("ROOT", str(tmp_path)))
    with DAG("by_hand") as dag:
        first, second = PipelineTaskGroup(file, "first"), PipelineTaskGroup(file, "second")
        first >> second
    dag.fileloc = str(tmp_path / "dag.py")
    for task in dag.tasks:
        task.pipeline = "p.conf"
    run = AirflowRun(dag, clean_spark)
    run.run_all()
    assert TRIES == {"numbers": 2, "doubled": 2, "again": 2, "joined": 2}
    assert output(run, tmp_path) == [(0, 2), (2, 2), (4, 2)]


def test_a_task_without_those_that_its_component_needs_says_so(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run_of(clean_spark, tmp_path)
    with DAG("by_hand") as dag:
        ComponentOperator(task_id="alone", pipeline=str(tmp_path / "p.conf"), components=["doubled"])
        ComponentOperator(task_id="unknown", pipeline=str(tmp_path / "p.conf"), components=["duobled"])
    run = AirflowRun(dag, clean_spark)
    with pytest.raises(
        ConfigError, match=r"upstream of alone that run what its components depend on.* numbers"
    ):
        run.run("alone")
    with pytest.raises(ConfigError, match=r'components: .*did you mean "doubled"'):
        run.run("unknown")


def test_in_a_run_of_a_part_what_is_not_for_it_succeeds_and_updates_nothing(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    run = run_of(
        clean_spark,
        tmp_path,
        ("granularity = component", "granularity = component, tasks { out { outlets = [o] } }"),
    )
    run.conf = {"ppf": {"select": ["doubled"]}}
    made = {task.task_id: run.run(task.task_id) for task in run.dag.topological_sort()}
    assert EVENTS == ["run numbers", "run doubled"]
    assert made["out"].outlets == []
    assert run.dag.get_task("out").outlets != []
    assert not list((tmp_path / "handover").iterdir())
