"""Builds DAGs from pipeline files: first a plan in plain data, then Airflow's objects."""
