"""Reads and checks the pipeline files that are named on the command line."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.config import (
    ConfigError,
    PipelineConfig,
    Problem,
    decode,
    installed_sections,
    load_from_file,
    located,
    read_document,
)
from ppf_core.runner import static_checks

from .settings_override import override_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["CheckedFile", "check_file", "classes_beside", "read_checked"]


@dataclass(frozen=True)
class CheckedFile:
    """A file and all that is wrong or odd with it; `config` is `None` where it could not be read."""

    file: Path
    config: PipelineConfig | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


@contextmanager
def classes_beside(file: Path) -> Iterator[None]:
    """Let class paths lead to modules beside `file`, as Python lets a script import what is beside it.

    Afterwards these modules are forgotten: the next file may have others of the same names beside it.
    """
    folder = str(file.resolve().parent)
    before = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - before:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin and Path(origin).is_relative_to(folder):
                del sys.modules[name]


def check_file(file: Path, assignments: Sequence[str] = ()) -> CheckedFile:
    """Read `file`, make the `--set` assignments, and check it as far as that goes without Spark."""
    try:
        config = override_settings(load_from_file(file, PipelineConfig), assignments)
    except ConfigError as error:
        beside = _problems_beside_sections(file, error)
        return CheckedFile(file, None, (*error.problems, *beside))
    found = static_checks(config)
    if not found.errors and not found.warnings:
        return CheckedFile(file, config, ())
    places = read_document(path=file).places
    return CheckedFile(
        file,
        config,
        tuple(located(found.errors, places, str(file))),
        tuple(located(found.warnings, places, str(file))),
    )


def _problems_beside_sections(file: Path, told: ConfigError) -> Iterator[Problem]:
    """What else is wrong with a pipeline where only blocks for other programs could not be read."""
    sections = installed_sections()
    if all(re.split(r"[.\[]", problem.path)[0] in sections for problem in told.problems):
        document = read_document(path=file)
        own = {key: value for key, value in document.tree.items() if key not in sections}
        found = static_checks(decode(own, PipelineConfig, document.places, str(file)))
        yield from located(found.errors, document.places, str(file))


def read_checked(file: Path, assignments: Sequence[str] = ()) -> PipelineConfig:
    """The pipeline of `file`, which can run as far as can be told beforehand; warnings go to standard error.

    Raises:
        ConfigError: the file is missing or wrong; it lists all problems.
    """
    checked = check_file(file, assignments)
    for warning in checked.warnings:
        print(f"warning: {warning}", file=sys.stderr)  # noqa: T201 - where a command warns
    if checked.errors or checked.config is None:
        raise ConfigError(checked.errors)
    return checked.config
