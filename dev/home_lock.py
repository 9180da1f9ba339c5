"""A lock that allows one Airflow per home at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["HomeInUseError", "home_lock"]


class HomeInUseError(RuntimeError):
    """Another process, `owner` (its pid as text), runs an Airflow in `home`."""

    def __init__(self, home: Path, owner: str) -> None:
        """Put both into the message."""
        self.home = home
        self.owner = owner
        super().__init__(
            f"an Airflow is already running in {home}, started by process {owner}; "
            "stop that one first (Ctrl-C where it was started)"
        )


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Lock the home for this process; the kernel releases it however the process ends.

    Raises:
        HomeInUseError: at once, if another process holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HomeInUseError(home, file.read().strip() or "unknown") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
