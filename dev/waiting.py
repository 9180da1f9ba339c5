"""Functions that wait for a condition, with a deadline and an injected clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["wait_for_line", "wait_until"]

Value = TypeVar("Value")


def wait_until(
    probe: Callable[[], Value | None],
    what: Callable[[], str] | str,
    *,
    timeout_seconds: float = 60.0,
    interval_seconds: float = 0.2,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Value:
    """Call `probe` every `interval_seconds` until its value is true, and return that value.

    `what` names the condition; a function is called only for the error, so that it can report the state then.

    Raises:
        TimeoutError: after `timeout_seconds`, with `what`; `probe` was called at least once.
    """
    deadline = clock() + timeout_seconds
    while True:
        value = probe()
        if value:
            return value
        if clock() >= deadline:
            named = what() if callable(what) else what
            raise TimeoutError(f"waited {timeout_seconds:g} s in vain for {named}")
        sleep(interval_seconds)


def wait_for_line(path: Path, text: str, *, timeout_seconds: float = 60.0) -> str:
    """Wait for a finished line of the file that contains `text`, and return it; the file may not exist yet.

    Raises:
        TimeoutError: with the lines of the file.
    """

    def lines() -> list[str]:
        return path.read_text().splitlines(keepends=True) if path.exists() else []

    def probe() -> str | None:
        return next((line.rstrip("\n") for line in lines() if text in line and line.endswith("\n")), None)

    return wait_until(
        probe,
        lambda: f"a line with {text!r} in {path}; there are: {[line.strip() for line in lines()]}",
        timeout_seconds=timeout_seconds,
        interval_seconds=0.05,
    )
