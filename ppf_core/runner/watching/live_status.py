"""Live status of a run: a folder where other processes read its progress and ask it to stop."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upath import UPath

__all__ = ["BEAT_SECONDS", "LiveStatus", "LiveStatusFolder"]

BEAT_SECONDS = 2.0
"""Interval between the heartbeats of a running run."""

_STATUS = "status.json"
_STOP = "stop.json"


@dataclass(frozen=True)
class LiveStatus:
    """Status of a run, as its process reports it.

    `process` identifies the process among all that write to the folder. `beat` is a counter that grows while the
    process is alive, so that readers need not compare clocks. `components` has the fields of `ppf run --json` for each
    component, waiting and running ones included. `outcome` is the full output of `ppf run --json` once the run has
    ended.
    """

    process: str
    beat: int
    components: list[dict[str, Any]] = field(default_factory=list)
    outcome: dict[str, Any] | None = None


class LiveStatusFolder:
    """A folder for the status of a run: a local path, or an address for fsspec.

    Raises:
        ValueError: fsspec has no file system for the address.
    """

    def __init__(self, address: str) -> None:
        from upath import UPath

        local = "://" not in address or address.startswith("file://")
        self._folder: Path | UPath = (
            Path(re.sub("^file://", "", address)).expanduser() if local else UPath(address)
        )

    def read(self) -> LiveStatus | None:
        """Return the status, or None if there is none that can be read."""
        try:
            return LiveStatus(**json.loads((self._folder / _STATUS).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, status: LiveStatus) -> None:
        """Replace the status.

        Raises:
            OSError: the file cannot be written.
        """
        self._write(_STATUS, asdict(status))

    def ask_to_stop(self, process: str | None, reason: str) -> None:
        """Ask the run of `process` to stop, or any run that uses this folder if it is None.

        Raises:
            OSError: the file cannot be written.
        """
        self._write(_STOP, {"process": process, "reason": reason})

    def asked_to_stop(self, process: str | None) -> str | None:
        """Return why `process` is asked to stop, or None; if `process` is None, only requests to any run count."""
        try:
            request = json.loads((self._folder / _STOP).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(request, dict) or request.get("process") not in (None, process):
            return None
        return str(request.get("reason"))

    def remove(self) -> None:
        """Remove the folder.

        Raises:
            OSError: the folder cannot be removed.
        """
        for name in (_STATUS, _STOP):
            if (file := self._folder / name).exists():
                file.unlink()
        if self._folder.exists():  # object stores have no empty folders
            self._folder.rmdir()

    def _write(self, name: str, content: dict[str, Any]) -> None:
        data = json.dumps(content, default=str).encode("ascii")
        self._folder.mkdir(parents=True, exist_ok=True)
        if isinstance(self._folder, Path) and type(self._folder).__module__.startswith("pathlib"):
            temporary = self._folder / f".{name}.{os.getpid()}"
            temporary.write_bytes(data)
            temporary.replace(self._folder / name)
        else:
            (self._folder / name).write_bytes(data)  # object stores write atomically
