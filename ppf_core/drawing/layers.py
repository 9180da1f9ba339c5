"""Layers of a pipeline's graph: the columns of its drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig, PipelineConfig

__all__ = ["layers_of"]


def layers_of(config: PipelineConfig) -> list[list[ComponentConfig]]:
    """Group components by their longest path from the start, so that dependencies are always in an earlier layer.

    Within a layer the components are in execution order.

    Raises:
        DependencyCycleError: components depend on each other in a cycle.
    """
    depth: dict[str, int] = {}
    layers: list[list[ComponentConfig]] = []
    for name in config.get_execution_order():
        component = config.get_component(name)
        depth[name] = 1 + max((depth[needed] for needed in component.depends_on), default=-1)
        if depth[name] == len(layers):
            layers.append([])
        layers[depth[name]].append(component)
    return layers
