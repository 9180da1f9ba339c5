"""Application for spark-submit: `ppf run` with a pipeline, its files, Spark settings and environment."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from ppf_core.config import DeployMode, PipelineConfig, Problem
from ppf_core.runner import PartialRun, Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ppf_core.session import PythonCode

__all__ = ["Application", "submission_problems"]

_PROGRAM = "import sys\n\nfrom ppf_core.cli import main\n\nsys.exit(main())\n"
_PIPELINE, _PART = "pipeline.json", "part.json"
_NAME, _MASTER, _DEPLOY_MODE = "spark.app.name", "spark.master", "spark.submit.deployMode"
_WITH_DRIVERS = ("yarn", "k8s://")
_OF_AIRFLOW = re.compile(r"secret://(conn|variable)/")


@dataclass(frozen=True)
class Application:
    """Pipeline that a driver runs, which spark-submit starts.

    The pipeline is shipped as a file, with includes, templates, overrides and the connection's settings applied. The
    part of it to run is a second file. `ppf` must be installed where the driver runs.

    Args:
        config: The pipeline.
        run_id: The id of the run's checkpoint under `checkpoint.root`, the same in each try.
        resume: Whether to resume from the checkpoint.
        try_details: The try's entries in the checkpoint's history.
        selection: The part of the pipeline to run; a `PartialRun` if other tasks run the rest.
    """

    config: PipelineConfig
    run_id: str
    resume: bool
    try_details: Mapping[str, str]
    selection: Selection | PartialRun = field(default_factory=Selection)

    @property
    def inputs(self) -> str:
        """Digest of the run's upstream hand-overs; empty for a whole pipeline."""
        return self.selection.inputs if isinstance(self.selection, PartialRun) else ""

    @property
    def in_a_cluster(self) -> bool:
        """Whether the driver runs in the cluster instead of on this machine."""
        return self._settings[_DEPLOY_MODE] == DeployMode.CLUSTER.value

    @property
    def master(self) -> str:
        """Spark master to submit to."""
        return self._settings[_MASTER]

    @property
    def _settings(self) -> dict[str, str]:
        return self.config.spark.to_spark_conf_dict()

    def hook_arguments(self, folder: Path, code: PythonCode, *, status: str) -> dict[str, Any]:
        """Return the arguments of Airflow's `SparkSubmitHook`, except its connection.

        Args:
            folder: The folder for the files to ship.
            code: The user's Python code to ship.
            status: The folder to which the run writes its status.
        """
        spark = self.config.spark
        files = [folder / _PIPELINE]
        # spark-submit ships the code, and paths of this machine do not exist where the driver runs.
        shipped = replace(self.config, spark=replace(spark, py_files=[]))
        files[0].write_bytes(TypeAdapter(PipelineConfig).dump_json(shipped))
        if isinstance(self.selection, PartialRun):
            files.append(folder / _PART)
            files[1].write_bytes(self.selection.to_json())
        conf = {
            key: value
            for key, value in self._settings.items()
            # The driver resolves secrets itself: all users of a machine can see its command lines.
            if key not in (_NAME, _MASTER, _DEPLOY_MODE) and "secret://" not in value
        }
        if self.in_a_cluster and self.master == "yarn":
            # A driver that YARN restarts would start the same run twice; Airflow's retries resume it instead.
            conf.setdefault("spark.yarn.maxAppAttempts", "1")
        return {
            "name": self._settings[_NAME],
            "deploy_mode": self._settings[_DEPLOY_MODE],
            "conf": conf,
            "files": ",".join(map(str, files)) if self.in_a_cluster else None,
            "py_files": ",".join(code.packed()) or None,
            # In a cluster, the files are in the driver's working directory.
            "application_args": self._command(Path() if self.in_a_cluster else folder, status),
        }

    def program(self, folder: Path) -> str:
        """Write the Python file to submit into `folder`, and return its path."""
        file = folder / "ppf_run.py"
        file.write_text(_PROGRAM)
        return str(file)

    def environment(self) -> dict[str, str]:
        """Return the environment of spark-submit: its path, and the Python and import path of a local driver."""
        import pyspark

        spark_home = str(Path(pyspark.__file__).parent)
        env = {**os.environ, "SPARK_HOME": os.environ.get("SPARK_HOME", spark_home)}
        env["PATH"] = os.pathsep.join(
            [os.environ.get("PATH", os.defpath), str(Path(env["SPARK_HOME"]) / "bin")]
        )
        if not self.in_a_cluster:
            env["PYSPARK_DRIVER_PYTHON"] = sys.executable
            env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
            if self.master.startswith("local"):
                env.setdefault("PYSPARK_PYTHON", sys.executable)
        return env

    def _command(self, folder: Path, status: str) -> list[str]:
        words = ["run", str(folder / _PIPELINE), "--run-id", self.run_id]
        words.append("--resume" if self.resume else "--fresh")
        words += ["--status", status]
        for key, value in self.try_details.items():
            words += ["--try-detail", f"{key}={value}"]
        if isinstance(self.selection, PartialRun):
            return [*words, "--part", str(folder / _PART)]
        for option, patterns in (
            ("--select", self.selection.select),
            ("--exclude", self.selection.exclude),
            ("--from", self.selection.from_),
            ("--until", self.selection.until),
            ("--force", self.selection.force if self.resume else ()),
        ):
            for pattern in patterns:
                words += [option, pattern]
        return words


def submission_problems(config: PipelineConfig) -> Iterator[Problem]:
    """Yield the reasons why a pipeline cannot be submitted."""
    spark, root = config.spark, config.checkpoint.root
    settings = spark.to_spark_conf_dict()
    if spark.connect_string is not None:
        yield Problem("spark.connect_string", "expected a master to submit to, got a Spark Connect server")
    elif settings[_DEPLOY_MODE] == DeployMode.CLUSTER.value and not settings[_MASTER].startswith(
        _WITH_DRIVERS
    ):
        cluster = "a standalone cluster" if settings[_MASTER].startswith("spark://") else settings[_MASTER]
        yield Problem(
            "spark.deploy_mode", f"expected client, got cluster: {cluster} does not run drivers in Python"
        )
    if root is None:
        message = "expected a folder or an address, where submit stores the checkpoint and the run's status; got none"
        yield Problem("checkpoint.root", message)
    elif "://" not in root and not Path(root).expanduser().is_absolute():
        yield Problem("checkpoint.root", f"expected an absolute folder or an address, got {root}")
    if _OF_AIRFLOW.search(json.dumps(TypeAdapter(PipelineConfig).dump_python(config, mode="json"))):
        message = (
            "expected secrets that the driver can look up, such as secret://env/KEY or those of a custom provider; got "
            "secrets of Airflow (secret://conn/..., secret://variable/...), which a submitted driver cannot look up"
        )
        yield Problem("secrets", message)
