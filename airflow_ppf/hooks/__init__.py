"""Hook that runs pipelines from Airflow."""
