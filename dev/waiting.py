"""Waiting for something to become true, with a deadline and a clock of the caller's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["wait_for_line", "wait_until"]

Found = TypeVar("Found")


def wait_until(
    probe: Callable[[], Found | None],
    what: Callable[[], str] | str,
    *,
    timeout_seconds: float = 60.0,
    interval_seconds: float = 0.2,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Found:
    """The first true value of `probe`, asked again every `interval_seconds`.

    `what` names the thing waited for; as a function it is called only for the error, so that it can tell
    how far things were.

    Raises:
        TimeoutError: after `timeout_seconds`; names what was waited for. `probe` was asked at least once.
    """
    deadline = clock() + timeout_seconds
    while True:
        found = probe()
        if found:
            return found
        if clock() >= deadline:
            named = what() if callable(what) else what
            raise TimeoutError(f"waited {timeout_seconds:g} s in vain for {named}")
        sleep(interval_seconds)


def wait_for_line(path: Path, text: str, *, timeout_seconds: float = 60.0) -> str:
    """The first finished line of the file that contains `text`; the file may not be there yet.

    Raises:
        TimeoutError: with the lines there were.
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
