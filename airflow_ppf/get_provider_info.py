"""Provider metadata for Airflow: operators, connection type, config options, links and decorators."""

from __future__ import annotations

from typing import Any

from airflow_ppf.connection.form import CONNECTION_FIELDS

__all__ = ["get_provider_info"]


def get_provider_info() -> dict[str, Any]:
    """Return the provider metadata; Airflow finds this function by the entry point `apache_airflow_provider`."""
    return {
        "package-name": "airflow-provider-ppf",
        "name": "PPF pipelines",
        "description": "Spark pipelines in HOCON files, with checkpoints and resume.",
        "operators": [
            {
                "integration-name": "PPF pipelines",
                "python-modules": ["airflow_ppf.operators.component", "airflow_ppf.operators.pipeline"],
            }
        ],
        "config": {
            "ppf": {
                "description": "Pipelines in HOCON files.",
                "options": {
                    "parse_cache": {
                        "description": "The directory of the cache of parsed pipeline files (default: "
                        "ppf_parse_cache in AIRFLOW_HOME). An empty value disables the cache.",
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "/var/cache/airflow/ppf",
                        "default": None,
                    },
                    "reports": {
                        "description": "Where tasks write their run reports and the api-server reads them: a "
                        "directory, or an fsspec address such as s3://bucket/reports, that both can reach. Without "
                        "this option, reports are written under the pipeline's checkpoint.root and not shown.",
                        "version_added": "0.1.0",
                        "type": "string",
                        "example": "/data/ppf-reports",
                        "default": None,
                    },
                },
            }
        },
        "connection-types": [
            {
                "connection-type": "ppf",
                "hook-class-name": "airflow_ppf.hooks.pipeline.PipelineHook",
                "hook-name": "PPF pipeline",
                "conn-fields": CONNECTION_FIELDS,
                "ui-field-behaviour": {
                    "hidden-fields": ["host", "port", "login", "schema", "extra"],
                    "relabeling": {"password": "Token of the Connect server"},
                    "placeholders": {},
                },
            }
        ],
        "task-decorators": [
            {"name": "pipeline", "class-name": "airflow_ppf.decorators.pipeline.pipeline_task"}
        ],
        "extra-links": ["airflow_ppf.reporting.links.ReportLink", "airflow_ppf.reporting.links.SparkLink"],
        "hooks": [{"integration-name": "PPF pipelines", "python-modules": ["airflow_ppf.hooks.pipeline"]}],
    }
