"""PySpark loads pandas where it is used, and takes NumPy's values all the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.session.numpy_arguments import look_for_numpy_only_where_it_is

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

RUN = """
import sys
from ppf_core.config import PipelineConfig, load_from_string
from ppf_core.runner import SimplePipelineRunner

pipeline = '''
name = p, version = "1", spark {{ master = "local[1]" }}, checkpoint {{ root = {folder}/root, materialize = true }}
components = [
  {{ name = a, component_type = transformation, class_path = ppf_core.batch.Sql
    config {{ query = "SELECT id FROM range(3)", output_view = a }} }}
  {{ name = b, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [a]
    config {{ view = a, format = parquet, path = {folder}/out }} }}
]
quality.checks = [{{ type = row_count, table = a, min_rows = 3, after = a }}]
'''
result = SimplePipelineRunner(load_from_string(pipeline, PipelineConfig)).run()
assert result.component_results[1].rows == 3, result
print([name for name in ("pandas", "pyarrow", "numpy", "pyspark.testing") if name in sys.modules])
"""


@pytest.mark.slow
@pytest.mark.spark
def test_a_run_of_built_in_components_loads_neither_pandas_nor_numpy(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN.format(folder=tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stderr[-2000:]


@pytest.mark.spark
@pytest.mark.parametrize("kind", ["int8", "int64", "float32", "bool", "str"])
def test_numpys_scalars_are_arguments_as_pythons_own_are(spark: SparkSession, kind: str) -> None:
    import numpy as np

    look_for_numpy_only_where_it_is()
    look_for_numpy_only_where_it_is()  # as a process that starts several sessions does
    value: Any = np.dtype(kind).type(1)
    jvm: Any = spark.sparkContext._jvm
    assert jvm.java.util.Objects.toString(value).lower() == str(value).lower()


@pytest.mark.spark
def test_numpys_arrays_are_arguments_too(spark: SparkSession) -> None:
    import numpy as np

    look_for_numpy_only_where_it_is()
    jvm: Any = spark.sparkContext._jvm
    assert list(jvm.java.util.Arrays.stream(np.array([3, 1, 2])).sorted().toArray()) == [1, 2, 3]
