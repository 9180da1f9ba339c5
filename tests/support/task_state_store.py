"""A fake of Airflow's task state store."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["StateStore"]


class StateStore:
    """State of one task instance; it refuses the keys and values that the real store refuses.

    `values` holds the JSON texts. After `next_try`, which returns the accessor of the next try, this accessor
    can no longer write.
    """

    def __init__(self, values: dict[str, str] | None = None) -> None:
        self.values: dict[str, str] = {} if values is None else values
        self.error: Exception | None = None

    def next_try(self) -> StateStore:
        self.error = RuntimeError("404: Task instance 0195-abc not found")
        return StateStore(self.values)

    def get(self, key: str, default: Any = None) -> Any:
        self._check_key(key)
        return json.loads(self.values[key]) if key in self.values else default

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        self._check_key(key)
        if self.error is not None:
            raise self.error
        if value is None:
            raise ValueError("None cannot be stored")
        _check_json(value)
        self.values[key] = json.dumps(value, allow_nan=False)

    def delete(self, key: str) -> None:
        self._check_key(key)
        self.values.pop(key, None)

    @staticmethod
    def _check_key(key: str) -> None:
        if not key or not key.isascii() or "/" in key or ".." in key or len(key) > 512:
            raise ValueError(f"not a key: {key!r}")


def _check_json(value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if type(name) is not str:
                raise TypeError(f"key {name!r}")
            _check_json(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_json(inner)
    elif value is not None and type(value) not in (str, int, float, bool):
        raise TypeError(f"not JSON: {value!r}")
