"""JSON Schema of pipeline files."""

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
"""The values that pydantic accepts, apart from words in capitals."""


def pipeline_file_schema(sections: Mapping[str, type]) -> dict[str, Any]:
    """Return the JSON Schema, draft 2020-12, of a pipeline file whose includes and references are resolved.

    It accepts the values that the models accept, in each notation, and refuses unknown keys. It does not check
    combinations of settings, nor the `config` of a component's class.

    Args:
        sections: Models of blocks that are not part of the pipeline, by key.
    """
    schema = _schema_of(PipelineConfig)
    definitions = schema.pop("$defs")
    # By default the Spark application is named after the pipeline.
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
    """Shorten a schema, and rename the bounds for which pydantic keeps its own names after a validator."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidied(value) for key, value in schema.items()}
    if tidy.get("type") in ("integer", "number"):
        tidy = {_BOUNDS.get(key, key): value for key, value in tidy.items()}
    if isinstance(choices := tidy.get("anyOf"), list):
        tidy.pop("anyOf")
        tidy |= _flattened(choices)
    if isinstance(text := tidy.get("description"), str) and isinstance(keys := tidy.get("properties"), dict):
        tidy["properties"] = _described(keys, text)
    return tidy


def _described(keys: dict[str, Any], text: str) -> dict[str, Any]:
    """Describe each key of a block with the sentences of the block's description that mention it."""
    prose = " ".join(line for line in text.splitlines() if not line.startswith("|"))
    sentences = re.split(r"(?<=\.) +(?=[A-Z`])", " ".join(prose.split()))
    described = {}
    for key, schema in keys.items():
        word = re.compile(rf"\b{re.escape(key)}\b")
        about = [
            sentence for sentence in sentences if any(word.search(code) for code in _CODE.findall(sentence))
        ]
        described[key] = {"description": " ".join(about), **schema} if about else schema
    return described


def _flattened(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge nested choices, and collect plain types in a list of types."""
    flat: list[dict[str, Any]] = []
    for choice in choices:
        flat += choice["anyOf"] if choice.keys() == {"anyOf"} else [choice]
    types: list[str] = []
    for choice in flat:
        if choice.keys() == {"type"}:
            types += choice["type"] if isinstance(choice["type"], list) else [choice["type"]]
    rest = [choice for choice in flat if choice.keys() != {"type"}]
    if types:
        rest.append({"type": types[0] if len(types) == 1 else list(dict.fromkeys(types))})
    return rest[0] if len(rest) == 1 else {"anyOf": rest}


class _FileSchema(GenerateJsonSchema):
    """Pydantic's generator, with words for booleans and default lists and blocks, but no titles that repeat keys."""

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, {"enum": _WRITTEN_BOOLEANS}]}

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        factory: Any = schema.get("default_factory")
        if factory is not None and isinstance(value := factory(), list | dict):
            return value
        return super().get_default_value(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
