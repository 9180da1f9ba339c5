"""Spark session of a pipeline: started on first use, and stopped only if it was started here."""

from __future__ import annotations

from .deadline import within
from .errors import SessionError, SessionUnavailableError
from .java import require_java
from .job_progress import JobProgress, JobWatch
from .jvm_log import JvmLog
from .python_code import PythonCode
from .shared import SharedSession
from .wrapper import SparkSessionWrapper

__all__ = [
    "JobProgress",
    "JobWatch",
    "JvmLog",
    "PythonCode",
    "SessionError",
    "SessionUnavailableError",
    "SharedSession",
    "SparkSessionWrapper",
    "require_java",
    "within",
]
