"""The page of all keys of a pipeline file, made of the JSON Schema: `python -m dev.configuration_page`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from airflow_ppf.pipeline_file.sections import airflow_sections
from dev.places import CHECKOUT
from ppf_core.config import pipeline_file_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["PAGE", "configuration_page"]

PAGE = CHECKOUT / "docs" / "configuration.md"

_HEAD = """\
# Keys of a pipeline file

Made of the same models that read the files, by `make reference`. `ppf schema` prints them as a JSON Schema for editors.
Where a *duration* is wanted, `500 ms`, `10s`, `5 minutes` or a number of seconds will do; booleans may be written
`true`, `yes` and `on`. A key that is not listed is an error which names the nearest one.
"""


def configuration_page() -> str:
    """The whole page, as Markdown."""
    schema = pipeline_file_schema(airflow_sections())
    return "\n".join([_HEAD, *_Blocks(schema).sections()])


class _Blocks:
    """The blocks of the file, each once, in the order in which they are met."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._definitions: dict[str, Any] = schema["$defs"]
        self._titles: dict[str, str] = {}
        self._find(schema, "")

    def sections(self) -> Iterator[str]:
        yield from self._section("The file", self._schema)
        for name, title in self._titles.items():
            yield from self._section(f"`{title}`", self._definitions[name])

    def _find(self, block: dict[str, Any], path: str) -> None:
        inner = []
        for key, value in block["properties"].items():
            for name, suffix in self._references(value, ""):
                if "properties" in self._definitions[name] and name not in self._titles:
                    self._titles[name] = f"{path}{key}{suffix}"
                    inner.append(name)
        for name in inner:
            self._find(self._definitions[name], f"{self._titles[name]}.")

    def _references(self, value: dict[str, Any], suffix: str) -> Iterator[tuple[str, str]]:
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2], suffix
        for one in value.get("anyOf", ()):
            yield from self._references(one, suffix)
        if "items" in value:
            yield from self._references(value["items"], f"{suffix}[]")
        if isinstance(value.get("additionalProperties"), dict):
            yield from self._references(value["additionalProperties"], f"{suffix}.NAME")

    def _section(self, title: str, block: dict[str, Any]) -> Iterator[str]:
        yield f"## {title}\n"
        if description := block.get("description"):
            yield f"{description}\n"
        yield "| key | what | default |\n|---|---|---|"
        required = block.get("required", ())
        for key, value in block["properties"].items():
            default = "*required*" if key in required else self._default(value)
            yield f"| `{key}` | {_cell(self._kind(value))} | {default} |"
        yield ""

    def _default(self, value: dict[str, Any]) -> str:
        default = value.get("default")
        return "" if default is None else f"`{_cell(json.dumps(default, ensure_ascii=False))}`"

    def _kind(self, value: dict[str, Any]) -> str:
        if "$ref" in value:
            return self._referred(value["$ref"].rpartition("/")[2])
        if "anyOf" in value:
            return self._one_of(value["anyOf"])
        if "enum" in value:
            return " or ".join(f"`{one}`" for one in value["enum"])
        if "const" in value:
            return f"`{value['const']}`"
        kinds = value.get("type", "anything")
        kinds = [kinds] if isinstance(kinds, str) else [one for one in kinds if one != "null"]
        if "array" in kinds:
            return f"list of {self._kind(value['items'])}" if "items" in value else "list"
        if "object" in kinds:
            inner = value.get("additionalProperties")
            return f"mapping of names to {self._kind(inner)}" if isinstance(inner, dict) else "mapping"
        words = {"string": "text", "integer": "whole number"}
        return "text" if "string" in kinds else " or ".join(words.get(one, one) for one in kinds)

    def _referred(self, name: str) -> str:
        definition = self._definitions[name]
        if "properties" not in definition:
            return self._kind(definition)
        title = self._titles[name]
        anchor = "".join(c for c in title.lower() if c.isalnum() or c in "_-")
        return f"block [`{title}`](#{anchor})"

    def _one_of(self, nested: list[dict[str, Any]]) -> str:
        options = [one for option in nested for one in option.get("anyOf", [option])]
        if any(option.get("type") == "boolean" for option in options):
            return "boolean"
        if any("500 ms" in option.get("examples", ()) for option in options):
            return "duration"
        numbers = [option for option in options if option.get("type") in ("integer", "number")]
        if numbers and all(
            option.get("type") in ("integer", "number", "string", "null") for option in options
        ):
            return self._number(numbers[0])
        kinds = [self._kind(option) for option in options if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))

    @staticmethod
    def _number(option: dict[str, Any]) -> str:
        kind = "whole number" if option["type"] == "integer" else "number"
        bounds = [
            f"{words} {option[bound]}"
            for bound, words in (
                ("minimum", "at least"),
                ("exclusiveMinimum", "above"),
                ("maximum", "at most"),
                ("exclusiveMaximum", "below"),
            )
            if bound in option
        ]
        return " ".join([kind, " and ".join(bounds)]).strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(page: Path = PAGE) -> int:
    """Write the page."""
    page.write_text(configuration_page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
