"""Components as tasks that share a session of a Spark Connect server, in a real Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from dev.airflow_client import TaskId
from dev.connect_server import ConnectServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dev.airflow_client import AirflowClient

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

DAG_FILE = """
from airflow_ppf.dag_factory import pipeline_dag

dag = pipeline_dag("shared.conf")
"""

PIPELINE = """
name = shared
version = "1"
spark { connect_string = "ADDRESS" }
checkpoint { root = "ROOT" }
components = [
  { name = numbers, component_type = source, class_path = ppf_core.batch.Sql
    config { query = "SELECT id FROM range(5)", output_view = numbers } }
  { name = small, component_type = transformation, class_path = ppf_core.batch.Sql, depends_on = [numbers]
    config { query = "SELECT id FROM numbers WHERE id < 3", output_view = small } }
  { name = doubled, component_type = transformation, class_path = ppf_core.batch.Sql, depends_on = [numbers]
    config { query = "SELECT id, 2 * id AS twice FROM numbers", output_view = doubled } }
  { name = both, component_type = transformation, class_path = ppf_core.batch.Sql, depends_on = [small, doubled]
    config { query = "SELECT id, twice FROM small JOIN doubled USING (id)", output_view = both } }
  { name = wrong, component_type = transformation, class_path = ppf_core.batch.Sql, depends_on = [small]
    config { query = "SELECT no_such_column FROM small", output_view = wrong } }
  { name = out, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [both]
    config { view = both, format = parquet, path = "ROOT/out", mode = overwrite } }
]
airflow { granularity = component, shared_session = true }
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectServer]:
    with ConnectServer(tmp_path_factory.mktemp("connect")) as started:
        yield started


def test_views_pass_in_one_session_that_a_teardown_ends_whatever_happens(
    airflow_client: AirflowClient, dags_folder: Path, server: ConnectServer, tmp_path: Path
) -> None:
    text = PIPELINE.replace("ADDRESS", server.address).replace("ROOT", str(tmp_path))
    (dags_folder / "shared.conf").write_text(text)
    (dags_folder / "shared.py").write_text(DAG_FILE)
    airflow_client.wait_for_dag("shared", file="shared.py")
    run_id = airflow_client.trigger("shared")
    run = airflow_client.wait_for_run("shared", run_id, timeout_seconds=500)
    states = {task["task_id"]: task["state"] for task in airflow_client.tasks("shared", run_id)}
    succeeded = dict.fromkeys(("numbers", "small", "doubled", "both", "out"), "success")
    assert states == {
        **succeeded,
        "wrong": "failed",
        "pipeline_end": "upstream_failed",
        "pipeline_session_end": "success",
    }
    assert run["state"] == "failed"
    assert airflow_client.xcom(TaskId("shared", run_id, "pipeline_session_end"))  # the id of a session
    written = sorted((row["id"], row["twice"]) for row in pq.read_table(tmp_path / "out").to_pylist())
    assert written == [(0, 0), (1, 2), (2, 4)]
    assert not (tmp_path / "handover").exists()
