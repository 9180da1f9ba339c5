"""Reports of a run to Airflow: task log, metrics, links, run reports, asset events and lineage."""
