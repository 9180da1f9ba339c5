"""SVG drawing of a pipeline's graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from .layout import BOX_HEIGHT, Spot, lay_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppf_core.config import ComponentConfig, PipelineConfig

__all__ = ["Box", "graph_svg"]

_LONGEST_TEXT = 40
_COLOURS = {
    "source": ("#dbeafe", "#1d4ed8"),
    "transformation": ("#fef3c7", "#b45309"),
    "sink": ("#dcfce7", "#15803d"),
}
_STYLE = """\
<style>.edge{stroke:#64748b;fill:none}.tip{fill:#64748b}.name{fill:#111827}.note{fill:#475569}</style>
<rect width="100%" height="100%" fill="#ffffff"/>"""
_HEADER = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" \
viewBox="0 0 {width:.0f} {height:.0f}" role="img"{style}>
<title>{title}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>"""


@dataclass(frozen=True)
class Box:
    """Box of a component: a line of text under its name, a tooltip (`hint`), and its style.

    `attributes` are those of an SVG `rect`. They are not escaped: they must not contain user input.
    """

    note: str
    hint: str
    attributes: str


def graph_svg(config: PipelineConfig, boxes: Mapping[str, Box] | None = None) -> str:
    """Draw the components as boxes from left to right, with tooltips.

    Without `boxes` the drawing is a separate document: boxes are coloured by component type, and dashed if disabled.
    With `boxes` it is part of a page whose style sheet has the classes `edge` and `tip` (lines and their ends), `name`
    and `note` (texts), and which may shrink it to at least two thirds of its size.
    """
    shown = (
        boxes
        if boxes is not None
        else {component.name: _by_type(component) for component in config.components}
    )
    lines_of = {
        component.name: (_shortened(component.name), _shortened(shown[component.name].note))
        for component in config.components
    }
    layout = lay_out(config, dict(lines_of))
    title = _escaped(f"{config.name} {config.version}")
    style = f' style="min-width:{layout.width * 2 / 3:.0f}px"' if boxes is not None else ""
    parts = [_HEADER.format(width=layout.width, height=layout.height, title=title, style=style)]
    if boxes is None:
        parts.append(_STYLE)
    spots = [spot for layer in layout.layers for spot in layer]
    parts += [_line(left, right) for left in spots for right in left.after]
    parts += [_bend(spot) for spot in spots if spot.component is None]
    parts += [
        _box(spot, shown[spot.component.name], lines_of[spot.component.name])
        for spot in spots
        if spot.component
    ]
    return "\n".join([*parts, "</svg>"])


def _by_type(component: ComponentConfig) -> Box:
    kind = component.component_type.value + ("" if component.enabled else ", disabled")
    fill, stroke = _COLOURS[component.component_type.value]
    dashes = "" if component.enabled else ' stroke-dasharray="5 4" fill-opacity="0.4"'
    return Box(
        note=f"{kind}: {component.class_path.rpartition('.')[2]}",
        hint=f"{component.name}: {component.class_path}",
        attributes=f'fill="{fill}" stroke="{stroke}"{dashes}',
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _box(spot: Spot, box: Box, lines: tuple[str, str]) -> str:
    left, top = spot.x, spot.y - BOX_HEIGHT / 2
    text = f'<text x="{left + 12:.1f}" font-family="monospace"'
    return (
        f"<g><title>{_escaped(box.hint)}</title>"
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{spot.width:.1f}" height="{BOX_HEIGHT:.1f}" rx="6" '
        f"{box.attributes}/>"
        f'{text} y="{top + 18:.1f}" font-size="13" class="name">{_escaped(lines[0])}</text>'
        f'{text} y="{top + 35:.1f}" font-size="11" class="note">{_escaped(lines[1])}</text></g>'
    )


def _line(left: Spot, right: Spot) -> str:
    x1, x2 = left.x + left.width, right.x
    middle = (x1 + x2) / 2
    tip = ' marker-end="url(#tip)"' if right.component is not None else ""
    return (
        f'<path d="M{x1:.1f} {left.y:.1f}C{middle:.1f} {left.y:.1f} {middle:.1f} {right.y:.1f} '
        f'{x2:.1f} {right.y:.1f}" class="edge"{tip}/>'
    )


def _bend(spot: Spot) -> str:
    return f'<path d="M{spot.x:.1f} {spot.y:.1f}h{spot.width:.1f}" class="edge"/>'


def _escaped(text: str) -> str:
    # XML cannot represent most control characters.
    return escape("".join(character if character.isprintable() else " " for character in text))
