"""Operators: a pipeline as one task, components as tasks, and the end of a shared session."""
