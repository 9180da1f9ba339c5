"""The examples that make DAGs of pipeline files, and that of mapped tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import Asset, AssetAll

from airflow_ppf.pipeline_file.sections import airflow_sections
from ppf_core.config import PipelineConfig, decode_with_sections, read_document, validate_pipeline

pytestmark = pytest.mark.airflow

EXAMPLES = Path(__file__).parents[2] / "example_dags"


def test_each_file_is_a_dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", str(tmp_path / "cache"))
    bag = DagBag(EXAMPLES / "pipeline_folder.py")
    assert bag.import_errors == {}
    assert sorted(bag.dags) == ["squares", "sums"]
    assert bag.dags["squares"].params["n"] == 100
    assert bag.dags["sums"].schedule == AssetAll(Asset("squares"))
    assert [task.outlets for task in bag.dags["squares"].tasks] == [[Asset("squares")]]


def test_the_example_of_a_gate_and_that_of_mapped_days_are_dags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", str(tmp_path / "cache"))
    gate, days = DagBag(EXAMPLES / "orders_gate.py"), DagBag(EXAMPLES / "orders_by_day.py")
    assert gate.import_errors == days.import_errors == {}
    tasks = gate.dags["orders_gate"].task_dict
    assert tasks["announce"].downstream_task_ids == {"orders.pipeline"}
    assert tasks["orders.pipeline"].downstream_task_ids == {"publish"}
    assert days.dags["orders_by_day"].task_dict["orders"].is_mapped


def test_the_example_by_components_has_a_task_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", str(tmp_path / "cache"))
    bag = DagBag(EXAMPLES / "orders_by_component.py")
    assert bag.import_errors == {}
    tasks = bag.dags["orders_by_component"].task_dict
    assert {name: (task.retries, task.upstream_task_ids) for name, task in tasks.items()} == {
        "make_orders": (5, set()),
        "sales_per_shop": (1, {"make_orders"}),
        "write_sales": (1, {"sales_per_shop"}),
        "pipeline_end": (1, {"write_sales"}),
    }
    assert tasks["write_sales"].outlets == [Asset("sales_per_shop")]


@pytest.mark.parametrize("name", ["squares", "sums"])
def test_each_file_is_a_pipeline_that_can_run(name: str) -> None:
    document = read_document(path=EXAMPLES / "numbers" / f"{name}.conf")
    config, _ = decode_with_sections(document.tree, PipelineConfig, airflow_sections(), document.origins)
    assert validate_pipeline(config).errors == []
