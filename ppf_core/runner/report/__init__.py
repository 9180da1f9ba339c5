"""The run report: one HTML page that shows what a run did, and needs nothing but a browser."""

from __future__ import annotations

from .facts import ComponentFacts, ComponentState, FailedTry, RunFacts, run_facts
from .hooks import ReportHooks
from .page import report_page
from .place import ReportFile, ReportPlace

__all__ = [
    "ComponentFacts",
    "ComponentState",
    "FailedTry",
    "ReportFile",
    "ReportHooks",
    "ReportPlace",
    "RunFacts",
    "report_page",
    "run_facts",
]
