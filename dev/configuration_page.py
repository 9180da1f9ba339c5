"""Reference page of the keys of a pipeline file, from the JSON Schema: `python -m dev.configuration_page`."""

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
# Pipeline file keys

This page lists the keys of a pipeline file; [Built-in components](built-in-components.md) lists those of their
`config` blocks. A *duration* is written as `500 ms`, `10s`, `5 minutes` or a number of seconds, and a *boolean* as
`true`, `yes`, `on` and their opposites. An unknown key is an error that names the nearest known key. `ppf schema`
prints the keys as a JSON Schema for editors.

`make reference` generates this page from the models that read the files.
"""


def configuration_page() -> str:
    """Return the page as Markdown."""
    schema = pipeline_file_schema(airflow_sections())
    return "\n".join([_HEAD, *_Blocks(schema).sections()])


class _Blocks:
    """Blocks of the file, each once, in the order in which they first occur."""

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
                title = f"{path}{key}{suffix}"
                taken = {_anchor(other) for other in self._titles.values()}
                known = name in self._titles or _anchor(title) in taken
                if "properties" in self._definitions[name] and not known:
                    self._titles[name] = title
                    inner.append(name)
        for name in inner:
            self._find(self._definitions[name], f"{self._titles[name]}.")

    def _references(self, value: dict[str, Any], suffix: str) -> Iterator[tuple[str, str]]:
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2], suffix
        for option in value.get("anyOf", ()):
            yield from self._references(option, suffix)
        if "items" in value:
            yield from self._references(value["items"], f"{suffix}[]")
        if isinstance(value.get("additionalProperties"), dict):
            yield from self._references(value["additionalProperties"], f"{suffix}.NAME")

    def _section(self, title: str, block: dict[str, Any]) -> Iterator[str]:
        yield f"## {title}\n"
        if description := block.get("description"):
            yield f"{description}\n"
        yield "| key | type | default |\n|---|---|---|"
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
            return " or ".join(f"`{choice}`" for choice in value["enum"])
        if "const" in value:
            return f"`{value['const']}`"
        kinds = value.get("type", "anything")
        kinds = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
        if "array" in kinds:
            return f"list of {self._kind(value['items'])}" if "items" in value else "list"
        if "object" in kinds:
            inner = value.get("additionalProperties")
            return f"mapping of names to {self._kind(inner)}" if isinstance(inner, dict) else "mapping"
        words = {"string": "text", "integer": "whole number"}
        return "text" if "string" in kinds else " or ".join(words.get(kind, kind) for kind in kinds)

    def _referred(self, name: str) -> str:
        definition = self._definitions[name]
        if "properties" not in definition:
            return self._kind(definition)
        title = self._titles[name]
        return f"block [`{title}`](#{_anchor(title)})"

    def _one_of(self, nested: list[dict[str, Any]]) -> str:
        options = [option for outer in nested for option in outer.get("anyOf", [outer])]
        if any("boolean" in option.get("type", ()) for option in options):
            return "boolean"
        if any("500 ms" in option.get("examples", ()) for option in options):
            return "duration"
        numbers = [option for option in options if option.get("type") in ("integer", "number")]
        if numbers and all(
            option.get("type") in ("integer", "number", "string", "null") for option in options
        ):
            return self._number(numbers[0])
        kinds = dict.fromkeys(
            self._kind(option) for option in options if option.get("type") not in ("null", "array")
        )
        lists = [option["items"] for option in options if option.get("type") == "array"]
        for items in lists:
            members = {self._kind(option) for option in items.get("anyOf", [items])}
            kinds[f"a list of {'these' if members <= set(kinds) else self._kind(items)}"] = None
        return " or ".join(kinds)

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


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower() if c.isalnum() or c in "_-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(page: Path = PAGE) -> int:
    """Write the page."""
    page.write_text(configuration_page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
