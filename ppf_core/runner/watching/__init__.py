"""Observes a run: broadcasts events to hooks, polls Spark for progress, writes metrics and status files."""
