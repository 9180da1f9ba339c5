"""One DAG per pipeline file in the folder `numbers`: a new file there is a new DAG.

Everything else is in the `airflow` blocks of the files. `sums` runs whenever `squares` has written its table.
"""

from __future__ import annotations

from airflow_ppf.dag_factory import pipeline_dags

pipeline_dags("numbers", globals())
