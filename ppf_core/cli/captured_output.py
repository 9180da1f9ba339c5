"""Capture of all output of the process while the live display owns the terminal."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CapturedOutput"]

_DRAIN_SECONDS = 2.0


class CapturedOutput:
    """Leads the process's standard output and error through a pipe, and hands on what comes out line by line.

    File descriptors are what is redirected, not `sys.stdout`: Spark's JVM and other child processes write too, and
    keep the pipe as long as they live. So the reading thread goes on until the process ends; after `stop` it
    passes lines on to standard error.
    """

    def __init__(self) -> None:
        self._kept: tuple[int, int] | None = None
        self._write_end = -1
        self._terminal: TextIO | None = None
        self._show: Callable[[str], None] | None = None
        self._marker = f"ppf-drained-{os.urandom(8).hex()}".encode()
        self._drained = threading.Event()

    def start(self, show: Callable[[str], None]) -> TextIO:
        """Begin; each line goes to `show`, in another thread. Returns the terminal."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._show = show
        self._kept = os.dup(1), os.dup(2)
        self._terminal = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors="replace")
        read_end, self._write_end = os.pipe()
        os.dup2(self._write_end, 1)
        os.dup2(self._write_end, 2)
        threading.Thread(
            target=self._pass_on, args=(read_end, self._kept[1]), name="ppf-output", daemon=True
        ).start()
        return self._terminal

    def drain(self) -> None:
        """Wait until all that has been written so far was shown."""
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(self._write_end, b"\n" + self._marker + b"\n")
        self._drained.wait(_DRAIN_SECONDS)

    def stop(self) -> None:
        """Give the process its output back."""
        if self._kept is None:
            return
        sys.stdout.flush()
        sys.stderr.flush()
        self._show = None
        os.dup2(self._kept[0], 1)
        os.dup2(self._kept[1], 2)
        os.close(self._kept[0])
        os.close(self._write_end)
        if self._terminal is not None:
            self._terminal.close()

    def _pass_on(self, read_end: int, afterwards: int) -> None:
        with os.fdopen(read_end, "rb") as lines:
            for line in lines:
                if line.rstrip() == self._marker:
                    self._drained.set()
                elif (show := self._show) is not None:
                    if text := line.decode("utf-8", "replace").rstrip():
                        show(text)
                else:
                    os.write(afterwards, line)
