"""Airflow's texts and private names that nothing public replaces, each with a test."""

from __future__ import annotations

__all__ = ["is_task_instance_gone"]


def is_task_instance_gone(error: Exception) -> bool:
    """Return whether Airflow's API server refused a request because the calling try has been superseded.

    Once a task is cleared while it runs, the id of its old try is gone from the server, which answers 404, "Task
    instance ... not found". The SDK has no class for that, so its text decides.
    """
    text = f"{error} {getattr(error, 'error', '')}".lower()
    return "task instance" in text and "not found" in text
