"""Pipelines of Spark components: configured in HOCON, run with retries, checks, audit, metrics and checkpoints.

`ppf_core` does not need Airflow; `airflow_ppf` is what runs it there.
"""

from __future__ import annotations

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("airflow-provider-ppf")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
