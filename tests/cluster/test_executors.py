"""Executors in separate processes: the user's code, and folders that they share with the driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dev.connect_server import ConnectServer
from dev.local_cluster import LocalCluster

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.spark, pytest.mark.slow]

STEPS = """
from pyspark.sql.functions import udf

from ppf_core.component import DataFlow


def doubled(number):
    return 2 * number


class Double(DataFlow):
    def run(self):
        double = udf(doubled, "bigint")
        self.spark.range(4).select(double("id").alias("n")).createOrReplaceTempView("doubled")
"""
PIPELINE = """
name = code, version = "1"
spark { app_name = code, SPARK, executor_memory = 512m, executor_cores = 1, num_executors = 2, py_files = PY_FILES }
checkpoint { root = "ROOT", materialize = true }
components = [
  { name = double, component_type = transformation, class_path = user_steps.Double }
  { name = write, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [double]
    config { view = doubled, format = json, path = "TARGET", mode = overwrite } }
]
"""


def nobody_else_sees(folder: Path) -> list[str]:
    """Return a command that runs another command, for which that folder is empty."""
    mount = f'mount -t tmpfs none "{folder}" && exec "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", mount]


@dataclass
class Executors:
    """Settings of a `spark` block, and a folder that the executors do not see, if there is such a folder."""

    spark: str
    hidden: Path | None = None


@pytest.fixture(scope="module", params=["cluster", "connect"])
def executors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Executors]:
    home = tmp_path_factory.mktemp("home")
    if request.param == "connect":
        with ConnectServer(home) as server:
            yield Executors(f'connect_string = "{server.address}"')
        return
    hidden: Path | None = tmp_path_factory.mktemp("hidden")
    command = nobody_else_sees(hidden) if hidden is not None else []
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode != 0:
        hidden, command = None, []
    with LocalCluster(home, memory_mb=768, workers_through=command) as cluster:
        yield Executors(f'master = "{cluster.address}"', hidden)


def run(
    folder: Path, executors: Executors, *, py_files: list[str], root: Path | None = None
) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON and log of a run of the pipeline, whose UDF is in a module beside its file."""
    (folder / "user_steps.py").write_text(STEPS)
    text = PIPELINE.replace("SPARK", executors.spark).replace("PY_FILES", json.dumps(py_files))
    text = text.replace("ROOT", str(root or folder / "root")).replace("TARGET", str(folder / "out"))
    (folder / "pipeline.conf").write_text(text)
    env = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ppf"), "run", str(folder / "pipeline.conf"), "--json"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, json.loads(done.stdout), done.stderr


def written(folder: Path) -> list[int]:
    lines = [line for file in (folder / "out").glob("*.json") for line in file.read_text().splitlines()]
    return sorted(json.loads(line)["n"] for line in lines)


def test_a_udf_of_a_users_module_works_when_the_module_is_sent(executors: Executors, tmp_path: Path) -> None:
    code, _, log = run(tmp_path, executors, py_files=["user_steps"])
    assert code == 0, log
    assert written(tmp_path) == [0, 2, 4, 6]


def test_it_works_when_the_module_is_in_a_wheel(executors: Executors, tmp_path: Path) -> None:
    wheel = tmp_path / "steps-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("user_steps.py", STEPS)
    code, _, log = run(tmp_path, executors, py_files=[str(wheel)])
    assert code == 0, log
    assert written(tmp_path) == [0, 2, 4, 6]


def test_it_fails_when_the_module_is_not_sent(executors: Executors, tmp_path: Path) -> None:
    code, outcome, _ = run(tmp_path, executors, py_files=[])
    assert code == 1
    (failed,) = [component for component in outcome["components"] if component["outcome"] == "failed"]
    assert failed["component"] == "double"


def test_a_root_that_executors_do_not_see_is_an_error_before_anything_runs(
    executors: Executors, tmp_path: Path
) -> None:
    if executors.hidden is None:
        pytest.skip("executors see all folders: it takes a cluster, and root, to hide one from them")
    code, document, log = run(tmp_path, executors, py_files=["user_steps"], root=executors.hidden)
    assert code == 2, log
    (problem,) = document["error"]["problems"]
    assert problem["path"] == "checkpoint.root"
    assert str(executors.hidden) in problem["message"]
    assert "[1/2] double running" not in log
