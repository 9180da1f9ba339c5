"""A fake of Airflow's task state store for several processes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.support.task_state_store import StateStore

__all__ = ["SharedStateStore"]


class SharedStateStore(StateStore):
    """State in a file, which outlives the processes that use it."""

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
