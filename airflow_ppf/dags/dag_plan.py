"""Plan of a pipeline file's DAG, as plain data that can be written as JSON; needs no Airflow."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from airflow_ppf.dags.task_plan import TaskPlan
from airflow_ppf.pipeline_file.sections import airflow_sections
from ppf_core.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set
    from pathlib import Path

    from airflow_ppf.pipeline_file.parse_cache import ParseCache
    from ppf_core.config import HoconDocument, PipelineConfig, Problem

__all__ = ["DagPlan", "located_error", "plan_dag"]

_DAG_ID = r"[A-Za-z0-9_.-]{1,250}"
_DEPENDENT_SETTINGS = {
    "airflow.conn_id": "airflow.shared_session",
    "airflow.groups": "airflow.tasks",
    "checkpoint": "airflow.granularity",
    "spark": "airflow.shared_session",
}
"""Settings that cannot be judged without the setting at the key's path, because they refer to it."""


@dataclass(frozen=True)
class DagPlan:
    """Plan of a DAG and its tasks, each after its upstream tasks.

    `pipeline` is the pipeline's name. `settings` holds the fields of `AirflowSection` that are not None, with durations
    in seconds and dates as text.
    """

    dag_id: str
    pipeline: str
    doc_md: str
    settings: dict[str, Any]
    tasks: list[TaskPlan]

    @classmethod
    def of(cls, values: dict[str, Any]) -> DagPlan:
        """Return the plan from the values that `asdict` made of it."""
        return cls(**{**values, "tasks": [TaskPlan(**task) for task in values["tasks"]]})


def plan_dag(file: Path, cache: ParseCache) -> DagPlan:
    """Return the plan for a pipeline file, without importing its components' classes: a run does that.

    Raises:
        ConfigError: the file is missing or wrong; it lists all problems with file and line.
    """
    cached = cache.load(file)
    if cached is not None:
        if cached.plan is not None:
            try:
                return DagPlan.of(cached.plan)
            except (AttributeError, KeyError, TypeError):
                pass  # a plan of another shape is a miss
        try:
            return _plan(file, cached.tree(), {})
        except (AttributeError, ConfigError, KeyError, RecursionError, TypeError, ValueError):
            pass  # an entry of another shape, or an error: the cache stores no line numbers, so read the file again
    from ppf_core.config import read_document

    document = read_document(path=file)
    plan = _plan(file, document.tree, document.origins)
    cache.store(file, document, asdict(plan) if _is_free_of_variables(document) else None)
    return plan


def located_error(file: Path, problems: Iterable[Problem]) -> ConfigError:
    """Return a `ConfigError` with problems of a file, each with the line of its setting."""
    from ppf_core.config import located, read_document

    return ConfigError(located(problems, read_document(path=file).origins, str(file)))


def _plan(file: Path, tree: dict[str, Any], origins: Mapping[Any, Any]) -> DagPlan:
    # Imported here because a plan from the cache does not need it.
    from airflow_ppf.dags.task_planning import plan_tasks, task_problems
    from ppf_core.config import Problem, located, validate_pipeline

    try:
        config, settings = _decoded(tree, origins, file)
    except ConfigError as error:
        raise ConfigError([*error.problems, *_task_problems_beside(error, tree, origins, file)]) from None
    problems = list(validate_pipeline(config, classes=False).error_problems)
    dag_id = settings.get("dag_id", config.name)
    if not re.fullmatch(_DAG_ID, dag_id):
        path, hint = ("airflow.dag_id", "") if "dag_id" in settings else ("name", " (or an airflow.dag_id)")
        message = (
            f"expected at most 250 letters, digits, dots, dashes and underscores for a DAG's id{hint}, "
            f'got "{dag_id}"'
        )
        problems.append(Problem(path, message))
    problems += task_problems(config, settings)
    if problems:
        raise ConfigError(located(problems, origins, str(file)))
    documentation = _documentation(config, settings.get("doc_md"))
    return DagPlan(dag_id, config.name, documentation, settings, plan_tasks(config, settings))


def _decoded(
    tree: dict[str, Any], origins: Mapping[Any, Any], file: Path
) -> tuple[PipelineConfig, dict[str, Any]]:
    """Return the pipeline, and the `airflow` block as plain values."""
    from ppf_core.config import PipelineConfig, decode_with_sections

    config, sections = decode_with_sections(tree, PipelineConfig, airflow_sections(), origins, str(file))
    return config, asdict(sections["airflow"], dict_factory=_plain) if "airflow" in sections else {}


def _task_problems_beside(
    error: ConfigError, tree: dict[str, Any], origins: Mapping[Any, Any], file: Path
) -> list[Problem]:
    """Return the problems of tasks and groups that do not depend on the settings that `error` is about."""
    from airflow_ppf.dags.task_planning import task_problems
    from ppf_core.config import is_within, located

    wrong = {problem.path for problem in error.problems}
    wrong |= {
        dependent
        for setting, dependent in _DEPENDENT_SETTINGS.items()
        if any(is_within(path, setting) for path in wrong)
    }
    try:
        config, settings = _decoded(_without(tree, wrong), origins, file)
    except ConfigError:
        return []
    return located(task_problems(config, settings), origins, str(file))


def _without(tree: dict[str, Any], paths: Set[str], at: tuple[str, ...] = ()) -> dict[str, Any]:
    from ppf_core.config import path_text

    return {
        key: _without(value, paths, (*at, key)) if isinstance(value, dict) else value
        for key, value in tree.items()
        if path_text((*at, key)) not in paths
    }


def _plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat()
        return value.value if isinstance(value, Enum) else value

    return {name: plain(value) for name, value in fields if value is not None}


def _is_free_of_variables(document: HoconDocument) -> bool:
    """Return whether the document has the same valid plan whatever the values of the environment variables are.

    Variables may be in `tags`, in `checkpoint.root` (a plan depends only on whether it is set), and in the components'
    `config`, which their classes check during a run.
    """

    def without_free_texts(tree: dict[str, Any]) -> dict[str, Any]:
        components = [{**component, "config": None} for component in tree["components"]]
        free = {**tree, "components": components, "tags": None}
        if isinstance(checkpoint := tree.get("checkpoint"), dict) and "root" in checkpoint:
            free["checkpoint"] = {**checkpoint, "root": None}
        return free

    if document.open_tree is None:
        return False
    return without_free_texts(document.open_tree) == without_free_texts(document.tree)


def _documentation(config: PipelineConfig, written: str | None) -> str:
    """Return the author's text followed by a table of the components in execution order."""
    rows = []
    for component in map(config.get_component, config.get_execution_order()):
        name = component.name if component.enabled else f"{component.name} (disabled)"
        cells = (
            name,
            component.component_type.value,
            ", ".join(component.depends_on),
            component.description or "",
        )
        rows.append(f"| {' | '.join(map(_cell, cells))} |")
    table = ["| component | type | after | what it does |", "|---|---|---|---|", *rows]
    version = f"Pipeline {config.name}, version {config.version}"
    return "\n\n".join(part for part in (written, version, "\n".join(table)) if part)


def _cell(text: str) -> str:
    # A bar would end the cell; "<" and "`" would be read as markup.
    return re.sub(r"([\\|<`*_\[])", r"\\\1", " ".join(text.split()))
