"""Submission of pipelines with spark-submit, in a separate driver."""

from __future__ import annotations

from .application import Application, submission_problems
from .outcome import SubmittedOutcome, SubmittedRunError
from .submitter import Submitter
from .task import SubmittedTask, refuse_arguments

__all__ = [
    "Application",
    "SubmittedOutcome",
    "SubmittedRunError",
    "SubmittedTask",
    "Submitter",
    "refuse_arguments",
    "submission_problems",
]
