"""A pipeline as a part of a hand-written DAG."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset
from airflow.serialization.serialized_objects import DagSerialization

pytestmark = pytest.mark.airflow

PIPELINE = """
name = "sales.day"
version = "1"
components = [
  { name = read, component_type = source, class_path = ppf_core.batch.Read
    config { table = sales, output_view = sales } }
]
airflow {
  schedule = "@daily", tags = [a], pool = spark, outlets = [sold]
  default_args { retries = 2, retry_delay = 5 minutes }
  params { day = "2026-01-01", limit = 10 }
}
"""

DAG_FILE = """
from datetime import datetime
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow_ppf.dag_factory import PipelineTaskGroup

with DAG("by_hand", params={{"limit": 3}}, default_args={{"retries": 7, "owner": "me"}}):
    before, after = EmptyOperator(task_id="before"), EmptyOperator(task_id="after")
    before >> PipelineTaskGroup({arguments}) >> after
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "dags" / "pipelines").mkdir(parents=True)
    (tmp_path / "dags" / "pipelines" / "sales.conf").write_text(PIPELINE)
    return tmp_path / "dags"


def bag_of(folder: Path, arguments: str) -> DagBag:
    (folder / "by_hand.py").write_text(DAG_FILE.format(arguments=arguments))
    return DagBag(folder / "by_hand.py")


def dag_of(folder: Path, arguments: str) -> DAG:
    bag = bag_of(folder, arguments)
    assert bag.import_errors == {}
    return bag.dags["by_hand"]


def test_tasks_come_before_and_after_the_pipeline(folder: Path) -> None:
    dag = dag_of(folder, '"pipelines/sales.conf", "sales"')
    task = dag.get_task("sales.pipeline")
    assert (task.upstream_task_ids, task.downstream_task_ids) == ({"before"}, {"after"})
    assert task.pipeline == "pipelines/sales.conf"
    assert DagSerialization.to_dict(dag)


def test_without_an_id_the_group_is_called_as_the_pipeline_made_legal(folder: Path) -> None:
    (task,) = (
        each for each in dag_of(folder, '"pipelines/sales.conf"').tasks if each.task_type != "EmptyOperator"
    )
    assert task.task_id == "sales_day-e6e30c9f9b.pipeline"


def test_settings_of_tasks_in_the_file_hold_and_settings_of_the_dag_do_not(folder: Path) -> None:
    dag = dag_of(folder, '"pipelines/sales.conf", "sales"')
    task = dag.get_task("sales.pipeline")
    assert (task.retries, task.retry_delay, task.owner) == (2, timedelta(minutes=5), "me")
    assert (task.pool, task.outlets) == ("spark", [Asset("sold")])
    assert (dag.schedule, dag.tags) == (None, set())


def test_default_args_of_the_call_come_before_those_of_the_file(folder: Path) -> None:
    dag = dag_of(folder, '"pipelines/sales.conf", "sales", default_args={"retries": 9}')
    task = dag.get_task("sales.pipeline")
    assert (task.retries, task.retry_delay) == (9, timedelta(minutes=5))


def test_params_of_the_file_are_defaults_for_those_that_the_dag_lacks(folder: Path) -> None:
    dag = dag_of(folder, '"pipelines/sales.conf", "sales"')
    assert dag.get_task("sales.pipeline").params.dump() == {"limit": 3, "day": "2026-01-01"}
    assert dag.params.dump() == {"limit": 3}


def test_other_arguments_are_those_of_a_task_group(folder: Path) -> None:
    dag = dag_of(folder, '"pipelines/sales.conf", "sales", prefix_group_id=False, tooltip="The day\'s"')
    assert dag.get_task("pipeline").task_group.tooltip == "The day's"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("retries = 2", "retries = two"),
            "sales.conf:10: airflow.default_args.retries: expected a whole number",
        ),
        (("name = read", 'name = ""'), "sales.conf:5: components[0].name: expected a name"),
        (("outlets = [sold]", 'outlets = ["airflow://x"]'), "sales.conf:8: airflow: ValueError"),
    ],
)
def test_a_wrong_file_is_the_dag_files_import_error_with_its_line(
    folder: Path, change: tuple[str, str], message: str
) -> None:
    file = folder / "pipelines" / "sales.conf"
    file.write_text(file.read_text().replace(*change))
    (error,) = bag_of(folder, '"pipelines/sales.conf"').import_errors.values()
    assert message in error
