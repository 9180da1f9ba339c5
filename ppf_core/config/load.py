"""Config models out of files, texts and environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .decoding import decode
from .errors import ConfigError, Problem
from .hocon import read_document
from .place import Place

if TYPE_CHECKING:
    from .place import KeyPath

__all__ = ["load_from_env", "load_from_file", "load_from_string"]

_T = TypeVar("_T")


def load_from_file(path: str | os.PathLike[str], cls: type[_T]) -> _T:
    """The `cls` (usually `PipelineConfig`) that a HOCON or JSON file describes.

    A pipeline without `spark` or `spark.app_name` gets an application named after the pipeline.

    Raises:
        ConfigError: the file is missing or not HOCON, or settings are wrong; it lists all of them.
    """
    file = Path(path)
    document = read_document(path=file)
    return decode(document.tree, cls, document.places, str(file))


def load_from_string(text: str, cls: type[_T]) -> _T:
    """The `cls` that a HOCON or JSON text describes; includes are looked for in the working directory.

    A pipeline without `spark` or `spark.app_name` gets an application named after the pipeline.

    Raises:
        ConfigError: the text is not HOCON, or settings are wrong; it lists all of them.
    """
    document = read_document(text)
    return decode(document.tree, cls, document.places, None)


def load_from_env(prefix: str, cls: type[_T]) -> _T:
    """The `cls` that environment variables describe, as in `PPF_SPARK__APP_NAME=flights` with the prefix `PPF`.

    After the prefix and one underscore comes the way to the setting, in any case, with two underscores for each step:
    `PPF_COMPONENTS__0__RETRY__MAX_ATTEMPTS=5` (lists are numbered from zero). A value that starts with `{` or `[` is
    read as HOCON, which is how keys with dots or capitals are given:
    `PPF_SPARK__SPARK_CONF='{ "spark.sql.shuffle.partitions": 10 }'`. An empty value counts as not set.

    Raises:
        ConfigError: settings are missing or wrong; it names the variable, and lists all of them.
    """
    start = f"{prefix.rstrip('_')}_".upper()
    tree: dict[str, Any] = {}
    places: dict[KeyPath, Place] = {}
    problems: list[Problem] = []
    found = False
    for variable, text in sorted(os.environ.items()):
        if not variable.upper().startswith(start) or not text:
            continue
        found = True
        keys = variable[len(start) :].lower().split("__")
        try:
            value = (
                read_document(f"value = {text}").tree["value"] if text.lstrip()[:1] in ("{", "[") else text
            )
            _put(tree, keys, value)
        except ConfigError as error:
            problems += [
                Problem(one.path, one.message, f"environment variable {variable}") for one in error.problems
            ]
        path = tuple(int(key) if key.isdigit() else key for key in keys)
        for length in range(1, len(path) + 1):
            places.setdefault(path[:length], Place(f"environment variable {variable}", None))
    if problems:
        raise ConfigError(problems)
    return decode(
        _with_lists(tree), cls, places, "environment" if found else f"environment (no variable {start}...)"
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
    """Blocks whose keys are 0, 1, 2, ... as the lists that they stand for."""
    if not isinstance(value, dict):
        return value
    values = {key: _with_lists(inner) for key, inner in value.items()}
    numbers = sorted((key for key in values if key.isdigit()), key=int)
    if numbers and len(numbers) == len(values) and [int(key) for key in numbers] == list(range(len(numbers))):
        return [values[key] for key in numbers]
    return values
