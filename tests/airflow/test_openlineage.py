"""OpenLineage events of a pipeline's task, and their cost without OpenLineage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.reporting.dataset_names import path_name, table_name
from airflow_ppf.reporting.openlineage import LineageHooks
from ppf_core.component import DataCount, DataKind
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.runner import (
    ComponentResult,
    PipelineResult,
    PipelineResultStatus,
    SkippedComponent,
    SkipReason,
)


def component(name: str, cls: str, *depends_on: str, **config: Any) -> ComponentConfig:
    path = f"ppf_core.batch.{cls}"
    return ComponentConfig(name, ComponentType.SOURCE, path, config=config, depends_on=list(depends_on))


READ = component(
    "read",
    "Read",
    format="csv",
    path="s3a://key:secret@lake/sales/",
    output_view="sales",
    schema="shop STRING, cents INT",
)
TABLE = component("shops", "Read", table="shops", output_view="shops")
VAULT = component("vault", "Read", format="csv", path="secret://env/PLACE", output_view="hidden")
TOTAL = component(
    "total", "Sql", "read", query="SELECT 1", output_view="totals", schema="shop STRING, cents DECIMAL(10,2)"
)
WRITE = component("write", "Write", "total", view="totals", format="parquet", path="/data/totals")
LATER = component("later", "Write", "write", view="totals", table="db.totals")
CONFIG = PipelineConfig(
    "sales",
    "1",
    SparkConfig("sales", spark_conf={"spark.hadoop.hive.metastore.uris": "thrift://meta:9083"}),
    [READ, TABLE, VAULT, TOTAL, WRITE, LATER],
)
RESULT = PipelineResult(
    PipelineResultStatus.FAILURE,
    "sales",
    [
        ComponentResult("shops", success=True, duration_ms=1),
        ComponentResult("vault", success=True, duration_ms=1),
        ComponentResult(
            "write",
            success=False,
            duration_ms=1,
            error=OSError("disk full"),
            counts=(DataCount("totals", 7, 70, DataKind.VIEW), DataCount("/data/totals", 3, 30)),
        ),
    ],
    skipped=[
        SkippedComponent("read", SkipReason.COMPLETED),
        SkippedComponent("total", SkipReason.COMPLETED),
        SkippedComponent("later", SkipReason.UPSTREAM_FAILED, "write"),
    ],
)


def operator() -> PipelineOperator:
    made = PipelineOperator(task_id="t", pipeline="p.conf")
    made.lineage = LineageHooks()
    made.lineage.after_pipeline(CONFIG, RESULT)
    return made


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/data/sales", ("file", "/data/sales")),
        ("file:///data/a%20b/", ("file", "/data/a b")),
        ("/data/../sales/", ("file", "/sales")),
        ("s3a://bucket/sales/2013/", ("s3://bucket", "sales/2013")),
        ("s3://user:password@bucket/sales", ("s3://bucket", "sales")),
        ("gs://bucket", ("gs://bucket", "/")),
        ("hdfs://name:8020/sales/", ("hdfs://name:8020", "/sales")),
        (
            "abfss://container@account.dfs.core.windows.net/sales",
            ("abfss://container@account.dfs.core.windows.net", "/sales"),
        ),
    ],
)
def test_files_are_called_as_openlineage_calls_them(path: str, expected: tuple[str, str]) -> None:
    assert path_name(path) == expected


def test_a_relative_path_is_one_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_name("sales") == ("file", str(tmp_path / "sales"))


@pytest.mark.parametrize(
    ("table", "settings", "expected"),
    [
        ("sales", {}, ("spark", "default.sales")),
        ("`db`.`sales`", {}, ("spark", "db.sales")),
        (
            "spark_catalog.db.sales",
            {"hive.metastore.uris": "thrift://a:1,thrift://b:2"},
            ("hive://a:1", "db.sales"),
        ),
    ],
)
def test_tables_are_called_after_their_metastore(
    table: str, settings: dict[str, str], expected: tuple[str, str]
) -> None:
    assert table_name(table, settings) == expected


def test_a_task_that_never_ran_reports_nothing() -> None:
    assert PipelineOperator(task_id="t", pipeline="p.conf").get_openlineage_facets_on_failure(None) is None


def test_importing_the_operator_does_not_import_openlineage() -> None:
    code = (
        "import sys, airflow.sdk; before = set(sys.modules); import airflow_ppf.operators.pipeline;"
        "print([name for name in set(sys.modules) - before"
        "  if name.startswith(('openlineage', 'airflow.providers.openlineage'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def openlineage() -> None:
    pytest.importorskip("airflow.providers.openlineage", reason="the extra openlineage is not installed")


@pytest.mark.usefixtures("openlineage")
def test_what_this_try_and_earlier_tries_have_read_and_written_is_reported() -> None:
    for facets in (
        operator().get_openlineage_facets_on_complete(None),
        operator().get_openlineage_facets_on_failure(None),
    ):
        assert facets is not None
        assert [(each.namespace, each.name) for each in facets.inputs] == [
            ("s3://lake", "sales"),
            ("hive://meta:9083", "default.shops"),
        ]
        assert [(output.namespace, output.name) for output in facets.outputs] == [("file", "/data/totals")]


@pytest.mark.usefixtures("openlineage")
def test_what_was_counted_is_reported_with_what_was_written() -> None:
    facets = operator().get_openlineage_facets_on_complete(None)
    assert facets is not None
    statistics = facets.outputs[0].outputFacets["outputStatistics"]
    assert (statistics.rowCount, statistics.size) == (3, 30)


@pytest.mark.usefixtures("openlineage")
def test_counts_of_an_earlier_try_are_reported_as_well() -> None:
    counts = (DataCount("/data/totals", 5, 50),)
    done = SkippedComponent("write", SkipReason.COMPLETED, counts=counts)
    lineage = LineageHooks()
    lineage.after_pipeline(CONFIG, PipelineResult(PipelineResultStatus.SUCCESS, "sales", skipped=[done]))
    facets = lineage.facets()
    assert facets is not None
    statistics = facets.outputs[0].outputFacets["outputStatistics"]
    assert (statistics.rowCount, statistics.size) == (5, 50)


@pytest.mark.usefixtures("openlineage")
def test_a_task_of_some_components_reports_only_those() -> None:
    lineage = LineageHooks(["shops"])
    lineage.after_pipeline(CONFIG, RESULT)
    facets = lineage.facets()
    assert facets is not None
    assert [each.name for each in facets.inputs] == ["default.shops"]
    assert facets.outputs == []


@pytest.mark.usefixtures("openlineage")
def test_columns_are_reported_where_they_are_declared() -> None:
    facets = operator().get_openlineage_facets_on_complete(None)
    assert facets is not None
    sales, shops = facets.inputs
    (totals,) = facets.outputs
    assert [(field.name, field.type) for field in sales.facets["schema"].fields] == [
        ("shop", "string"),
        ("cents", "int"),
    ]
    assert "schema" not in shops.facets
    assert [(field.name, field.type) for field in totals.facets["schema"].fields] == [
        ("shop", "string"),
        ("cents", "decimal(10,2)"),
    ]


@pytest.mark.usefixtures("openlineage")
def test_airflows_provider_takes_it_and_its_client_writes_it(tmp_path: Path) -> None:
    from datetime import datetime, timezone
    from types import SimpleNamespace

    from airflow.providers.openlineage.extractors.manager import ExtractorManager
    from airflow.utils.state import TaskInstanceState
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.transport.file import FileConfig, FileTransport

    lineage = ExtractorManager().extract_metadata(
        SimpleNamespace(run_id="r"), operator(), TaskInstanceState.FAILED, None
    )
    client = OpenLineageClient(
        transport=FileTransport(FileConfig(log_file_path=str(tmp_path / "events"), append=True))
    )
    client.emit(
        RunEvent(
            eventType=RunState.FAIL,
            eventTime=datetime.now(timezone.utc).isoformat(),
            run=Run(runId="01a20afb-ee72-7000-8000-000000000000"),
            job=Job(namespace="airflow", name="sales"),
            producer="https://example.com/airflow-provider-ppf",
            inputs=lineage.inputs,
            outputs=lineage.outputs,
        )
    )
    event = json.loads((tmp_path / "events").read_text())
    assert [each["name"] for each in event["inputs"]] == ["sales", "default.shops"]
    assert event["outputs"][0]["facets"]["schema"]["fields"][1] == {
        "name": "cents",
        "type": "decimal(10,2)",
        "fields": [],
    }
    assert "secret" not in json.dumps(event)
