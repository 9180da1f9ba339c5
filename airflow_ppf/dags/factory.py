"""Factory of DAGs from pipeline files: `pipeline_dags` for a folder, `pipeline_dag` for one file."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG, get_parsing_context

from airflow_ppf.dags.broken_pipeline import BrokenPipeline
from airflow_ppf.dags.dag_arguments import DagObjects
from airflow_ppf.dags.dag_plan import DagPlan, located_error, plan_dag
from airflow_ppf.dags.dag_tasks import add_tasks
from airflow_ppf.dags.task_group import PipelineTaskGroup
from airflow_ppf.pipeline_file.paths import absolute_path, parse_cache, pipeline_files, relative_path
from airflow_ppf.task.selection import add_selection_params
from ppf_core.config import ConfigError, Problem

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from airflow_ppf.pipeline_file.parse_cache import ParseCache

__all__ = ["PipelineTaskGroup", "build_dag", "check_is_new", "pipeline_dag", "pipeline_dags"]

_log = logging.getLogger(__name__)


def pipeline_dags(folder: str | os.PathLike[str], namespace: dict[str, Any]) -> dict[str, DAG]:
    """Build a DAG for each `*.conf` file in a folder and its subfolders, and add it to the DAG file's namespace.

    Files and folders whose names begin with `_` or `.` are skipped; use such names for files that others include. A
    broken file is an import error under its own name, with the line of each problem, and does not affect the other
    DAGs. A task builds only its own DAG.

    Args:
        folder: The folder with the files; a relative path starts at the folder of the DAG file.
        namespace: `globals()` of the DAG file.

    Returns:
        The DAGs by id. In `namespace` they are called `dag:ID`, which no variable of the DAG file can be.

    Raises:
        ConfigError: the folder does not exist.
    """
    dag_file = Path(namespace["__file__"]).absolute()
    root = absolute_path(folder, dag_file)
    if not root.is_dir():
        raise ConfigError([Problem("", f"expected a folder of pipeline files, got none; looked for {root}")])
    cache = parse_cache()
    dag_id = get_parsing_context().dag_id
    if dag_id is not None:
        dag = _build_only(dag_id, root, dag_file, cache)
        dags = {} if dag is None else {dag_id: dag}
    else:
        dags = _build_all(root, dag_file, cache, namespace)
    namespace.update({f"dag:{dag_id}": dag for dag_id, dag in dags.items()})
    return dags


def pipeline_dag(file: str | os.PathLike[str], **overrides: Any) -> DAG:
    """Build the DAG of one pipeline file, to be assigned to a variable in a DAG file.

    Args:
        file: A pipeline file; a relative path starts at the folder of the DAG file.
        overrides: Arguments of `DAG`, which take precedence over the file's `airflow` block.

    Raises:
        ConfigError: the file is missing or wrong; it lists all problems with file and line.
    """
    dag_file = Path(sys._getframe(1).f_globals["__file__"]).absolute()
    path = absolute_path(file, dag_file)
    return build_dag(path, plan_dag(path, parse_cache()), dag_file, overrides)


def _build_all(folder: Path, dag_file: Path, cache: ParseCache, namespace: dict[str, Any]) -> dict[str, DAG]:
    dags: dict[str, DAG] = {}
    index: dict[str, str] = {}
    for file in pipeline_files(folder):
        try:
            plan = plan_dag(file, cache)
            check_is_new(file, plan, index)
            dags[plan.dag_id] = build_dag(file, plan, dag_file, {})
            index[plan.dag_id] = str(file)
        except ConfigError as error:
            _log.error("No DAG for %s:\n%s", file, error)
            namespace[f"broken:{file}"] = BrokenPipeline.of(file, dag_file, error)
    cache.store_index(folder, index)
    return dags


def check_is_new(file: Path, plan: DagPlan, index: Mapping[str, str]) -> None:
    """Refuse a DAG id that another file of the folder has; `index` maps ids to files.

    Raises:
        ConfigError: the id is in use.
    """
    if plan.dag_id not in index:
        return
    path = "airflow.dag_id" if "dag_id" in plan.settings else "name"
    message = f'expected an id that no other DAG has, got "{plan.dag_id}", the id of the DAG in {index[plan.dag_id]}'
    raise located_error(file, [Problem(path, message)])


def _build_only(dag_id: str, folder: Path, dag_file: Path, cache: ParseCache) -> DAG | None:
    """Build the DAG with an id, reading as few files as possible."""
    index = cache.load_index(folder)
    indexed = index.get(dag_id)
    if indexed is not None and (dag := _build_if(dag_id, Path(indexed), dag_file, cache)) is not None:
        return dag
    # The index is missing or out of date, or the DAG comes from elsewhere. A file nearly always contains its DAG id as
    # text; if the id is built from references, only a file that is not in the index can have it.
    files = list(pipeline_files(folder))
    likely = [file for file in files if _mentions(file, dag_id)]
    possible = set(map(str, files)) - set(map(str, likely)) - set(index.values())
    for file in [*likely, *map(Path, sorted(possible))]:
        if (dag := _build_if(dag_id, file, dag_file, cache)) is not None:
            return dag
    return None


def _mentions(file: Path, text: str) -> bool:
    try:
        return text.encode() in file.read_bytes()
    except OSError:
        return False


def _build_if(dag_id: str, file: Path, dag_file: Path, cache: ParseCache) -> DAG | None:
    try:
        plan = plan_dag(file, cache)
        return build_dag(file, plan, dag_file, {}) if plan.dag_id == dag_id else None
    except ConfigError as error:
        # If this file has the DAG, the log says why the task does not start.
        _log.error("No DAG for %s:\n%s", file, error)
        return None


def build_dag(file: Path, plan: DagPlan, dag_file: Path, overrides: Mapping[str, Any]) -> DAG:
    """Build the DAG of a plan, as a DAG of `dag_file`.

    Raises:
        ConfigError: an object that the file names cannot be imported or created, or Airflow refuses the DAG.
    """
    try:
        objects = DagObjects(file, plan)
        dag = DAG(**objects.dag_arguments() | dict(overrides))
        dag.fileloc = str(dag_file)
        add_tasks(plan, objects, relative_path(file, dag_file), dag=dag)
        add_selection_params(dag)
        # Airflow validates too, but an error there would hide all other DAGs of the DAG file.
        dag.validate()  # type: ignore[no-untyped-call]  # untyped in Airflow
    except ConfigError:
        raise
    except Exception as error:
        raise located_error(file, [Problem("airflow", f"{type(error).__name__}: {error}")]) from error
    return dag
