"""`ppf graph`."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_code import ExitCode
from .options import AsJson, PipelineFile

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["GraphFormat", "graph"]


class GraphFormat(str, Enum):
    """Format of a graph."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"


def graph(
    file: PipelineFile,
    form: Annotated[
        GraphFormat | None,
        typer.Option(
            "--format",
            help="text: layers, one component a line; mermaid: for GitHub and wikis; svg: a drawing. "
            "By default what --output ends with, else text.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="PATH", help="Write there instead.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show which components depend on which.

    Components are in layers, each in the first layer after all that it depends on. Only the file is read; the classes
    need not exist.
    """
    if as_json and form is not None:
        raise typer.BadParameter(
            "is a format of its own, use only one of the two", param_hint="--json with --format"
        )
    config = _read(file)
    if as_json:
        import json

        text = json.dumps(_document(config), indent=2)
    else:
        text = _drawn(config, form or _form_of(output))
    if output is None:
        typer.echo(text)
    else:
        try:
            output.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from error
    return ExitCode.SUCCESS


def _read(file: Path) -> PipelineConfig:
    from ppf_core.config import ConfigError, PipelineConfig, Problem, did_you_mean, load_from_file

    config = load_from_file(file, PipelineConfig)
    names = {component.name for component in config.components}
    unknown = [
        Problem(
            f"components[{index}].depends_on",
            f'expected the name of a component, got "{needed}"{did_you_mean(needed, names)}',
            str(file),
        )
        for index, component in enumerate(config.components)
        for needed in component.depends_on
        if needed not in names
    ]
    if unknown:
        raise ConfigError(unknown)
    return config


def _form_of(output: Path | None) -> GraphFormat:
    endings = {".svg": GraphFormat.SVG, ".mmd": GraphFormat.MERMAID, ".mermaid": GraphFormat.MERMAID}
    return endings.get(output.suffix.lower(), GraphFormat.TEXT) if output is not None else GraphFormat.TEXT


def _drawn(config: PipelineConfig, form: GraphFormat) -> str:
    if form is GraphFormat.SVG:
        from ppf_core.drawing import graph_svg

        return graph_svg(config)
    if form is GraphFormat.MERMAID:
        from .graph_mermaid import graph_mermaid

        return graph_mermaid(config)
    from .graph_text import graph_text

    return graph_text(config)


def _document(config: PipelineConfig) -> dict[str, Any]:
    from ppf_core.drawing import layers_of

    return {
        "pipeline": config.name,
        "version": config.version,
        "components": [
            {
                "name": component.name,
                "type": component.component_type.value,
                "class_path": component.class_path,
                "depends_on": component.depends_on,
                "enabled": component.enabled,
                "layer": number,
            }
            for number, layer in enumerate(layers_of(config))
            for component in layer
        ],
    }
