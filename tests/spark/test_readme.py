"""The README's examples are run as they stand there."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from airflow.sdk import DAG

from ppf_core.component import DataFlow
from ppf_core.runner import LocalCheckpointStore, PipelineResultStatus, SimplePipelineRunner
from ppf_core.session import SparkSessionWrapper

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

README = (Path(__file__).parents[2] / "README.md").read_text()
SALES = pd.DataFrame({"day": ["Mon", "Tue", "Mon"], "amount": [10.5, 2.0, 1.25]})


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    SALES.to_csv(tmp_path / "sales.csv", index=False)
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "sales.conf").write_text(blocks("hocon")[0].replace("/data", str(tmp_path)))
    return tmp_path


def assert_written(data: Path) -> None:
    written = pd.read_parquet(data / "sales_per_day").sort_values("day", ignore_index=True)
    expected = SALES.groupby("day", as_index=False)["amount"].sum()
    pd.testing.assert_frame_equal(written, expected, check_dtype=False)


@pytest.mark.spark
def test_the_pipeline_file_runs(data: Path, wrapper: SparkSessionWrapper) -> None:
    runner = SimplePipelineRunner.from_file(data / "pipelines" / "sales.conf", spark_wrapper=wrapper)
    assert runner.run().status is PipelineResultStatus.SUCCESS
    assert_written(data)


@pytest.mark.airflow
def test_the_dag_has_one_task_that_runs_the_file_beside_it() -> None:
    namespace: dict[str, object] = {}
    (code,) = [block for block in blocks("python") if "airflow.sdk" in block]
    assert len([line for line in code.splitlines() if line.strip()]) == 8

    exec(code.replace('"@daily"):', '"@daily") as dag:'), namespace)  # noqa: S102 - running it is the point

    dag = namespace["dag"]
    assert isinstance(dag, DAG)
    (task,) = dag.tasks
    assert (dag.dag_id, task.task_type, task.pipeline) == (
        "sales",
        "PipelineOperator",
        "pipelines/sales.conf",
    )


@pytest.fixture
def own_component() -> Iterator[type[DataFlow]]:
    (code,) = [block for block in blocks("python") if "DropSmallOrders" in block]
    module = types.ModuleType("readme_steps")
    exec(code, module.__dict__)  # noqa: S102 - running it is the point
    sys.modules["readme_steps"] = module
    yield module.DropSmallOrders
    del sys.modules["readme_steps"]


@pytest.mark.spark
def test_the_component_of_ones_own_runs(own_component: type[DataFlow], clean_spark: SparkSession) -> None:
    clean_spark.createDataFrame(SALES).createOrReplaceTempView("sales")
    component = own_component(minimum=2.0)
    component.set_spark_session(clean_spark)
    component.run()
    assert sorted(row.amount for row in clean_spark.table("real_sales").collect()) == [2.0, 10.5]


@pytest.mark.spark
def test_the_python_example_runs_and_resumes(
    data: Path, wrapper: SparkSessionWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    (code,) = [block for block in blocks("python") if "SimplePipelineRunner" in block]
    code = code.replace("/data", str(data)).replace(
        'run_id="2026-11-24",', 'run_id="2026-11-24", spark_wrapper=wrapper,'
    )
    namespace: dict[str, object] = {"wrapper": wrapper}

    exec(code, namespace)  # noqa: S102 - running it is the point

    assert_written(data)
    state = LocalCheckpointStore(data / "checkpoints").load("2026-11-24", "sales")
    assert state is not None
    assert state.status == "completed"
