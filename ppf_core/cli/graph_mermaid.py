"""The graph of a pipeline in Mermaid, which GitHub and many wikis draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["graph_mermaid"]

_CLASSES = """\
    classDef source fill:#dbeafe,stroke:#1d4ed8,color:#111
    classDef transformation fill:#fef3c7,stroke:#b45309,color:#111
    classDef sink fill:#dcfce7,stroke:#15803d,color:#111
    classDef disabled stroke-dasharray:5 4,opacity:0.6"""


def graph_mermaid(config: PipelineConfig) -> str:
    """Return a flowchart. Ids are numbers, since Mermaid allows few characters and reserves words (`end`)."""
    order = config.get_execution_order()
    ids = {name: f"n{number}" for number, name in enumerate(order)}
    lines = ["flowchart LR"]
    for name in order:
        component = config.get_component(name)
        lines.append(f'    {ids[name]}["{_label(name)}"]:::{component.component_type.value}')
        if not component.enabled:
            lines.append(f"    class {ids[name]} disabled")
    for name in order:
        lines += [f"    {ids[needed]} --> {ids[name]}" for needed in config.get_component(name).depends_on]
    return "\n".join([*lines, _CLASSES])


def _label(text: str) -> str:
    # "#" begins Mermaid's own entities; "`" at the start makes Markdown of a label; "<" makes HTML of it.
    kept = (character if character.isprintable() else " " for character in text)
    return "".join(f"#{ord(character)};" if character in '#"`<>&\\' else character for character in kept)
