"""What Airflow wants to know of a provider."""

from __future__ import annotations

from typing import Any

__all__ = ["get_provider_info"]


def get_provider_info() -> dict[str, Any]:
    """Provider metadata, found through the entry point `apache_airflow_provider`."""
    return {
        "package-name": "airflow-provider-ppf",
        "name": "PPF pipelines",
        "description": "Spark pipelines in HOCON that resume where they stopped.",
        "operators": [
            {"integration-name": "PPF pipelines", "python-modules": ["airflow_ppf.operators.pipeline"]}
        ],
        "hooks": [{"integration-name": "PPF pipelines", "python-modules": ["airflow_ppf.hooks.pipeline"]}],
    }
