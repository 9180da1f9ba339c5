"""Arguments of DAGs and tasks from a pipeline file: assets, timetables, callbacks, dates and durations."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAll, AssetAny, Param

from airflow_ppf.dags.dag_plan import located_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from airflow_ppf.dags.dag_plan import DagPlan
    from airflow_ppf.dags.task_plan import TaskPlan
    from ppf_core.config import Problem

__all__ = ["DagObjects"]

_UNCHANGED = ("catchup", "tags", "max_active_runs", "max_active_tasks", "access_control")
_DURATIONS = ("retry_delay", "max_retry_delay", "execution_timeout")


class DagObjects:
    """Builder of the arguments with which a plan's DAG and tasks are created; imports what the plan names."""

    def __init__(self, file: Path, plan: DagPlan) -> None:
        self._file = file
        self._plan = plan
        self._problems: list[Problem] = []

    def dag_arguments(self) -> dict[str, Any]:
        """Return the arguments of `DAG`.

        Raises:
            ConfigError: class paths cannot be imported, or their objects cannot be created; it lists all of them.
        """
        settings = self._plan.settings
        arguments = {name: settings[name] for name in _UNCHANGED if name in settings}
        arguments["dag_id"], arguments["doc_md"] = self._plan.dag_id, self._plan.doc_md
        if "schedule" in settings:
            arguments["schedule"] = self._schedule(settings["schedule"])
        for name in ("start_date", "end_date"):
            if name in settings:
                arguments[name] = _date(settings[name], settings.get("timezone"))
        if params := self.params():
            arguments["params"] = params
        for name in ("on_success_callback", "on_failure_callback"):
            if name in settings:
                arguments[name] = self._callbacks(name, settings[name])
        if defaults := self.default_args():
            arguments["default_args"] = defaults
        self._raise_problems()
        return arguments

    def params(self) -> dict[str, Any]:
        """Return the params of the DAG, which a run may change."""
        return {name: _param(value) for name, value in self._plan.settings.get("params", {}).items()}

    def default_args(self) -> dict[str, Any]:
        """Return the `default_args` of the tasks; raises as `dag_arguments` does."""
        return self._arguments_of_tasks("default_args", self._plan.settings.get("default_args", {}))

    def task_arguments(self, tasks: Iterable[TaskPlan]) -> list[dict[str, Any]]:
        """Return the arguments of each task's operator, except its pipeline; raises as `dag_arguments` does."""
        arguments = [self._task_arguments(task) for task in tasks]
        self._raise_problems()
        return arguments

    def _task_arguments(self, task: TaskPlan) -> dict[str, Any]:
        arguments: dict[str, Any] = {"task_id": task.task_id}
        arguments.update(
            (name, self._plan.settings[name])
            for name in ("conn_id", "pool", "on_quality_failure")
            if name in self._plan.settings
        )
        if task.description:
            arguments["doc_md"] = task.description
        if task.settings:
            from ppf_core.config import path_text

            arguments |= self._arguments_of_tasks(path_text(("tasks", task.name)), task.settings)
        return arguments

    def _raise_problems(self) -> None:
        if self._problems:
            raise located_error(self._file, self._problems)

    def _schedule(self, settings: Mapping[str, Any]) -> Any:
        if "cron" in settings:
            return settings["cron"]
        if "every" in settings:
            return timedelta(seconds=settings["every"])
        if "any_of" in settings:
            return AssetAny(*_assets(settings["any_of"]))
        if "all_of" in settings:
            return AssetAll(*_assets(settings["all_of"]))
        return self._import("schedule", settings["class_path"], settings.get("config", {}))

    def _arguments_of_tasks(self, path: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, value in settings.items():
            if name.endswith("_callback"):
                arguments[name] = self._callbacks(f"{path}.{name}", value)
            elif name in ("inlets", "outlets"):
                arguments[name] = _assets(value)
            else:
                arguments[name] = timedelta(seconds=value) if name in _DURATIONS else value
        return arguments

    def _callbacks(self, path: str, entries: Iterable[Mapping[str, Any]]) -> list[Any]:
        return [
            self._import(f"{path}[{index}]", entry["class_path"], entry.get("config"))
            for index, entry in enumerate(entries)
        ]

    def _import(self, path: str, class_path: str, config: Mapping[str, Any] | None) -> Any:
        module, _, name = class_path.rpartition(".")
        try:
            imported = getattr(import_module(module), name)
            return imported if config is None else imported(**config)
        except Exception as error:  # noqa: BLE001 - user code may raise anything, and all problems are reported at once
            from ppf_core.config import Problem

            message = f'expected something that can be imported, got "{class_path}": {type(error).__name__}: {error}'
            self._problems.append(Problem(f"airflow.{path}", message))
            return None


def _date(text: str, zone: str | None) -> datetime:
    value = datetime.fromisoformat(text)
    if zone is None or value.tzinfo is not None:
        return value
    import pendulum

    return pendulum.instance(value, tz=zone)


def _param(value: Any) -> Any:
    return Param(**value) if isinstance(value, dict) and value.keys() & {"default", "type"} else value


def _assets(entries: Iterable[Mapping[str, Any]]) -> list[Asset]:
    return [Asset(**entry) for entry in entries]
