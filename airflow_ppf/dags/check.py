"""Check of a folder of pipeline files, and of the DAGs that Airflow would build from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow_ppf.airflow_api import serialize_dag
from airflow_ppf.dags.dag_plan import plan_dag
from airflow_ppf.dags.factory import build_dag, check_is_new
from airflow_ppf.pipeline_file.parse_cache import ParseCache
from airflow_ppf.pipeline_file.paths import pipeline_files
from ppf_core.config import ConfigError, Problem, is_within, path_text, read_document
from ppf_core.runner import CheckedFile, check_file, classes_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from airflow_ppf.dags.dag_plan import DagPlan

__all__ = ["check_dags"]


def check_dags(folder: Path, dags_folder: Path | None = None) -> list[CheckedFile]:
    """Check each file that `pipeline_dags` would turn into a DAG, and build the DAG.

    The checks cover the pipeline, its components' classes and settings, the graph, the `airflow` block with its
    schedule and class paths, DAG ids that are illegal or already taken by another file, and whether Airflow can store
    the DAG.

    Args:
        folder: The folder with the files.
        dags_folder: The folder that Airflow will have in its path (default: the parent of `folder`).

    Raises:
        ConfigError: the folder does not exist, or has no pipeline files.
    """
    files = list(pipeline_files(folder)) if folder.is_dir() else []
    if not files:
        got = "none" if folder.is_dir() else "no folder"
        raise ConfigError(
            [Problem("", f"expected a folder with pipeline files (*.conf), got {got}; looked for {folder}")]
        )
    dag_file = (dags_folder.absolute() if dags_folder is not None else folder.absolute().parent) / "dags.py"
    index: dict[str, str] = {}
    with classes_beside(dag_file):
        return [_checked(file, dag_file, index) for file in files]


def _checked(file: Path, dag_file: Path, index: dict[str, str]) -> CheckedFile:
    checked = check_file(file)
    templates = _templates(file) if checked.errors else {}
    errors, warnings = [], []
    for problem in checked.errors:
        if _is_of_template(problem, templates):
            message = f"a template, checked only when a task renders it: {problem.message}"
            warnings.append(replace(problem, message=message))
        else:
            errors.append(problem)
    try:
        plan = plan_dag(file, ParseCache(None))
        errors += _problems_of_dag(file, plan, dag_file, index)
    except ConfigError as error:
        errors += error.problems
    # The plan and the pipeline are read separately; a problem that both have is reported once.
    return CheckedFile(file, checked.config, tuple(dict.fromkeys(errors)), (*warnings, *checked.warnings))


def _templates(file: Path) -> dict[str, str]:
    """Return the templates in the components' `config` blocks, by path: a task renders them before they are checked."""
    try:
        tree = read_document(path=file).tree
    except ConfigError:
        return {}
    components = tree.get("components")
    return {
        path_text(path): text
        for index, component in enumerate(components if isinstance(components, list) else [])
        if isinstance(component, dict)
        for path, text in _texts(component.get("config"), ("components", index, "config"))
        if "{{" in text or "{%" in text
    }


def _texts(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*path, key))


def _is_of_template(problem: Problem, templates: Mapping[str, str]) -> bool:
    """Return whether a component's class refused the text of a template.

    A class that reports texts instead of problems names no setting: there, the template has to be in its text.
    """
    return problem.path in templates or any(
        is_within(path, problem.path) and template in problem.message for path, template in templates.items()
    )


def _problems_of_dag(file: Path, plan: DagPlan, dag_file: Path, index: dict[str, str]) -> list[Problem]:
    problems = _problem_of_id(file, plan, index)
    index.setdefault(plan.dag_id, str(file))
    try:
        serialize_dag(build_dag(file, plan, dag_file, {}))
    except ConfigError as error:
        problems += error.problems
    except Exception as error:  # noqa: BLE001 - Airflow and classes named in the file may raise anything
        message = f"expected a DAG that Airflow can store, got {type(error).__name__}: {error}"
        problems.append(Problem("airflow", message, str(file)))
    return problems


def _problem_of_id(file: Path, plan: DagPlan, index: Mapping[str, str]) -> list[Problem]:
    try:
        check_is_new(file, plan, index)
    except ConfigError as error:
        # If the id comes from an included file, its line there is not where to change it.
        return [
            problem if problem.file == str(file) else replace(problem, file=str(file), line=None)
            for problem in error.problems
        ]
    return []
