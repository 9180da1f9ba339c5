"""What spark-submit is given: `ppf run` with the pipeline, and where and how large it is to be."""

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
    """One pipeline, to be run by a driver that spark-submit starts.

    The pipeline goes along as one file, as it is after includes, templates, overrides and the connection had their
    say, and which part of it to run on what as another. `ppf` itself has to be installed where the driver runs.

    Args:
        config: The pipeline.
        run_id: What its checkpoint under `checkpoint.root` is called, the same in each try.
        resume: Whether to go on from the checkpoint.
        try_details: What the checkpoint's history says of this try.
        selection: Which part of the pipeline the run is for; a `PartialRun` where other tasks run the rest.
    """

    config: PipelineConfig
    run_id: str
    resume: bool
    try_details: Mapping[str, str]
    selection: Selection | PartialRun = field(default_factory=Selection)

    @property
    def inputs(self) -> str:
        """What tells what it is to run on from what an earlier try ran on; empty for a whole pipeline."""
        return self.selection.inputs if isinstance(self.selection, PartialRun) else ""

    @property
    def in_a_cluster(self) -> bool:
        """Whether the driver runs elsewhere."""
        return self._settings[_DEPLOY_MODE] == DeployMode.CLUSTER.value

    @property
    def master(self) -> str:
        """Who is to run it."""
        return self._settings[_MASTER]

    @property
    def _settings(self) -> dict[str, str]:
        return self.config.spark.to_spark_conf_dict()

    def hook_arguments(self, folder: Path, code: PythonCode, *, status: str) -> dict[str, Any]:
        """The arguments of Airflow's `SparkSubmitHook`, other than its connection.

        Args:
            folder: Where to write the files that go along.
            code: The user's code that goes along.
            status: The folder in which the run is to tell how far it is.
        """
        spark = self.config.spark
        files = [folder / _PIPELINE]
        # The code is what spark-submit sends along: paths of this machine mean nothing where the driver runs.
        shipped = replace(self.config, spark=replace(spark, py_files=[]))
        files[0].write_bytes(TypeAdapter(PipelineConfig).dump_json(shipped))
        if isinstance(self.selection, PartialRun):
            files.append(folder / _PART)
            files[1].write_bytes(self.selection.to_json())
        conf = {
            key: value
            for key, value in self._settings.items()
            # A secret stays a reference, for the driver to resolve: all users of a machine see its command lines.
            if key not in (_NAME, _MASTER, _DEPLOY_MODE) and "secret://" not in value
        }
        if self.in_a_cluster and self.master == "yarn":
            # A driver that YARN started again would begin the same run a second time; Airflow's tries resume it.
            conf.setdefault("spark.yarn.maxAppAttempts", "1")
        return {
            "name": self._settings[_NAME],
            "deploy_mode": self._settings[_DEPLOY_MODE],
            "conf": conf,
            "files": ",".join(map(str, files)) if self.in_a_cluster else None,
            "py_files": ",".join(code.packed()) or None,
            # Where the driver runs elsewhere, they are in its working directory.
            "application_args": self._command(Path() if self.in_a_cluster else folder, status),
        }

    def program(self, folder: Path) -> str:
        """The Python file to be submitted, written into `folder`."""
        file = folder / "ppf_run.py"
        file.write_text(_PROGRAM)
        return str(file)

    def environment(self) -> dict[str, str]:
        """The environment of spark-submit: where it is found, and what a driver on this machine imports and runs."""
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
    """Why a pipeline cannot be submitted."""
    spark, root = config.spark, config.checkpoint.root
    settings = spark.to_spark_conf_dict()
    if spark.connect_string is not None:
        yield Problem("spark.connect_string", "expected a master to submit to, got a Spark Connect server")
    elif settings[_DEPLOY_MODE] == DeployMode.CLUSTER.value and not settings[_MASTER].startswith(
        _WITH_DRIVERS
    ):
        which = "a standalone cluster" if settings[_MASTER].startswith("spark://") else settings[_MASTER]
        yield Problem(
            "spark.deploy_mode", f"expected client, got cluster: {which} does not run drivers in Python"
        )
    if root is None:
        message = "expected a place for the checkpoint and for what the run tells, got none; submit needs one"
        yield Problem("checkpoint.root", message)
    elif "://" not in root and not Path(root).expanduser().is_absolute():
        yield Problem("checkpoint.root", f"expected an absolute folder or an address, got {root}")
    if _OF_AIRFLOW.search(json.dumps(TypeAdapter(PipelineConfig).dump_python(config, mode="json"))):
        message = (
            "expected secrets that the driver can look up, such as secret://env/KEY or those of a provider of your "
            "own; got some of Airflow (secret://conn/..., secret://variable/...), of which a submitted driver knows "
            "nothing"
        )
        yield Problem("secrets", message)
