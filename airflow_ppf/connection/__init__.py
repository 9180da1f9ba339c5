"""Reads and tests the Airflow connection that sets where pipelines run, and resolves its secrets."""
