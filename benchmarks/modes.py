"""Comparison of a local Spark, a standalone cluster and a Spark Connect server.

For each mode, in turn and each in its own process: the time of a session from its start to the answer to its first
query, with the import of PySpark, and the time of the example pipeline, from the start of `ppf run` to its end. Printed
as the table of docs/where-it-runs.md. The cluster has a master and two workers of one core each, the server and the
local Spark two cores; all on the same machine.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from dev.connect_server import ConnectServer
from dev.local_cluster import LocalCluster

__all__ = ["main"]

CHECKOUT = Path(__file__).parent.parent
EXAMPLES = CHECKOUT / "example_dags"

FIRST_QUERY = """
import sys
import time

from ppf_core.config import PipelineConfig, load_from_file
from ppf_core.session import SparkSessionWrapper

session = SparkSessionWrapper(load_from_file(sys.argv[1], PipelineConfig).spark)
began_spark = time.perf_counter()
spark = session.spark
there = time.perf_counter()
spark.sql("SELECT sum(id) FROM range(1000)").collect()
print(there - began_spark, time.perf_counter() - there)
session.stop()
"""


def main(rounds: int = 5) -> None:
    """Measure `rounds` rounds after a warm-up round, and print medians."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        cluster = stack.enter_context(LocalCluster(folder / "cluster", memory_mb=768))
        server = stack.enter_context(ConnectServer(folder / "server"))
        modes = {
            "local": 'master = "local[2]"',
            "standalone": f'master = "{cluster.address}", executor_memory = 512m, executor_cores = 1',
            "connect": f'connect_string = "{server.address}"',
        }
        taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in modes}
        for turn in range(rounds + 1):
            for name, spark in modes.items():
                times = _measured(folder / name, spark)
                if turn:
                    taken[name].append(times)
    print(f"| seconds, medians of {rounds} | session | first query | both | the example pipeline |")
    print("|---|---|---|---|---|")
    for name, rows in taken.items():
        session, query, both, whole = (
            median(values)
            for values in zip(
                *((start, query, start + query, whole) for start, query, whole in rows), strict=True
            )
        )
        print(f"| {name} | {session:.2f} | {query:.2f} | {both:.2f} | {whole:.1f} |")
    ratio = _median_of_both(taken["local"]) / _median_of_both(taken["connect"])
    print(f"\nlocal / connect, both: {ratio:.1f} (target: at least 4, and at most 1.5 s on Connect)")


def _median_of_both(rows: list[tuple[float, float, float]]) -> float:
    return median(session + query for session, query, _ in rows)


def _measured(folder: Path, spark: str) -> tuple[float, float, float]:
    """Return the seconds for a session, for its first query, and for the example pipeline."""
    folder.mkdir(exist_ok=True)
    file = folder / "pipeline.conf"
    file.write_text(f'include "{EXAMPLES}/pipelines/nyc_flights.conf"\nspark {{ {spark} }}\n')
    env = {
        **os.environ,
        "NYC_FLIGHTS_DIR": str(folder / "data"),
        "PYTHONPATH": os.pathsep.join([str(CHECKOUT), str(EXAMPLES)]),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    first = _output([sys.executable, "-c", FIRST_QUERY, str(file)], env).split()[-2:]
    began = time.monotonic()
    _output([str(Path(sys.executable).parent / "ppf"), "run", str(file), "--no-checkpoint"], env)
    return float(first[0]), float(first[1]), time.monotonic() - began


def _output(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
