"""Decodes plain values into config models, and reports all problems at once."""

from __future__ import annotations

import types
from dataclasses import is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from .errors import ConfigError, Problem, of_component
from .key_path import path_text
from .nearest import did_you_mean
from .pipeline import PipelineConfig
from .scalars import SettingsError
from .sections import installed_sections

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic_core import ErrorDetails

    from .key_path import KeyPath
    from .origin import Origin

__all__ = ["decode", "decode_with_sections"]

_T = TypeVar("_T")

_BLOCK = "a block { ... }"
_EXPECTED = {
    "bool": "true or false",
    "dataclass": _BLOCK,
    "dict": _BLOCK,
    "float": "a number",
    "finite": "a finite number",
    "int": "a whole number",
    "list": "a list [ ... ]",
    "string": "a text",
}
"""Expected kinds of value, by the first word of pydantic's error type (`int_parsing`, `int_type`, ...)."""

_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}


def decode(
    values: Any, cls: type[_T], origins: Mapping[KeyPath, Origin] | None = None, file: str | None = None
) -> _T:
    """Return a `cls` made of plain values; errors locate them by `origins`, or else in `file`.

    Without `spark` or `spark.app_name` the Spark application is named after the pipeline. Blocks for other programs
    (`installed_sections`) are validated and left out.

    Raises:
        ConfigError: values are invalid; lists all problems.
    """
    sections: Mapping[str, type] = {}
    if issubclass(cls, PipelineConfig) and isinstance(values, dict) and not values.keys() <= set(_keys(cls)):
        sections = installed_sections()
    return decode_with_sections(values, cls, sections, origins, file)[0]


def decode_with_sections(
    values: Any,
    cls: type[_T],
    sections: Mapping[str, type],
    origins: Mapping[KeyPath, Origin] | None = None,
    file: str | None = None,
) -> tuple[_T, dict[str, Any]]:
    """Return a `cls` as `decode` does, and a model of each of the `sections` that the values contain.

    Args:
        values: The settings of a document.
        cls: The model of the document.
        sections: Models of top-level blocks that are not part of `cls`, by key.
        origins: Files and lines of the settings, by key path.
        file: The file of settings without an origin.

    Raises:
        ConfigError: values are invalid; lists all problems, those in the sections too.
    """
    origins = origins or {}
    own, decoded_sections = values, dict[str, Any]()
    problems: list[Problem] = []
    if isinstance(values, dict):
        own = {key: value for key, value in values.items() if key not in sections}
    if issubclass(cls, PipelineConfig):
        own = _application_named_after_pipeline(own)
    try:
        model: _T = _adapter(cast("Any", cls)).validate_python(own)
    except ValidationError as error:
        problems += _problems(error, (), cls, own, origins, file, sections)
    for key in [key for key in sections if key in values] if isinstance(values, dict) else ():
        try:
            decoded_sections[key] = _adapter(cast("Any", sections[key])).validate_python(values[key])
        except ValidationError as error:
            problems += _problems(error, (key,), sections[key], values[key], origins, file, ())
    if problems:
        raise ConfigError(problems)
    return model, decoded_sections


@lru_cache(maxsize=32)
def _adapter(cls: Any) -> TypeAdapter[Any]:
    return TypeAdapter(cls)


def _application_named_after_pipeline(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    spark = values.get("spark")
    if spark is not None and not isinstance(spark, dict):
        return values
    # A missing name is reported once; an error about app_name would repeat it.
    return {**values, "spark": {"app_name": values.get("name") or "", **(spark or {})}}


def _problems(
    error: ValidationError,
    section: KeyPath,
    cls: type,
    values: Any,
    origins: Mapping[KeyPath, Origin],
    file: str | None,
    sections: Collection[str],
) -> Iterator[Problem]:
    for details in error.errors(include_url=False):
        path: KeyPath = (*section, *details["loc"])
        origin = next((origins[path[:end]] for end in range(len(path), 0, -1) if path[:end] in origins), None)
        where = (file, None) if origin is None else (origin.file, origin.line)
        cause = details.get("ctx", {}).get("error")
        messages = cause.messages if isinstance(cause, SettingsError) else [_message(details, cls, sections)]
        for message in messages:
            yield Problem(path_text(path), message + _of_component(path, values), *where)


def _message(error: ErrorDetails, cls: type, sections: Collection[str]) -> str:
    kind, got = error["type"], _shown(error["input"])
    context = error.get("ctx", {})
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        key = str(error["loc"][-1])
        known = [*_keys(_type_at(cls, error["loc"][:-1])), *(sections if len(error["loc"]) == 1 else ())]
        hint = did_you_mean(key, known) or f" (known: {', '.join(known)})"
        return f'expected a known key, got "{key}"{hint}'
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return "expected a value for this key, got none"
    if kind == "enum":
        words = [str(member.value) for member in _enum_values(_type_at(cls, error["loc"]))]
        near = did_you_mean(error["input"], words) if isinstance(error["input"], str) else ""
        return f"expected one of {', '.join(words)}, got {got}{near}"
    if kind in _BOUNDS:
        return f"expected {_BOUNDS[kind].format(**context)}, got {got}"
    if kind == "value_error":
        message = str(context["error"])
        return message if ", got " in message else f"{message}, got {got}"
    expected = _EXPECTED.get(kind.split("_")[0])
    return f"expected {expected}, got {got}" if expected else f"{error['msg']}, got {got}"


def _shown(value: Any) -> str:
    """Format a value as it would be written in the file, shortened."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a block"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:60]}..."'
    return str(value) if isinstance(value, (int, float)) else type(value).__name__


def _of_component(path: KeyPath, values: Any) -> str:
    """Return ` (component "clean")` for a setting of a named component, since an index alone is hard to find."""
    if len(path) < 2 or path[0] != "components" or not isinstance(path[1], int):
        return ""
    try:
        name = values["components"][path[1]]["name"]
    except (KeyError, IndexError, TypeError):
        return ""
    return of_component(name) if isinstance(name, str) else ""


def _type_at(cls: Any, path: KeyPath) -> Any:
    """Return the type of the setting at `path`, or None if the path leaves the models."""
    current = cls
    for part in path:
        current = _without_none(current)
        fields = getattr(current, "__pydantic_fields__", None)
        if fields is not None:
            if part not in fields:
                return None
            current = fields[part].annotation
        elif get_origin(current) in (list, dict):
            current = get_args(current)[-1]
        else:
            return None
    return _without_none(current)


def _without_none(annotation: Any) -> Any:
    while True:
        if get_origin(annotation) in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not types.NoneType)
        elif hasattr(annotation, "__metadata__"):
            annotation = get_args(annotation)[0]
        else:
            return annotation


def _keys(cls: Any) -> list[str]:
    return list(cls.__pydantic_fields__) if is_dataclass(cls) and hasattr(cls, "__pydantic_fields__") else []


def _enum_values(cls: Any) -> list[Any]:
    return list(cls) if cls is not None else []
