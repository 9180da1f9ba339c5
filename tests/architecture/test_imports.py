"""Modules that an import loads: DAGs are parsed without Spark, and the core knows no Airflow."""

from __future__ import annotations

import subprocess
import sys

import pytest


def loaded_by(module: str) -> set[str]:
    """Return the top-level modules in a fresh interpreter after the import."""
    program = f"import sys, {module}; print('\\n'.join(name.partition('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


CORE = [
    "ppf_core",
    "ppf_core.audit",
    "ppf_core.batch",
    "ppf_core.cli",
    "ppf_core.config",
    "ppf_core.metrics",
    "ppf_core.quality",
    "ppf_core.runner",
    "ppf_core.session",
]


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_neither_spark_nor_airflow_nor_optional_libraries(module: str) -> None:
    unwanted = {"pyspark", "py4j", "airflow", "airflow_ppf", "prometheus_client", "opentelemetry", "pandas"}
    assert not loaded_by(module) & unwanted


@pytest.mark.airflow
@pytest.mark.parametrize("module", ["airflow_ppf", "airflow_ppf.checkpoint", "airflow_ppf.get_provider_info"])
def test_the_provider_imports_no_spark(module: str) -> None:
    assert not loaded_by(module) & {"pyspark", "py4j"}


@pytest.mark.airflow
@pytest.mark.slow
@pytest.mark.parametrize("module", ["airflow_ppf.operators.pipeline", "airflow_ppf.hooks.pipeline"])
def test_parsing_a_dag_imports_no_spark(module: str) -> None:
    assert not loaded_by(module) & {"pyspark", "py4j"}
