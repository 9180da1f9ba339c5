"""A stand-in for Airflow's task state store that outlives the processes which use it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.airflow.state_store import StateStore

__all__ = ["SharedStateStore"]


class SharedStateStore(StateStore):
    """One in a file, for several processes."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def get(self, key: str, default: Any = None) -> Any:
        self._read()
        return super().get(key, default)

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        self._read()
        super().set(key, value, retention=retention)
        self._write()

    def delete(self, key: str) -> None:
        self._read()
        super().delete(key)
        self._write()

    def _read(self) -> None:
        self.values = json.loads(self._file.read_text()) if self._file.exists() else {}

    def _write(self) -> None:
        whole = self._file.with_suffix(f".{os.getpid()}")  # another process may read meanwhile
        whole.write_text(json.dumps(self.values))
        whole.replace(self._file)
