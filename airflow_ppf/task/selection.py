"""Which part of a pipeline a DAG run is about: what the task, the trigger form and the run's conf say of it."""

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
"""The heading in the trigger form, by which a param is told from one of the DAG's own that has the same name."""

_DESCRIPTIONS = {
    "select": (
        "Only these components, one a line: a name, a glob (clean_*), NAME+ for it and all that follows it, or "
        "+NAME for it and all that it needs. Empty: all."
    ),
    "exclude": "Not these components, one a line.",
    "from": "Only these components and what follows them, one a line.",
    "until": "Only these components and what they need, one a line.",
    "force": "These components, even if an earlier try of the run has completed them, one a line.",
}

_OTHER_SETTINGS = ("resume",)
"""What the block `ppf` of a run's conf may have besides."""


def selection_params() -> dict[str, Param]:
    """`select`, `exclude`, `from`, `until` and `force`, to be params of a DAG whose tasks run pipelines."""
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
    """Put them into the trigger form of `dag`; a param of its own that has such a name stays as it is.

    To be called when the DAG has its tasks: each of them would get a copy, which Airflow validates again and again
    when it serializes the task.
    """
    for name, param in selection_params().items():
        if name not in dag.params:
            dag.params[name] = param


def chosen_selection(
    arguments: Mapping[str, Any], dag: DAG | None, params: Mapping[str, Any], conf: Mapping[str, Any]
) -> Selection:
    """What a task is to run. The conf wins over the trigger form, and that over the task's arguments, word by word.

    Args:
        arguments: The task's arguments, by word: a pattern, several, or none.
        dag: The task's DAG, whose params are asked whether they are ours.
        params: Their values in this run.
        conf: What the run was triggered with. Its block `ppf` is looked at.

    Raises:
        ConfigError: something of it is no selection.
    """
    from ppf_core.runner import Selection

    ours = {
        name: params[name]
        for name in _DESCRIPTIONS
        if dag is not None
        and name in dag.params
        and dag.params.get_param(name).schema.get("section") == _SECTION
        and params.get(name)
    }
    return Selection.of({**arguments, **ours, **_of_conf(conf)})


def _of_conf(conf: Mapping[str, Any]) -> dict[str, Any]:
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
