"""Layout of a graph's boxes and lines.

The usual steps for layered drawings (Sugiyama, Tagawa and Toda 1981): layers by longest path; a bend in each layer
that a line only passes through, so that no line crosses a box; fewer crossings by sorting each layer by the
mean position of its neighbours; then heights near the neighbours' mean, as far as the boxes' sizes allow.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .layers import layers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppf_core.config import ComponentConfig, PipelineConfig

__all__ = ["BOX_HEIGHT", "CHARACTER_WIDTH", "Layout", "Spot", "lay_out", "text_width"]

BOX_HEIGHT = 44.0
"""In pixels: two lines of text."""
CHARACTER_WIDTH = 8.0
"""In pixels: an upper bound for the 13 pixel monospace font of the boxes (0.6 em)."""

_BEND_HEIGHT = 10.0
_GAP = 16.0
_GUTTER = 70.0
_MARGIN = 20.0
_PADDING = 12.0
_SORTING_SWEEPS = 8
_PLACING_SWEEPS = 8


@dataclass
class Spot:
    """A component's box, or a bend of a line (`component` is `None`); `x` is its left side, `y` its middle."""

    layer: int
    component: ComponentConfig | None = None
    before: list[Spot] = field(default_factory=list)
    after: list[Spot] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0

    @property
    def height(self) -> float:
        """The height in pixels."""
        return BOX_HEIGHT if self.component is not None else _BEND_HEIGHT


@dataclass(frozen=True)
class Layout:
    """Spots by layer, from top to bottom; `width` and `height` of the drawing in pixels, including margins."""

    layers: list[list[Spot]]
    width: float
    height: float


def text_width(text: str) -> float:
    """Return the width of `text` in pixels; East Asian characters are two columns wide."""
    return CHARACTER_WIDTH * sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def lay_out(config: PipelineConfig, lines_of: dict[str, Iterable[str]]) -> Layout:
    """Place every component; `lines_of` has the lines of text in its box, by component name."""
    layers = _connected(config)
    _sort(layers)
    _place_vertically(layers)
    x = _MARGIN
    for layer in layers:
        texts = (text for spot in layer if spot.component for text in lines_of[spot.component.name])
        width = 2 * _PADDING + max(map(text_width, texts), default=0.0)
        for spot in layer:
            spot.x, spot.width = x, width
        x += width + _GUTTER
    spots = [spot for layer in layers for spot in layer]
    top = min((spot.y - spot.height / 2 for spot in spots), default=0.0) - _MARGIN
    for spot in spots:
        spot.y -= top
    bottom = max((spot.y + spot.height / 2 for spot in spots), default=0.0)
    return Layout(layers, max(x - _GUTTER, _MARGIN) + _MARGIN, bottom + _MARGIN)


def _connected(config: PipelineConfig) -> list[list[Spot]]:
    layers = [
        [Spot(number, component) for component in layer] for number, layer in enumerate(layers_of(config))
    ]
    spot_of = {spot.component.name: spot for layer in layers for spot in layer if spot.component}
    # A single chain of bends for each source: its lines share it as long as possible.
    bends: dict[str, list[Spot]] = {}
    for spot in list(spot_of.values()):
        for name in dict.fromkeys(spot.component.depends_on if spot.component else ()):
            chain = bends.setdefault(name, [spot_of[name]])
            while len(chain) < spot.layer - chain[0].layer:
                bend = Spot(chain[-1].layer + 1)
                layers[bend.layer].append(bend)
                _connect(chain[-1], bend)
                chain.append(bend)
            _connect(chain[spot.layer - chain[0].layer - 1], spot)
    return layers


def _connect(left: Spot, right: Spot) -> None:
    left.after.append(right)
    right.before.append(left)


def _sort(layers: list[list[Spot]]) -> None:
    position: dict[int, float] = {}

    def note(layer: list[Spot]) -> None:
        position.update((id(spot), (index + 0.5) / len(layer)) for index, spot in enumerate(layer))

    for layer in layers:
        note(layer)
    for sweep in range(_SORTING_SWEEPS):
        forwards = sweep % 2 == 0
        for layer in layers if forwards else reversed(layers):
            means = {
                id(spot): _mean([position[id(other)] for other in (spot.before if forwards else spot.after)])
                for spot in layer
            }
            layer.sort(key=lambda spot: m if (m := means[id(spot)]) is not None else position[id(spot)])
            note(layer)


def _place_vertically(layers: list[list[Spot]]) -> None:
    for layer in layers:
        _stack(layer, [0.0] * len(layer))
    for sweep in range(_PLACING_SWEEPS):
        forwards = sweep % 2 == 0
        for layer in layers if forwards else reversed(layers):
            wished = (
                _mean([other.y for other in (spot.before if forwards else spot.after)]) for spot in layer
            )
            _stack(
                layer, [spot.y if wish is None else wish for spot, wish in zip(layer, wished, strict=True)]
            )


def _stack(layer: list[Spot], wished: list[float]) -> None:
    # Pushing boxes down from the top keeps their distances, as does pushing them up from the bottom. So does the mean
    # of the two, which favours neither end.
    apart = [(a.height + b.height) / 2 + _GAP for a, b in pairwise(layer)]
    down, up = list(wished), list(wished)
    for index, distance in enumerate(apart):
        down[index + 1] = max(down[index + 1], down[index] + distance)
    for index in reversed(range(len(apart))):
        up[index] = min(up[index], up[index + 1] - apart[index])
    for spot, low, high in zip(layer, up, down, strict=True):
        spot.y = (low + high) / 2


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
