"""The JSON Schema of pipeline files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from .pipeline import PipelineConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

__all__ = ["pipeline_file_schema"]

_CODE = re.compile(r"`([^`]+)`")

_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}

_WRITTEN_BOOLEANS = ["true", "false", "yes", "no", "on", "off", "t", "f", "y", "n", "1", "0", 1, 0]
"""As pydantic has them; the words may be in capitals too, which is left out here."""


def pipeline_file_schema(sections: Mapping[str, type]) -> dict[str, Any]:
    """The JSON Schema, draft 2020-12, of what a pipeline file says once its includes and references are resolved.

    It takes what the models take, in each way of writing it, and refuses keys that they do not know. It cannot say
    which settings go together, nor what a component's class takes in its `config`.

    Args:
        sections: The models of blocks that are no part of the pipeline, by key.
    """
    schema = _schema_of(PipelineConfig)
    definitions = schema.pop("$defs")
    # An application is named after its pipeline, unless it has a name.
    schema["required"].remove("spark")
    definitions["SparkConfig"].pop("required")
    for key, model in sections.items():
        section = _schema_of(model)
        definitions |= section.pop("$defs", {})
        definitions[model.__name__] = section
        schema["properties"][key] = {"$ref": f"#/$defs/{model.__name__}"}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "Pipeline file",
        **{key: value for key, value in schema.items() if key != "title"},
        "$defs": dict(sorted(definitions.items())),
    }


def _schema_of(model: type) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(schema_generator=_FileSchema, ref_template="#/$defs/{model}")
    tidied: dict[str, Any] = _tidied(schema)
    return tidied


def _tidied(schema: Any) -> Any:
    """The same, shorter, and with the bounds that pydantic leaves under its own names behind a validator."""
    if isinstance(schema, list):
        return [_tidied(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidied(value) for key, value in schema.items()}
    if tidy.get("type") in ("integer", "number"):
        tidy = {_BOUNDS.get(key, key): value for key, value in tidy.items()}
    if isinstance(choices := tidy.get("anyOf"), list):
        tidy.pop("anyOf")
        tidy |= _one_of_these(choices)
    if isinstance(text := tidy.get("description"), str) and isinstance(keys := tidy.get("properties"), dict):
        tidy["properties"] = _described(keys, text)
    return tidy


def _described(keys: dict[str, Any], text: str) -> dict[str, Any]:
    """The keys of a block, each with the sentences about it in what the block's description says."""
    prose = " ".join(line for line in text.splitlines() if not line.startswith("|"))
    sentences = re.split(r"(?<=\.) +(?=[A-Z`])", " ".join(prose.split()))
    described = {}
    for key, schema in keys.items():
        word = re.compile(rf"\b{re.escape(key)}\b")
        about = [one for one in sentences if any(word.search(code) for code in _CODE.findall(one))]
        described[key] = {"description": " ".join(about), **schema} if about else schema
    return described


def _one_of_these(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Nested choices as one, and bare types as a list of types."""
    flat: list[dict[str, Any]] = []
    for one in choices:
        flat += one["anyOf"] if one.keys() == {"anyOf"} else [one]
    types: list[str] = []
    for one in flat:
        if one.keys() == {"type"}:
            types += one["type"] if isinstance(one["type"], list) else [one["type"]]
    rest = [one for one in flat if one.keys() != {"type"}]
    if types:
        rest.append({"type": types[0] if len(types) == 1 else list(dict.fromkeys(types))})
    return rest[0] if len(rest) == 1 else {"anyOf": rest}


class _FileSchema(GenerateJsonSchema):
    """As pydantic's, with words for booleans, with default lists and blocks, without titles that repeat keys."""

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, {"enum": _WRITTEN_BOOLEANS}]}

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        factory: Any = schema.get("default_factory")
        if factory is not None and isinstance(value := factory(), list | dict):
            return value
        return super().get_default_value(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
