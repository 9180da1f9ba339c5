"""Overhead of the runner per component, with components that do nothing and without Spark.

Waiting for the disk (fsync and the rename after it) is measured separately, since it depends only on the disk.
"""

from __future__ import annotations

import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppf_core.audit import FileAuditSink
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.runner import (
    AuditHooks,
    CompositeHooks,
    LocalCheckpointStore,
    LoggingHooks,
    MetricsHooks,
    SimplePipelineRunner,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 7
SIZES = (200, 2000)


class NoOp:
    """A component that does nothing."""

    def run(self) -> None:
        """Do nothing."""


def main() -> None:
    """Print the table."""
    log = logging.getLogger("ppf.pipeline")
    log.setLevel(logging.INFO)
    log.propagate = False
    print(f"{f'milliseconds per component (fastest of {REPEATS})':<58}{'n = 200':>10}{'n = 2000':>10}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        to_file, to_nowhere = logging.FileHandler(folder / "log"), logging.NullHandler()
        _row("no hooks", folder, log, to_nowhere, watched=False, saved=False)
        _row("logging to nowhere, metrics, audit file", folder, log, to_nowhere, watched=True, saved=False)
        waits = _row("the same and checkpoints", folder, log, to_nowhere, watched=True, saved=True)
        _print("  and, apart from that, waiting for the disk", waits)
        _row("logging to a file, metrics, audit file", folder, log, to_file, watched=True, saved=False)
        to_file.close()
    _print("import ppf_core, seconds beyond an empty interpreter", [_import_seconds("ppf_core")])
    _print("import ppf_core.runner, the same", [_import_seconds("ppf_core.runner")])


def _row(
    title: str, folder: Path, log: logging.Logger, handler: logging.Handler, **what: bool
) -> list[float]:
    log.addHandler(handler)
    figures = [_fastest(size, folder, **what) for size in SIZES]
    log.removeHandler(handler)
    _print(title, [busy for busy, _ in figures])
    return [waited for _, waited in figures]


def _print(title: str, figures: list[float]) -> None:
    print(f"{title:<58}" + "".join(f"{figure:>10.3f}" for figure in figures))


def _fastest(size: int, folder: Path, **what: bool) -> tuple[float, float]:
    """Return the milliseconds per component: without waiting for the disk, and waiting for it.

    The fastest run counts, since other load on the machine only adds time.
    """
    runs = [_once(size, folder, **what) for _ in range(REPEATS)]
    return min(busy for busy, _ in runs), min(waited for _, waited in runs)


def _once(size: int, folder: Path, *, watched: bool, saved: bool) -> tuple[float, float]:
    config = _chain(size)
    with FileAuditSink(folder / "audit.jsonl") as sink, _DiskWaits() as waits:
        hooks = CompositeHooks(LoggingHooks(), MetricsHooks(), AuditHooks(sink)) if watched else None
        checkpoints = {"run_id": "r", "checkpoint_store": LocalCheckpointStore(folder)} if saved else {}
        runner = SimplePipelineRunner(config, hooks=hooks, **checkpoints)  # type: ignore[arg-type] # two of its keyword arguments
        began = time.perf_counter()
        result = runner.run()
        seconds = time.perf_counter() - began
    if len(result.completed_components) != size or result.hook_errors:
        raise RuntimeError(f"the measured run failed: {result}")
    (folder / "p" / "r.json").unlink(missing_ok=True)
    return (seconds - waits.seconds) * 1000 / size, waits.seconds * 1000 / size


def _chain(size: int) -> PipelineConfig:
    path = f"{NoOp.__module__}.{NoOp.__qualname__}"
    names = [f"component_{number}" for number in range(size)]
    return PipelineConfig(
        "p",
        "1",
        SparkConfig("p"),
        [
            ComponentConfig(name, ComponentType.TRANSFORMATION, path, depends_on=before)
            for name, before in zip(names, [[], *([name] for name in names)], strict=False)
        ],
    )


class _DiskWaits:
    """Adds up the seconds that pass in fsync and rename."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - began

        return timed

    def __enter__(self) -> _DiskWaits:
        self._originals = os.fsync, pathlib.Path.replace
        os.fsync = self._timed(os.fsync)
        pathlib.Path.replace = self._timed(pathlib.Path.replace)  # type: ignore[method-assign] # measured in passing
        return self

    def __exit__(self, *_: object) -> None:
        os.fsync, pathlib.Path.replace = self._originals  # type: ignore[method-assign] # put back


def _import_seconds(module: str) -> float:
    def fastest(program: str) -> float:
        spans = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            spans.append(time.perf_counter() - began)
        return min(spans)

    return fastest(f"import {module}") - fastest("pass")


if __name__ == "__main__":
    main()
