"""A component that records each of its runs in a file, and needs no Spark."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Note"]


class Note:
    """Adds a line to a ledger."""

    def __init__(self, ledger: str, line: str) -> None:
        self._ledger = Path(ledger)
        self._line = line

    def run(self) -> None:
        """Add it."""
        with self._ledger.open("a") as ledger:
            ledger.write(f"{self._line}\n")
