"""What must not change between the tries of one run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["compute_pipeline_fingerprint"]


def compute_pipeline_fingerprint(config: PipelineConfig) -> str:
    """SHA-256, in hex, of the pipeline's structure: each component's name, class path and sorted dependencies.

    Settings and `enabled` are left out, so that tuning between tries keeps a checkpoint valid. The form that is
    hashed is canonical JSON sorted by name: names cannot run into each other, and the order in which a file lists
    its components does not matter.
    """
    structure = sorted(
        [component.name, component.class_path, sorted(set(component.depends_on))]
        for component in config.components
    )
    text = json.dumps(structure, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
