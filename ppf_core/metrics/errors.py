"""Errors of metrics registries."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["MetricError", "MissingExtraError"]


class MetricError(PpfError, ValueError):
    """The metric `name` got an invalid value, or is already a metric of another kind."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"metric {name!r}: {problem}")
        self.name = name
        self.problem = problem

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.name, self.problem)


class MissingExtraError(PpfError, ImportError):
    """The optional dependency `extra`, which `wanted_by` needs, is not installed."""

    def __init__(self, wanted_by: str, extra: str) -> None:
        super().__init__(
            f"{wanted_by} needs an optional dependency that is not installed;"
            f" install it with: pip install 'airflow-provider-ppf[{extra}]'"
        )
        self.wanted_by = wanted_by
        self.extra = extra

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.wanted_by, self.extra)
