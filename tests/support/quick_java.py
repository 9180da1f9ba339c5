"""Java options that start the short-lived JVMs of the tests in a third of the time.

A JVM of a test ends before the compiler for long-running programs has paid off, and each loads the same ten thousand
classes out of Spark's 280 jars. A JVM that cannot use the archive runs without it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

__all__ = ["make_archive", "set_options"]

CHECKOUT = Path(__file__).parents[2]
OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

# Loads the classes that pipelines of tests need: read and write files, make views, aggregate and join.
PROGRAM = """
import sys
from pyspark.sql import SparkSession

settings = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.driver.host": "127.0.0.1",
    "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
    "spark.connect.grpc.binding.port": "0",
}
spark = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
spark.range(10).selectExpr("id", "cast(id % 3 AS string) AS name").createOrReplaceTempView("rows")
spark.table("rows").write.option("header", "true").csv(f"{sys.argv[1]}/csv")
read = spark.read.option("header", "true").schema("id LONG, name STRING").csv(f"{sys.argv[1]}/csv")
read.createOrReplaceTempView("again")
sums = spark.sql("SELECT name, sum(id) AS ids FROM again JOIN rows USING (id, name) GROUP BY name ORDER BY name")
sums.write.mode("append").parquet(f"{sys.argv[1]}/parquet")
assert spark.read.parquet(f"{sys.argv[1]}/parquet").count() == 3
assert spark.createDataFrame([(1, "a")], "id LONG, name STRING").collect()
spark.stop()
"""


def archive() -> Path:
    """Return the path of the archive, which differs for each Spark and Java."""
    home = os.environ.get("JAVA_HOME")  # which Spark takes before PATH
    java = Path(shutil.which("java", path=f"{home}/bin" if home else None) or "java").resolve()
    spark = distribution("pyspark")
    parts = [
        java,
        java.exists() and java.stat().st_mtime,
        spark.version,
        spark.locate_file("pyspark"),
        PROGRAM,
    ]
    key = hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()
    return CHECKOUT / ".java" / f"spark-{key[:16]}.jsa"


def set_options() -> None:
    """Set the options of all JVMs that this process starts: drivers, Connect servers, clusters."""
    # Java would report an archive that does not fit on the standard output of programs.
    options = f"{OPTIONS} -Xlog:disable -XX:SharedArchiveFile={archive()}"
    for name, value in {
        "SPARK_SUBMIT_OPTS": f'{options} -Dspark.executor.extraJavaOptions="{options}"',
        "SPARK_DAEMON_JAVA_OPTS": options,
        "SPARK_LAUNCHER_OPTS": OPTIONS,
    }.items():
        os.environ.setdefault(name, value)


def make_archive(scratch: Path) -> None:
    """Write the archive, in half a minute, unless it exists or the user has set other options."""
    file = archive()
    if file.exists() or str(file) not in os.environ["SPARK_SUBMIT_OPTS"]:
        return
    file.parent.mkdir(exist_ok=True)
    half = file.with_suffix(f".{os.getpid()}")
    env = {
        **os.environ,
        "SPARK_SUBMIT_OPTS": f"{OPTIONS} -Xlog:disable -XX:ArchiveClassesAtExit={half}",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    program = [sys.executable, "-c", PROGRAM, str(scratch)]
    made = subprocess.run(program, env=env, check=False, capture_output=True, text=True)
    if made.returncode or not half.exists():
        raise RuntimeError(
            f"Java wrote no archive of Spark's classes; with SPARK_SUBMIT_OPTS= the tests go without it\n{made.stderr}"
        )
    half.replace(file)
