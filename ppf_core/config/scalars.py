"""Scalar field types of the config models, which accept the ways in which HOCON writes numbers and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from .durations import parse_duration

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

__all__ = [
    "STRICT_KEYS",
    "AlsoWritten",
    "Number",
    "Seconds",
    "Settings",
    "SettingsError",
    "Text",
    "WholeNumber",
    "WrittenFloat",
    "plain_values",
]

STRICT_KEYS = ConfigDict(extra="forbid")
"""Config of all models: an unknown key is an error, because it is usually a typing mistake."""


class AlsoWritten:
    """Annotation that adds JSON Schemas of the other values that a validator accepts.

    Pydantic cannot derive these from the validator.
    """

    def __init__(self, *schemas: JsonSchemaValue) -> None:
        self.schemas = schemas

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return a schema of the model's own values and the added schemas."""
        return {"anyOf": [handler(core_schema), *self.schemas]}


class SettingsError(ValueError):
    """Settings of one block contradict each other; `messages` has one line for each problem."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__("; ".join(messages))


class WrittenFloat(float):
    """A number that keeps its text from the file: the version `1.10` is not 1.1."""

    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        """Parse `text`."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def plain_values(value: Any) -> Any:
    """Replace each `WrittenFloat` with a plain float, for code outside the config models."""
    if isinstance(value, dict):
        return {key: plain_values(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain_values(inner) for inner in value]
    return float(value) if isinstance(value, WrittenFloat) else value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, WrittenFloat):
        return value.text
    if isinstance(value, (int, float)):
        return str(value)
    return value


def _no_bool(value: Any) -> Any:
    # Python treats True as 1, but `max_attempts = yes` is a mistake.
    if isinstance(value, bool):
        raise ValueError("expected a number")  # noqa: TRY004 - pydantic collects ValueErrors only
    return value


_WRITTEN_WHOLE_NUMBER = {"type": "string", "pattern": r"^\s*[+-]?[0-9]+\s*$"}
_WRITTEN_NUMBER = {"type": "string", "pattern": r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"}
_DURATION = {
    "type": "string",
    "pattern": r"^\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*[A-Za-z]*\s*$",
    "examples": ["500 ms", "10s", "5 minutes"],
}

Text = Annotated[str, BeforeValidator(_text), AlsoWritten({"type": ["number", "boolean"]})]
"""A text; numbers and booleans keep their written form, as in `version = 1.10` or `tags { nightly = true }`."""

WholeNumber = Annotated[int, BeforeValidator(_no_bool), AlsoWritten(_WRITTEN_WHOLE_NUMBER)]
"""A whole number, or a text that contains one (`"10"`)."""

Number = Annotated[float, BeforeValidator(_no_bool), AlsoWritten(_WRITTEN_NUMBER), Field(allow_inf_nan=False)]
"""A finite number, or a text that contains one (`"0.5"`)."""

Seconds = Annotated[float, BeforeValidator(parse_duration), AlsoWritten(_DURATION), Field(ge=0)]
"""A number of seconds, or a HOCON duration (`500 ms`, `10s`, `5 minutes`)."""

Settings = Annotated[dict[str, Any], BeforeValidator(plain_values)]
"""Settings of a custom class: any keys and values."""
