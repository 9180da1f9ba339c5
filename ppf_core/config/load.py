"""Loads config models from files, texts and environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .decoding import decode
from .errors import ConfigError, Problem
from .hocon import read_document
from .origin import Origin

if TYPE_CHECKING:
    from .key_path import KeyPath

__all__ = ["load_from_env", "load_from_file", "load_from_string"]

_T = TypeVar("_T")


def load_from_file(path: str | os.PathLike[str], cls: type[_T]) -> _T:
    """Load a `cls` (usually `PipelineConfig`) from a HOCON or JSON file.

    Without `spark` or `spark.app_name` the Spark application is named after the pipeline.

    Raises:
        ConfigError: the file is missing or is not HOCON, or settings are invalid; lists all problems.
    """
    file = Path(path)
    document = read_document(path=file)
    return decode(document.tree, cls, document.origins, str(file))


def load_from_string(text: str, cls: type[_T]) -> _T:
    """Load a `cls` from a HOCON or JSON text; paths of includes are relative to the working directory.

    Without `spark` or `spark.app_name` the Spark application is named after the pipeline.

    Raises:
        ConfigError: the text is not HOCON, or settings are invalid; lists all problems.
    """
    document = read_document(text)
    return decode(document.tree, cls, document.origins, None)


def load_from_env(prefix: str, cls: type[_T]) -> _T:
    """Load a `cls` from environment variables, such as `PPF_SPARK__APP_NAME=flights` with the prefix `PPF`.

    The prefix and an underscore are followed by the key path, in any case, with double underscores between its keys:
    `PPF_COMPONENTS__0__RETRY__MAX_ATTEMPTS=5` (lists are numbered from zero). A value that starts with `{` or `[` is
    read as HOCON; use it for keys with dots or capitals:
    `PPF_SPARK__SPARK_CONF='{ "spark.sql.shuffle.partitions": 10 }'`. An empty value counts as not set.

    Raises:
        ConfigError: settings are missing or invalid; lists all problems, with the names of the variables.
    """
    start = f"{prefix.rstrip('_')}_".upper()
    tree: dict[str, Any] = {}
    origins: dict[KeyPath, Origin] = {}
    problems: list[Problem] = []
    any_set = False
    for variable, text in sorted(os.environ.items()):
        if not variable.upper().startswith(start) or not text:
            continue
        any_set = True
        keys = variable[len(start) :].lower().split("__")
        try:
            value = (
                read_document(f"value = {text}").tree["value"] if text.lstrip()[:1] in ("{", "[") else text
            )
            _put(tree, keys, value)
        except ConfigError as error:
            problems += [
                Problem(problem.path, problem.message, f"environment variable {variable}")
                for problem in error.problems
            ]
        path = tuple(int(key) if key.isdigit() else key for key in keys)
        for length in range(1, len(path) + 1):
            origins.setdefault(path[:length], Origin(f"environment variable {variable}", None))
    if problems:
        raise ConfigError(problems)
    return decode(
        _with_lists(tree), cls, origins, "environment" if any_set else f"environment (no variable {start}...)"
    )


def _put(tree: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
        if not isinstance(tree, dict):
            raise ConfigError(
                [Problem("", f"expected settings inside {key}, got a value in another variable")]
            )
    if not all(keys):
        raise ConfigError([Problem("", "expected a name between each pair of double underscores, got none")])
    if keys[-1] in tree:
        raise ConfigError([Problem("", f"expected {keys[-1]} to be set by one variable, got several")])
    tree[keys[-1]] = value


def _with_lists(value: Any) -> Any:
    """Replace blocks whose keys are 0, 1, 2, ... with lists."""
    if not isinstance(value, dict):
        return value
    values = {key: _with_lists(inner) for key, inner in value.items()}
    numbers = sorted((key for key in values if key.isdigit()), key=int)
    if numbers and len(numbers) == len(values) and [int(key) for key in numbers] == list(range(len(numbers))):
        return [values[key] for key in numbers]
    return values
