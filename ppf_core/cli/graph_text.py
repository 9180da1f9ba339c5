"""The graph of a pipeline as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.drawing import layers_of

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["graph_text"]


def graph_text(config: PipelineConfig) -> str:
    """Return one line for each component, in layers: a layer depends only on the layers above it."""
    layers = layers_of(config)
    name_width = max((len(component.name) for component in config.components), default=0)
    type_width = max((len(component.component_type.value) for component in config.components), default=0)
    lines = [f"{config.name} {config.version}: {len(config.components)} components in {len(layers)} layers"]
    for number, layer in enumerate(layers, start=1):
        for index, component in enumerate(layer):
            lines.append(
                f"{number if index == 0 else '':>4}  {component.name:<{name_width}}  "
                f"{component.component_type.value:<{type_width}}"
                f"{'  <- ' + ', '.join(component.depends_on) if component.depends_on else ''}"
                f"{'' if component.enabled else '  (disabled)'}".rstrip()
            )
    return "\n".join(lines)
