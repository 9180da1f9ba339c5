"""Where the private Airflow and Spark of this checkout live, and what they show."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CHECKOUT", "DATA", "EXAMPLES", "EXAMPLES_ENV", "HOME", "RESULTS"]

CHECKOUT = Path(__file__).parent.parent

HOME = CHECKOUT / ".airflow"
EXAMPLES = CHECKOUT / "example_dags"
DATA = HOME / "data" / "nyc_flights"
RESULTS = DATA / "results"

EXAMPLES_ENV = {"NYC_FLIGHTS_DIR": str(DATA)}
"""Keeps what the example reads and writes inside the checkout."""
