"""Observers of a run: event broadcasting, Spark job progress, metrics and status files."""
