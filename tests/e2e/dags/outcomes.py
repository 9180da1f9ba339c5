"""One DAG with a task for each way in which a pipeline may end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, task

from airflow_ppf.operators.pipeline import PipelineOperator

TRIES: dict[str, Any] = {"retries": 2, "retry_delay": timedelta(seconds=1)}
TROUBLE = "components.middle.config.trouble"

with DAG("outcomes", schedule=None, default_args=TRIES):
    for kind in ("wrong", "lost", "skip"):
        PipelineOperator(task_id=kind, pipeline="outcomes.conf", overrides={TROUBLE: kind})

    PipelineOperator.partial(task_id="mapped", pipeline="outcomes.conf").expand(
        overrides=[{TROUBLE: "lost"}, {TROUBLE: "none"}]
    )

    @task.pipeline(pipeline="outcomes.conf")
    def decorated(day: str) -> dict[str, Any]:
        """Return overrides for the pipeline: its last component is named after a day."""
        return {"components.last.config.step": f"{{{{ {day} }}}}"}

    decorated("{{ dag_run.conf.day }}")
