"""What must not have changed for a component's hand-over to be still right."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["component_fingerprint"]


def component_fingerprint(config: PipelineConfig, name: str) -> str:
    """SHA-256, in hex, of class path and settings of a component and of all that it depends on.

    The checkpoint's own fingerprint leaves settings out, since tuning must not void what is completed. Data that
    were made with other settings are another matter: they must not be mixed in silently. Secrets are in it as
    references only.
    """
    behind: set[str] = set()
    ahead = [name]
    while ahead:
        if (current := ahead.pop()) not in behind:
            behind.add(current)
            ahead += config.get_component(current).depends_on
    parts = [
        [one.name, one.class_path, one.config, sorted(set(one.depends_on))]
        for one in map(config.get_component, sorted(behind))
    ]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
