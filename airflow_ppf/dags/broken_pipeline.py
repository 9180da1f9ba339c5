"""Import errors for pipeline files from which no DAG can be built.

An exception in a DAG file hides all of its DAGs, and so does an import error under that file's name: Airflow's database
marks each of them as stale. The error of a DAG that cannot be *serialized*, however, is stored under the file that the
DAG names as its own. So a stand-in names the pipeline file and refuses to be serialized.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airflow_ppf.airflow_api import is_client_process
from ppf_core.config import ConfigError

__all__ = ["BrokenPipeline"]


class BrokenPipeline(DAG):
    """Stand-in for the DAG of a broken pipeline file; Airflow shows its error and never stores it as a DAG."""

    _error: ConfigError
    _file_from_dag_file: str

    @classmethod
    def of(cls, file: Path, dag_file: Path, error: ConfigError) -> BrokenPipeline:
        """Return the stand-in for `file`, for the namespace in which Airflow looks for DAGs of `dag_file`."""
        relative = os.path.relpath(file, dag_file.parent)
        legal = "".join(c if c.isascii() and c.isalnum() else "_" for c in relative)
        broken = cls(f"broken.{legal[-200:]}")
        broken._error, broken._file_from_dag_file = error, relative
        broken.fileloc = str(dag_file)
        return broken

    def validate(self) -> None:
        """Raise the error, except in the DAG processor, which gets it when it serializes the DAG.

        Raises:
            ConfigError: the problems of the file.
        """
        if not is_client_process():
            raise self._error
        # By now Airflow has set the DAG file's path within the bundle.
        bundle = Path(self.relative_fileloc or self.fileloc).parent
        self.relative_fileloc = os.path.normpath(bundle / self._file_from_dag_file)

    def get_serialized_fields(self) -> Any:  # type: ignore[override]  # a class method in `DAG`
        """Raise the error: this is the first method that Airflow's serializer calls."""
        # A new error, since Airflow shows the traceback and users do not need ours.
        raise ConfigError(self._error.problems)
