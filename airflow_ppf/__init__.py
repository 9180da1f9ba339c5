"""The Apache Airflow provider for `ppf_core` pipelines."""
