"""The run report: one self-contained HTML page about one try of a run."""

from __future__ import annotations

from .destination import ReportDestination, ReportFile
from .facts import ComponentFacts, FailedAttempt, RunFacts, run_facts
from .hooks import ReportHooks
from .page import report_page

__all__ = [
    "ComponentFacts",
    "FailedAttempt",
    "ReportDestination",
    "ReportFile",
    "ReportHooks",
    "RunFacts",
    "report_page",
    "run_facts",
]
