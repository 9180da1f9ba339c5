"""Reads pipeline files for Airflow: the `airflow` block, the paths of files and the parse cache."""
