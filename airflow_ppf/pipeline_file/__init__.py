"""Pipeline files as Airflow needs them: the `airflow` block, the paths of the files and the parse cache."""
