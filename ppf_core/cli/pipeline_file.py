"""The pipeline file named on the command line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError
from ppf_core.runner import check_file

from .assignments import SET, assigned_values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ppf_core.config import PipelineConfig

__all__ = ["read_checked"]


def read_checked(file: Path, assignments: Sequence[str] = ()) -> PipelineConfig:
    """Return the pipeline of `file`, with the `--set` assignments made; warnings go to standard error.

    Raises:
        ConfigError: the file is missing or wrong; it lists all problems.
    """
    checked = check_file(file, assigned_values(assignments), overrides_from=SET)
    for warning in checked.warnings:
        print(f"warning: {warning}", file=sys.stderr)  # noqa: T201 - where a command warns
    if checked.errors or checked.config is None:
        raise ConfigError(checked.errors)
    return checked.config
