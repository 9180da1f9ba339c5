"""The run report: one self-contained HTML page about one try of a run."""

from __future__ import annotations

from .facts import ComponentFacts, FailedAttempt, RunFacts, run_facts
from .hooks import ReportHooks
from .page import report_page
from .place import ReportFile, ReportPlace

__all__ = [
    "ComponentFacts",
    "FailedAttempt",
    "ReportFile",
    "ReportHooks",
    "ReportPlace",
    "RunFacts",
    "report_page",
    "run_facts",
]
