"""Decorators that turn the functions of a DAG file into tasks."""
