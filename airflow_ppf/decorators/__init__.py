"""Decorators for functions in a DAG file."""
