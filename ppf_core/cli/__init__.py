"""The command line, `ppf`: one module for each command; each imports what is heavy only when it runs."""

from __future__ import annotations

from .application import app
from .entry import main

__all__ = ["app", "main"]
