"""A stand-in for Airflow's task state store that outlives the processes which use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.airflow.state_store import StateStore

__all__ = ["SharedStateStore"]


class SharedStateStore(StateStore):
    """One in a file, for several processes, one after the other."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def get(self, key: str, default: Any = None) -> Any:
        self.kept = json.loads(self._file.read_text()) if self._file.exists() else {}
        return super().get(key, default)

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        super().set(key, value)
        self._file.write_text(json.dumps(self.kept))

    def delete(self, key: str) -> None:
        super().delete(key)
        self._file.write_text(json.dumps(self.kept))
