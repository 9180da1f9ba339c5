"""Checked pipeline files: their configs and all that is wrong with them, found without Spark."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppf_core.config import (
    ConfigError,
    PipelineConfig,
    Problem,
    decode,
    installed_sections,
    is_within,
    located,
    read_document,
    with_overrides,
)

from .static_checks import static_checks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ppf_core.config import HoconDocument

__all__ = ["CheckedFile", "check_file", "check_report", "classes_beside"]


@dataclass(frozen=True)
class CheckedFile:
    """A pipeline file with its errors and warnings; `config` is `None` if it could not be read."""

    file: Path
    config: PipelineConfig | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield one line for each problem, or one that calls the file valid."""
        yield from map(str, self.errors)
        yield from (f"{warning} (warning)" for warning in self.warnings)
        if not self.errors:
            yield f"{self.file}: valid, {len(self.config.components) if self.config else 0} components"

    def document(self) -> dict[str, Any]:
        """Return the same as plain values, for programs."""
        return {
            "file": str(self.file),
            "valid": not self.errors,
            "errors": [asdict(problem) for problem in self.errors],
            "warnings": [asdict(problem) for problem in self.warnings],
        }


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


def check_file(
    file: Path, overrides: Mapping[str, Any] | None = None, *, overrides_from: str = "overrides"
) -> CheckedFile:
    """Read `file`, make the overrides, and check the pipeline as far as that is possible without Spark.

    Args:
        file: A pipeline file.
        overrides: Values by dotted path, as `with_overrides` takes them.
        overrides_from: The source of the overrides, as errors name it.
    """
    try:
        document = read_document(path=file)
        tree, origins = with_overrides(
            document.tree, overrides or {}, document.origins, source=overrides_from
        )
    except ConfigError as error:
        return CheckedFile(file, None, error.problems)
    try:
        config = decode(tree, PipelineConfig, origins, str(file))
    except ConfigError as error:
        return CheckedFile(file, None, (*error.problems, *_problems_beside_sections(file, document, error)))
    checked = static_checks(config)
    return CheckedFile(
        file,
        config,
        tuple(located(checked.error_problems, origins, str(file))),
        tuple(located(checked.warning_problems, origins, str(file))),
    )


def check_report(checked: Iterable[CheckedFile], *, as_json: bool) -> str:
    """Return what a command prints about checked files: lines, or one JSON document."""
    if as_json:
        return json.dumps({"files": [result.document() for result in checked]}, indent=2, default=str)
    return "\n".join(line for result in checked for line in result.lines())


def _problems_beside_sections(file: Path, document: HoconDocument, error: ConfigError) -> Iterator[Problem]:
    """Yield what else is wrong with a pipeline if only blocks for other programs could not be read."""
    sections = installed_sections()
    if all(any(is_within(problem.path, section) for section in sections) for problem in error.problems):
        own = {key: value for key, value in document.tree.items() if key not in sections}
        checked = static_checks(decode(own, PipelineConfig, document.origins, str(file)))
        yield from located(checked.error_problems, document.origins, str(file))
