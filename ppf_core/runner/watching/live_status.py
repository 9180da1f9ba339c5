"""How far a run is, in a folder that others can look into while it goes on, and in which they can ask it to stop."""

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
"""How often a run that goes on says so."""

_STATUS = "status.json"
_STOP = "stop.json"


@dataclass(frozen=True)
class LiveStatus:
    """What a process says of the run in it.

    `process` tells it from all others that wrote there. `beat` grows as long as it lives; nobody's clock is asked.
    `components` are what `ppf run --json` says of each, with those that wait or run; `outcome` is the whole of that,
    there once the run has ended.
    """

    process: str
    beat: int
    components: list[dict[str, Any]] = field(default_factory=list)
    outcome: dict[str, Any] | None = None


class LiveStatusFolder:
    """A folder for the status of one run: a local one, or an address that fsspec knows.

    Raises:
        ValueError: no file system is known for the address.
    """

    def __init__(self, address: str) -> None:
        from upath import UPath

        local = "://" not in address or address.startswith("file://")
        self._folder: Path | UPath = (
            Path(re.sub("^file://", "", address)).expanduser() if local else UPath(address)
        )

    def read(self) -> LiveStatus | None:
        """What is there; None, where nothing is that could be read."""
        try:
            found = json.loads((self._folder / _STATUS).read_bytes())
            return LiveStatus(**found)
        except (OSError, ValueError, TypeError):
            return None

    def write(self, status: LiveStatus) -> None:
        """Put it there in the place of what was there before.

        Raises:
            OSError: it cannot be written.
        """
        self._write(_STATUS, asdict(status))

    def ask_to_stop(self, process: str | None, reason: str) -> None:
        """Have the run of that process stop, or with None whichever tells of itself here; errors as `write`."""
        self._write(_STOP, {"process": process, "reason": reason})

    def asked_to_stop(self, process: str | None) -> str | None:
        """Why that process is to stop, if it is; with None, why any is."""
        try:
            found = json.loads((self._folder / _STOP).read_bytes())
        except (OSError, ValueError):
            return None
        if not isinstance(found, dict) or found.get("process") not in (None, process):
            return None
        return str(found.get("reason"))

    def remove(self) -> None:
        """Remove the folder, when nobody needs to know any more.

        Raises:
            OSError: it cannot be removed.
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
            (self._folder / name).write_bytes(data)  # an object store shows a file when it is whole
