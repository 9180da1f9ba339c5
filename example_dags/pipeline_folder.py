"""A DAG for each pipeline file in the folder `numbers`: a new file there is a new DAG.

The files say the rest in their `airflow` blocks. `sums` runs whenever `squares` has written its table.
"""

from __future__ import annotations

from airflow_ppf.dag_factory import pipeline_dags

pipeline_dags("numbers", globals())
