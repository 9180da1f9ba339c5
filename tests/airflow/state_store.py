"""A stand-in for Airflow's task state store."""

from __future__ import annotations

from typing import Any


class StateStore:
    """As Airflow's: one for each task instance."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self.kept.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.kept[key] = value

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)
