"""Field types that read values as loosely as HOCON writes them, and no more loosely."""

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
"""What all models share: a key that no field has is an error, since it is mostly a slip of the pen."""


class AlsoWritten:
    """In an annotation: what a file may have in the place of a value besides, as JSON Schemas.

    A validator that takes more than its model says nothing of it in the model's JSON Schema.
    """

    def __init__(self, *schemas: JsonSchemaValue) -> None:
        self.schemas = schemas

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema that has these beside what the model itself takes."""
        return {"anyOf": [handler(core_schema), *self.schemas]}


class SettingsError(ValueError):
    """Settings of one block that do not go together; `messages` holds one line for each problem."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        super().__init__("; ".join(messages))


class WrittenFloat(float):
    """A number out of a file that remembers how it was written: a version `1.10` is not 1.1."""

    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        """The number that `text` writes."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def plain_values(value: Any) -> Any:
    """The same with plain floats, for values that leave the config models."""
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
    # Python counts True as 1; `max_attempts = yes` is a slip all the same.
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
"""A text; a number or a boolean is taken as written, as in `version = 1.10` or `tags { nightly = true }`."""

WholeNumber = Annotated[int, BeforeValidator(_no_bool), AlsoWritten(_WRITTEN_WHOLE_NUMBER)]
"""A whole number, also written as text (`"10"`)."""

Number = Annotated[float, BeforeValidator(_no_bool), AlsoWritten(_WRITTEN_NUMBER), Field(allow_inf_nan=False)]
"""A finite number, also written as text (`"0.5"`)."""

Seconds = Annotated[float, BeforeValidator(parse_duration), AlsoWritten(_DURATION), Field(ge=0)]
"""A length of time in seconds, also written as a HOCON duration (`500 ms`, `10s`, `5 minutes`)."""

Settings = Annotated[dict[str, Any], BeforeValidator(plain_values)]
"""What a class of the user's is configured with: any keys and values."""
