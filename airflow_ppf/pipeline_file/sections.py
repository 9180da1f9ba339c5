"""Sections that the provider adds to a pipeline file: the `airflow` block."""

from __future__ import annotations

__all__ = ["airflow_sections"]


def airflow_sections() -> dict[str, type]:
    """Return the model of each section by its key."""
    # Imported here because the models take long to build, and a cached plan needs none of them.
    from airflow_ppf.pipeline_file.airflow_block import AirflowSection

    return {"airflow": AirflowSection}
