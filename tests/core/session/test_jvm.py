"""No JVM is started where PySpark is to use Spark Connect."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("conf", "environment"),
    [
        ({}, {"SPARK_REMOTE": "sc://somewhere"}),
        ({}, {"SPARK_CONNECT_MODE_ENABLED": "1"}),
        ({}, {"SPARK_API_MODE": "connect"}),
        ({"spark.api.mode": "Connect"}, {"SPARK_API_MODE": "classic"}),
    ],
)
def test_none_is_started_for_spark_connect(conf: dict[str, str], environment: dict[str, str]) -> None:
    code = f"import sys; from ppf_core.session.jvm import start_jvm; start_jvm({conf}); print('pyspark' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment, "JAVA_HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "False\n", done.stderr
