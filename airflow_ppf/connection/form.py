"""Form of Airflow connections of type `ppf`; every Airflow process loads it, so it imports nothing."""

from __future__ import annotations

from typing import Any

__all__ = ["CONNECTION_FIELDS"]

CONNECTION_FIELDS: dict[str, dict[str, Any]] = {
    "master": {
        "label": "Spark master or Connect URL",
        "description": "local[4], spark://host:7077, yarn, k8s://https://host:6443, or sc://host:15002 for Spark "
        "Connect. Takes precedence over pipeline files.",
        "schema": {"type": ["string", "null"]},
    },
    "deploy_mode": {
        "label": "Deploy mode",
        "description": "client: the driver runs in the Airflow task. Takes precedence over pipeline files.",
        "schema": {"type": ["string", "null"], "enum": ["client", "cluster", None]},
    },
    "spark_conf": {
        "label": "Spark conf",
        "description": 'A JSON object such as {"spark.executor.cores": "4"}; a value may be a reference to a secret, '
        "secret://ppf/NAME or secret://conn/ID/password. Settings in a pipeline file take precedence.",
        "schema": {"type": ["object", "null"]},
    },
    "root": {
        "label": "Hand-over root",
        "description": "Where materialised views are written: a folder that all machines share, or an address such "
        "as s3a://bucket/ppf. Takes precedence over checkpoint.root in pipeline files.",
        "schema": {"type": ["string", "null"]},
    },
    "checkpoint_store": {
        "label": "Checkpoint store",
        "description": "task_state (default): Airflow's database. Or a folder, or an fsspec address such as "
        "s3://bucket/ppf or s3://aws_default@bucket/ppf.",
        "schema": {"type": ["string", "null"]},
    },
    "secrets": {
        "label": "Secrets",
        "description": 'A JSON object of names and values, such as {"DB_PASSWORD": "..."}. Pipeline files refer to '
        "them as secret://ppf/DB_PASSWORD.",
        "schema": {"type": ["object", "null"]},
    },
}
"""Fields of the form. Airflow stores them in the connection's extra; the token of a Connect server is its password."""
