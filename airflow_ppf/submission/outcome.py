"""Outcome of a submitted run, from the JSON document of `ppf run --json`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from airflow_ppf.task.summary import cut_to_size
from ppf_core.component import DataCount
from ppf_core.errors import PpfError
from ppf_core.runner import (
    ComponentOutcome,
    DataQualityError,
    DataQualityStop,
    HandOverDamagedError,
    SkipReason,
)

__all__ = ["SubmittedOutcome", "SubmittedRunError"]

_SUCCESS, _BAD_INPUT = 0, 2
_LONGEST_TEXT = 300
_QUALITY_ERRORS = {DataQualityError.__name__, DataQualityStop.__name__}


class SubmittedRunError(PpfError):
    """Error of a submitted run that failed or whose end is unknown; `outcome` is its JSON document, if any."""

    def __init__(self, message: str, outcome: dict[str, Any] | None = None) -> None:
        self.outcome = outcome
        super().__init__(message)


@dataclass(frozen=True)
class SubmittedOutcome:
    """Outcome of a submitted run; `document` is the output of `ppf run --json`."""

    document: dict[str, Any]

    @property
    def succeeded(self) -> bool:
        """Whether the run succeeded."""
        return self.document.get("exit_code") == _SUCCESS

    @property
    def is_bad_input(self) -> bool:
        """Whether another try with the same pipeline would fail in the same way."""
        return self.document.get("exit_code") == _BAD_INPUT

    @property
    def failed_quality(self) -> bool:
        """Whether a quality check failed."""
        types = {row.get("error_type") for row in self._rows()} | {self.document.get("error_type")}
        return not types.isdisjoint(_QUALITY_ERRORS)

    @property
    def counts(self) -> dict[str, tuple[DataCount, ...]]:
        """Counts of each component that has completed, in this try or an earlier try."""
        return {
            str(row.get("component")): tuple(map(DataCount.from_dict, row.get("counts", [])))
            for row in self._rows()
            if row.get("outcome") != ComponentOutcome.SKIPPED
            or row.get("skip_reason") == SkipReason.COMPLETED
        }

    def summary(self, try_number: int) -> dict[str, Any]:
        """Return the summary of a try like that of a run in the task, but without the results of quality checks."""
        components = [_component(row) for row in self._rows()]
        totals = Counter(component["outcome"] for component in components)
        totals["retries"] = sum(component.get("retries", 0) for component in components)
        summary = {
            "pipeline": self.document.get("pipeline"),
            "status": self.document.get("status", "failure"),
            "try": try_number,
            "duration_ms": self.document.get("duration_ms", 0),
            "totals": dict(totals),
            "components": components,
            "quality": [],
            "hook_errors": [_short(text) for text in self.document.get("hook_errors", [])],
        }
        if self.document.get("error"):
            summary["error"] = _short(self._error())
        return cut_to_size(summary)

    def error(self) -> PpfError:
        """Return the error of a failed run: a `SubmittedRunError`, or the `HandOverDamagedError` that ended the run."""
        error = self.document.get("error")
        if isinstance(error, dict) and error.get("type") == HandOverDamagedError.__name__:
            return HandOverDamagedError(str(error.get("component")), str(error.get("reason")))
        reasons = "; ".join(_short(reason) for reason in self._reasons()) or "it reported no reason"
        name = self.document.get("pipeline") or "the pipeline"
        return SubmittedRunError(f"{name} failed in the submitted driver: {reasons}", self.document)

    def _rows(self) -> list[dict[str, Any]]:
        return [row for row in self.document.get("components", []) if isinstance(row, dict)]

    def _reasons(self) -> list[str]:
        reasons = [
            str(row.get("reason")) for row in self._rows() if row.get("outcome") == ComponentOutcome.FAILED
        ]
        return reasons + ([self._error()] if self.document.get("error") else [])

    def _error(self) -> str:
        error = self.document["error"]
        return str(error.get("message", error)) if isinstance(error, dict) else str(error)


def _component(row: dict[str, Any]) -> dict[str, Any]:
    component: dict[str, Any] = {"name": _short(row.get("component")), "outcome": str(row.get("outcome"))}
    component |= {key: row[key] for key in ("duration_ms", "retries") if row.get(key)}
    component |= {key: row[key] for key in ("rows", "bytes") if row.get(key) is not None}
    for key in ("skip_reason", "reason"):
        if row.get(key):
            component[key] = _short(row[key])
    return component


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
