"""The Airflow connection that sets where pipelines run: its fields, its test and its secrets."""
