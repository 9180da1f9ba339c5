"""Paths of the private Airflow and Spark of this checkout, and of the examples."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CHECKOUT", "DATA", "EXAMPLES", "EXAMPLES_ENV", "HOME", "RESULTS"]

CHECKOUT = Path(__file__).parent.parent

HOME = CHECKOUT / ".airflow"
EXAMPLES = CHECKOUT / "example_dags"
DATA = HOME / "data" / "nyc_flights"
RESULTS = DATA / "results"

EXAMPLES_ENV = {"NYC_FLIGHTS_DIR": str(DATA)}
"""Environment that keeps the data of the example inside the checkout."""
