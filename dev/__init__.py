"""Commands for people who work on this repository: a private Airflow, the demo, the set-up. Not in the wheel."""
