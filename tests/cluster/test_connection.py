"""Airflow connections that lead to a real Connect server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from dev.connect_server import ConnectServer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.airflow]

PROGRAM = """
import json
from airflow_ppf.hooks.pipeline import PipelineHook

pipeline = {
    "name": "p", "version": "1", "spark": {"master": "local[7]"}, "components": [
        {"name": "numbers", "component_type": "source", "class_path": "ppf_core.batch.Sql",
         "config": {"query": "SELECT id FROM range(5)", "output_view": "numbers"}},
        {"name": "write", "component_type": "sink", "class_path": "ppf_core.batch.Write", "depends_on": ["numbers"],
         "config": {"view": "numbers", "format": "parquet", "path": TARGET, "mode": "overwrite"}},
    ],
}
found = {}
for conn_id in ("theirs", "ours"):
    hook = PipelineHook(conn_id)
    reached, message = hook.test_connection()
    result = hook.run(pipeline)
    spark = hook.get_session()
    found[conn_id] = [
        reached, result.status.value, type(spark).__module__, spark.read.parquet(TARGET).count(),
        spark.conf.get("spark.sql.shuffle.partitions"),
    ]
    hook.close()
print(json.dumps(found))
"""


def test_a_pipeline_runs_there_whatever_master_its_file_has(tmp_path: Path) -> None:
    with ConnectServer(tmp_path / "server") as server:
        host, port = server.address.removeprefix("sc://").split(":")
        theirs = {"conn_type": "spark_connect", "host": host, "port": int(port)}
        conf = {"spark.sql.shuffle.partitions": 3}
        ours = {"conn_type": "ppf", "extra": {"master": server.address, "spark_conf": conf}}
        done = subprocess.run(
            [sys.executable, "-c", f"TARGET = {str(tmp_path / 'numbers')!r}\n{PROGRAM}"],
            env={
                **os.environ,
                "AIRFLOW_HOME": str(tmp_path / "airflow"),
                "AIRFLOW_CONN_THEIRS": json.dumps(theirs),
                "AIRFLOW_CONN_OURS": json.dumps(ours),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    connect = "pyspark.sql.connect.session"
    assert answers == {
        "theirs": [True, "success", connect, 5, "200"],
        "ours": [True, "success", connect, 5, "3"],
    }


ASKED = """
import json, sys, time
from airflow_ppf.hooks.pipeline import PipelineHook

found = {}
for conn_id in sys.argv[1:]:
    began = time.monotonic()
    found[conn_id] = [*PipelineHook(conn_id).test_connection(), time.monotonic() - began]
print(json.dumps(found))
"""


def test_the_button_distinguishes_a_wrong_token_a_missing_token_and_a_missing_server(
    tmp_path: Path,
) -> None:
    with ConnectServer(tmp_path / "server", conf={"spark.connect.authenticate.token": "right one"}) as server:
        by_number = server.address
        by_name = by_number.replace("127.0.0.1", "localhost")
        connections = {
            "right": {"password": "right one", "extra": {"master": by_name}},
            "wrong": {"password": "wrong one", "extra": {"master": by_name}},
            "missing": {"extra": {"master": by_number}},
            "tls": {"password": "right one", "extra": {"master": by_number}},
            "away": {"password": "right one", "extra": {"master": "sc://localhost:1"}},
        }
        done = subprocess.run(
            [sys.executable, "-c", ASKED, *connections],
            env={
                **os.environ,
                "AIRFLOW_HOME": str(tmp_path / "airflow"),
                **{
                    f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps({"conn_type": "ppf", **fields})
                    for conn_id, fields in connections.items()
                },
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    messages = {conn_id: message for conn_id, (_, message, _) in answers.items()}
    assert {conn_id: well for conn_id, (well, _, _) in answers.items()} == {
        "right": True,
        "wrong": False,
        "missing": False,
        "tls": False,
        "away": False,
    }
    assert f"Spark {version('pyspark')} answers" in messages["right"]
    assert "refuses the connection's token" in messages["wrong"]
    assert "requires a token, and the connection has none" in messages["missing"]
    assert "does not answer over TLS" in messages["tls"]
    assert messages["away"].startswith("cannot reach localhost:1")
    assert "right one" not in str(messages)
    assert all(seconds < 20 for _, _, seconds in answers.values()), "the first imports Spark's client besides"
