"""Turns pipeline files into DAGs: a plan of plain data first, then Airflow's objects made from it."""
