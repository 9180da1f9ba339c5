"""Params that select a part of a pipeline in a DAG's trigger form: `add_selection_params`."""

from __future__ import annotations

from airflow_ppf.task.selection import add_selection_params, chosen_selection, selection_params

__all__ = ["add_selection_params", "chosen_selection", "selection_params"]
