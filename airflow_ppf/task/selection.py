"""Selection of a part of a pipeline: by a task's arguments, the trigger form, or the conf of a DAG run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param

from ppf_core.config import ConfigError, Problem, did_you_mean

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from ppf_core.runner import Selection

__all__ = ["add_selection_params", "chosen_selection", "selection_params"]

_SECTION = "Part of the pipeline"
"""Heading in the trigger form; it distinguishes these params from a DAG's own params of the same name."""

_DESCRIPTIONS = {
    "select": (
        "Run only these components, one per line: a name, a glob (clean_*), NAME+ for the component and its "
        "downstream components, or +NAME for the component and its upstream components. Empty: all."
    ),
    "exclude": "Do not run these components, one per line.",
    "from": "Run only these components and their downstream components, one per line.",
    "until": "Run only these components and their upstream components, one per line.",
    "force": "Run these components even if an earlier try of the run has completed them, one per line.",
}

_OTHER_SETTINGS = ("resume",)
"""Further keys that the block `ppf` of a run's conf may have."""


def selection_params() -> dict[str, Param]:
    """Return the params `select`, `exclude`, `from`, `until` and `force`, for a DAG whose tasks run pipelines."""
    return {
        name: Param(
            None,
            description=description,
            type=["null", "array"],
            items={"type": "string"},
            section=_SECTION,
        )
        for name, description in _DESCRIPTIONS.items()
    }


def add_selection_params(dag: DAG) -> None:
    """Add the selection params to the trigger form of `dag`; a param of its own with the same name is not replaced.

    Call this after the tasks have been added: otherwise each task gets copies of the params, which Airflow validates
    whenever it serializes the task.
    """
    for name, param in selection_params().items():
        if name not in dag.params:
            dag.params[name] = param


def chosen_selection(
    arguments: Mapping[str, Any], dag: DAG | None, params: Mapping[str, Any], conf: Mapping[str, Any]
) -> Selection:
    """Return the selection of a task.

    For each key the conf takes precedence over the trigger form, and the trigger form over the task's arguments.

    Args:
        arguments: The task's arguments by key: a pattern, several patterns, or None.
        dag: The task's DAG.
        params: The values of its params in this run.
        conf: The conf of the DAG run; only its block `ppf` is read.

    Raises:
        ConfigError: a key or a value is not a selection.
    """
    from ppf_core.runner import Selection

    of_form = {
        name: params[name]
        for name in _DESCRIPTIONS
        if dag is not None
        and name in dag.params
        and dag.params.get_param(name).schema.get("section") == _SECTION
        and params.get(name)
    }
    return Selection.of({**arguments, **of_form, **_conf_selection(conf)})


def _conf_selection(conf: Mapping[str, Any]) -> dict[str, Any]:
    settings = conf.get("ppf", {})
    if not isinstance(settings, Mapping):
        raise ConfigError(
            [
                Problem(
                    "ppf", f'expected a block such as {{"select": ["clean"]}} in the conf, got {settings!r}'
                )
            ]
        )
    known = (*_OTHER_SETTINGS, *_DESCRIPTIONS)
    if unknown := [name for name in settings if name not in known]:
        raise ConfigError(
            [
                Problem(
                    f"ppf.{name}",
                    f"expected one of {', '.join(known)} in the conf{did_you_mean(str(name), known)}",
                )
                for name in unknown
            ]
        )
    return {name: value for name, value in settings.items() if name in _DESCRIPTIONS}
