"""PySpark loads pandas where it is used, takes NumPy's values all the same, and keeps its test helpers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

POSTPONED = """
import sys
from ppf_core.session.pyspark_testing import postpone_test_helpers
postpone_test_helpers()
postpone_test_helpers()  # as a process that starts several sessions does
"""
LOADED = """
print([name for name in ("pandas", "pyarrow", "numpy", "pyspark.testing") if name in sys.modules])
"""
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

from pyspark.sql import SparkSession, functions
spark = SparkSession.active()
assert spark.sql("SELECT :a + :b", args={{"a": 1, "b": 2}}).collect()[0][0] == 3
assert spark.range(1).select(functions.lit("here")).collect()[0][0] == "here"
"""


def output(code: str) -> str:
    """Run `code` in another Python and return the last line that it prints."""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.spark
def test_a_run_loads_neither_pandas_nor_numpy_for_literals_and_arguments(tmp_path: Path) -> None:
    assert output(RUN.format(folder=tmp_path) + LOADED) == "[]"


@pytest.mark.parametrize(
    "statement",
    [
        "from pyspark.testing.utils import assertDataFrameEqual",
        "from pyspark.testing import assertDataFrameEqual",
        "import pyspark.testing; assertDataFrameEqual = pyspark.testing.assertDataFrameEqual",
        "import pyspark.testing.utils; assertDataFrameEqual = pyspark.testing.utils.assertDataFrameEqual",
        "import pyspark.testing.utils as helpers; assertDataFrameEqual = helpers.assertDataFrameEqual",
        "import pyspark.testing.pandasutils; assertDataFrameEqual = pyspark.testing.assertDataFrameEqual",
    ],
)
def test_the_helpers_are_there_for_those_who_import_them(statement: str) -> None:
    shown = f"{POSTPONED}{statement}\nhelpers = sys.modules['pyspark.testing.utils']\n"
    shown += "print(assertDataFrameEqual.__name__, helpers.__file__)"
    name, file = output(shown).split()
    assert (name, Path(file).parts[-3:]) == ("assertDataFrameEqual", ("pyspark", "testing", "utils.py"))


def test_helpers_that_are_there_already_stay() -> None:
    shown = """
import sys, pyspark.testing.utils as before
from ppf_core.session.pyspark_testing import postpone_test_helpers
postpone_test_helpers()
import pyspark.testing.utils as after
print(before is after)
"""
    assert output(shown) == "True"


def test_what_looks_through_all_modules_loads_nothing() -> None:
    looked = "import inspect, unittest\ninspect.getmodule(sys)\nwith unittest.TestCase().assertWarns(UserWarning):\n"
    looked += "    import warnings; warnings.warn('one')"
    assert output(POSTPONED + looked + LOADED) == "[]"


@pytest.mark.slow
@pytest.mark.spark
def test_numpys_values_are_taken_as_ever() -> None:
    shown = """
from ppf_core.session.start import start_session
spark, _ = start_session({"spark.master": "local[1]", "spark.ui.enabled": "false"})
import numpy as np
from pyspark.sql import functions
jvm = spark.sparkContext._jvm
scalars = [np.dtype(kind).type(1) for kind in ("int8", "int64", "float32", "bool", "str")]
print(
    [jvm.java.util.Objects.toString(one).lower() for one in scalars],
    list(jvm.java.util.Arrays.stream(np.array([3, 1, 2])).sorted().toArray()),
    spark.range(1).select(functions.lit(np.int8(1)).alias("n")).dtypes,
)
"""
    assert output(shown) == "['1', '1', '1.0', 'true', '1'] [1, 2, 3] [('n', 'tinyint')]"
