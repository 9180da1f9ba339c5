"""How Airflow is told of a pipeline file that no DAG can be made of, without losing the DAGs of the other files.

An exception in a DAG file hides all its DAGs, and so does an import error under its name: Airflow's database marks each
DAG of that file as stale. But the error of a DAG that cannot be *serialized* is kept under the file that the DAG itself
says it is from. So a stand-in names the pipeline file and refuses to be serialized.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from ppf_core.config import ConfigError

__all__ = ["BrokenPipeline"]


class BrokenPipeline(DAG):
    """Stands for a pipeline file and its error; it never becomes a DAG."""

    _error: ConfigError
    _beside: str

    @classmethod
    def of(cls, file: Path, dag_file: Path, error: ConfigError) -> BrokenPipeline:
        """The stand-in for a file, to be put where Airflow looks for DAGs of `dag_file`."""
        beside = os.path.relpath(file, dag_file.parent)
        broken = cls(f"broken.{''.join(c if c.isascii() and c.isalnum() else '_' for c in beside)[-200:]}")
        broken._error, broken._beside = error, beside
        broken.fileloc = str(dag_file)
        return broken

    def validate(self) -> None:
        """Raise the error, except to the DAG processor, which hears it when it serializes.

        Raises:
            ConfigError: what is wrong with the file.
        """
        if os.environ.get("_AIRFLOW_PROCESS_CONTEXT") != "client":
            raise self._error
        # Airflow has just said which file of the bundle the DAG file is.
        bundle = Path(self.relative_fileloc or self.fileloc).parent
        self.relative_fileloc = os.path.normpath(bundle / self._beside)

    def get_serialized_fields(self) -> Any:  # type: ignore[override]  # there it belongs to the class
        """Raise the error: Airflow's serializer asks for this first."""
        # Airflow shows the traceback: of where in our code it came up nobody needs to read.
        raise ConfigError(self._error.problems)
