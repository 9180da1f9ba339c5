"""Pipeline fingerprint: detects structural changes between the tries of a run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["compute_pipeline_fingerprint"]


def compute_pipeline_fingerprint(config: PipelineConfig) -> str:
    """Return the SHA-256, in hex, of each component's name, class path and sorted dependencies.

    Settings and `enabled` are left out, so that tuning between tries keeps a checkpoint valid. The hash is that of
    canonical JSON sorted by name, so that the order of the components in the file does not matter.
    """
    structure = sorted(
        [component.name, component.class_path, sorted(set(component.depends_on))]
        for component in config.components
    )
    text = json.dumps(structure, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
