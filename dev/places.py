"""Where the private Airflow of this checkout lives, and what it shows."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DATA", "EXAMPLES", "EXAMPLES_ENV", "HOME", "RESULTS"]

_CHECKOUT = Path(__file__).parent.parent

HOME = _CHECKOUT / ".airflow"
EXAMPLES = _CHECKOUT / "example_dags"
DATA = HOME / "data" / "nyc_flights"
RESULTS = DATA / "results"

EXAMPLES_ENV = {"NYC_FLIGHTS_DIR": str(DATA)}
"""Keeps what the example reads and writes inside the checkout."""
