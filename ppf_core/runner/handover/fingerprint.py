"""Component fingerprint: detects changed settings that make a hand-over invalid."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["component_fingerprint"]


def component_fingerprint(config: PipelineConfig, name: str) -> str:
    """Return the SHA-256, in hex, of class path and settings of a component and of all its upstream components.

    Unlike the fingerprint of the checkpoint, it includes settings, so that data made with other settings are not used
    by mistake. Secrets are included as references only.
    """
    included: set[str] = set()
    pending = [name]
    while pending:
        if (current := pending.pop()) not in included:
            included.add(current)
            pending += config.get_component(current).depends_on
    parts = [
        [component.name, component.class_path, component.config, sorted(set(component.depends_on))]
        for component in map(config.get_component, sorted(included))
    ]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
