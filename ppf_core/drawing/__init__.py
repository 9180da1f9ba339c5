"""Drawing of a pipeline's graph: layers of components, layout of boxes, and SVG."""

from __future__ import annotations

from .layers import layers_of
from .layout import lay_out
from .svg import Box, graph_svg

__all__ = ["Box", "graph_svg", "lay_out", "layers_of"]
