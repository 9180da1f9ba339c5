"""A DAG for each pipeline file of a folder, with one line of Python."""

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
    """A DAG for each `*.conf` file in a folder and in the folders below it, put where Airflow finds it.

    A file or folder whose name begins with `_` or `.` is left out: that is for what other files include. A file that
    is wrong is an import error under its own name, with the line of each problem; the others have their DAGs. In a
    task only the DAG of this task is made.

    Args:
        folder: Where the files are; a relative one is beside the DAG file.
        namespace: `globals()` of the DAG file.

    Returns:
        The DAGs by id. In `namespace` they have the names `dag:ID`, which hide none of its own.

    Raises:
        ConfigError: there is no such folder.
    """
    dag_file = Path(namespace["__file__"]).absolute()
    place = absolute_path(folder, dag_file)
    if not place.is_dir():
        raise ConfigError([Problem("", f"expected a folder of pipeline files, got none; looked for {place}")])
    cache = parse_cache()
    wanted = get_parsing_context().dag_id
    if wanted is not None:
        found = _only(wanted, place, dag_file, cache)
        dags = {} if found is None else {wanted: found}
    else:
        dags = _all(place, dag_file, cache, namespace)
    namespace.update({f"dag:{dag_id}": dag for dag_id, dag in dags.items()})
    return dags


def pipeline_dag(file: str | os.PathLike[str], **overrides: Any) -> DAG:
    """The DAG of one pipeline file, to be assigned to a name in a DAG file.

    Args:
        file: A pipeline file; a relative one is beside the DAG file.
        overrides: Arguments of `DAG` that take the place of what the file's `airflow` block says.

    Raises:
        ConfigError: the file is missing or wrong; it lists all problems with file and line.
    """
    dag_file = Path(sys._getframe(1).f_globals["__file__"]).absolute()
    place = absolute_path(file, dag_file)
    return build_dag(place, plan_dag(place, parse_cache()), dag_file, overrides)


def _all(folder: Path, dag_file: Path, cache: ParseCache, namespace: dict[str, Any]) -> dict[str, DAG]:
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
    """Refuse an id that another file of the folder has; `index` tells files by id.

    Raises:
        ConfigError: it has been given already.
    """
    if plan.dag_id not in index:
        return
    path = "airflow.dag_id" if "dag_id" in plan.settings else "name"
    message = (
        f'expected an id that no other DAG has, got "{plan.dag_id}", which is that of {index[plan.dag_id]}'
    )
    raise located_error(file, [Problem(path, message)])


def _only(dag_id: str, folder: Path, dag_file: Path, cache: ParseCache) -> DAG | None:
    """The DAG of that id, with as few files read as can be."""
    index = cache.load_index(folder)
    known = index.get(dag_id)
    if known is not None and (dag := _if_it_is(dag_id, Path(known), dag_file, cache)) is not None:
        return dag
    # The folder has changed, or nobody has looked through it, or the DAG is not from here. Its id is nearly always
    # written in its file; where it is put together of references, only files that nobody knows can have it.
    files = list(pipeline_files(folder))
    likely = [file for file in files if _mentions(file, dag_id)]
    possible = set(map(str, files)) - set(map(str, likely)) - set(index.values())
    for file in [*likely, *map(Path, sorted(possible))]:
        if (dag := _if_it_is(dag_id, file, dag_file, cache)) is not None:
            return dag
    return None


def _mentions(file: Path, text: str) -> bool:
    try:
        return text.encode() in file.read_bytes()
    except OSError:
        return False


def _if_it_is(dag_id: str, file: Path, dag_file: Path, cache: ParseCache) -> DAG | None:
    try:
        plan = plan_dag(file, cache)
        return build_dag(file, plan, dag_file, {}) if plan.dag_id == dag_id else None
    except ConfigError as error:
        # If it is the one that is looked for, this is why the task does not start.
        _log.error("No DAG for %s:\n%s", file, error)
        return None


def build_dag(file: Path, plan: DagPlan, dag_file: Path, overrides: Mapping[str, Any]) -> DAG:
    """The DAG of a plan, as its own DAG file has it.

    Raises:
        ConfigError: something that the file names cannot be made, or Airflow refuses it.
    """
    try:
        objects = DagObjects(file, plan)
        dag = DAG(**objects.dag_arguments() | dict(overrides))
        dag.fileloc = str(dag_file)
        add_tasks(plan, objects, relative_path(file, dag_file), dag=dag)
        add_selection_params(dag)
        # Airflow does this too, but an error there would hide all other DAGs of the DAG file.
        dag.validate()  # type: ignore[no-untyped-call]  # Airflow's own
    except ConfigError:
        raise
    except Exception as error:
        raise located_error(file, [Problem("airflow", f"{type(error).__name__}: {error}")]) from error
    return dag
