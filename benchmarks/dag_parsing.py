"""What DAGs out of pipeline files cost beside the same DAGs written in plain Python.

Each time is that of one process which has Airflow imported already, as the DAG processor's and the workers' have, and
contains the import of this package. Both ways take turns. The DAGs have one task each, and the same documentation.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

__all__ = ["main"]

CHECKOUT = Path(__file__).parent.parent

FACTORY = """
from airflow_ppf.dag_factory import pipeline_dags

pipeline_dags("pipelines", globals())
"""

PARSE = """
import sys
from time import perf_counter

from airflow.dag_processing.dagbag import DagBag

start = perf_counter()
bag = DagBag(sys.argv[1], collect_dags=False)
bag.process_file(sys.argv[1], safe_mode=False)
taken = perf_counter() - start
assert not bag.import_errors, bag.import_errors
print(taken, len(bag.dags))
"""

PLAIN_START = """
from datetime import datetime, timedelta

from airflow.sdk import DAG

from airflow_ppf.operators.pipeline import PipelineOperator
"""

PLAIN = """
dag_{number} = DAG(
    "pipeline_{number}",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    tags=["a", "b"],
    default_args={{"retries": 2, "retry_delay": timedelta(minutes=5)}},
    doc_md={documentation!r},
)
PipelineOperator(task_id="pipeline", pipeline="pipelines/pipeline_{number}.conf", dag=dag_{number})
"""


def _pipeline(number: int, components: int) -> str:
    lines = [f"name = pipeline_{number}", 'version = "1.0"', "components = ["]
    for index in range(components):
        after = f", depends_on = [step_{index - 1}]" if index else ""
        lines.append(
            f"  {{ name = step_{index}, component_type = transformation, class_path = ppf_core.batch.Sql{after}\n"
            f'    config {{ query = "TABLE view_{index}", output_view = view_{index + 1} }} }}'
        )
    lines += ["]", 'airflow { schedule = "@daily", start_date = 2026-01-01, tags = [a, b]']
    return "\n".join([*lines, "  default_args { retries = 2, retry_delay = 5 minutes } }", ""])


def _write(folder: Path, pipelines: int, components: int) -> None:
    (folder / "pipelines").mkdir(parents=True)
    documentation = "\n".join(f"| step_{index} | transformation | | |" for index in range(components))
    plain = [PLAIN_START]
    for number in range(pipelines):
        (folder / "pipelines" / f"pipeline_{number}.conf").write_text(_pipeline(number, components))
        plain.append(PLAIN.format(number=number, documentation=documentation))
    (folder / "factory_dag.py").write_text(FACTORY)
    (folder / "plain_dag.py").write_text("".join(plain))


def _parse(
    file: Path, expected: int, home: Path, dag_id: str | None = None, cache: str | None = None
) -> float:
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "0",
        "PYTHONPATH": f"{CHECKOUT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
    }
    if dag_id is not None:
        env["_AIRFLOW_PARSING_CONTEXT_DAG_ID"] = dag_id
    if cache is not None:
        env["AIRFLOW__PPF__PARSE_CACHE"] = cache
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(file)], env=env, capture_output=True, text=True, check=True
    )
    taken, found = done.stdout.split()[-2:]
    if int(found) != expected:
        raise RuntimeError(f"expected {expected} DAGs of {file.name}, got {found}\n{done.stdout}")
    return float(taken)


def _shown(name: str, times: list[float]) -> None:
    print(f"{name:44} {median(times) * 1000:8.0f} ms   ({', '.join(f'{one * 1000:.0f}' for one in times)})")


def _side_by_side(folder: Path, home: Path, rounds: int) -> None:
    _write(folder, 50, 20)
    cold = _parse(folder / "factory_dag.py", 50, home)
    taken: dict[str, list[float]] = {"plain_dag.py": [], "factory_dag.py": []}
    for number in range(rounds):
        for name in sorted(taken, reverse=bool(number % 2)):
            taken[name].append(_parse(folder / name, 50, home))
    _shown("50 pipelines of 20, plain Python", taken["plain_dag.py"])
    _shown("50 pipelines of 20, pipeline files, warm", taken["factory_dag.py"])
    _shown("50 pipelines of 20, pipeline files, cold", [cold])
    ratio = median(taken["factory_dag.py"]) / median(taken["plain_dag.py"])
    print(f"{'warm, against plain Python':44} {ratio:8.2f}      (target: at most 1.25)")


def _worker(folder: Path, home: Path, rounds: int) -> None:
    _write(folder, 1000, 3)
    single = folder / "single_dag.py"
    single.write_text(PLAIN_START + PLAIN.format(number=777, documentation="x"))
    _shown("1,000 pipelines of 3, all, cold", [_parse(folder / "factory_dag.py", 1000, home)])
    _shown("1,000 pipelines of 3, all, warm", [_parse(folder / "factory_dag.py", 1000, home)])
    one: list[float] = []
    plain: list[float] = []
    for _ in range(rounds):
        one.append(_parse(folder / "factory_dag.py", 1, home, "pipeline_777"))
        plain.append(_parse(single, 1, home))
    _shown("in a worker: one of 1,000", one)
    _shown("in a worker: a file with this DAG alone", plain)
    none = [_parse(folder / "factory_dag.py", 1, home, "pipeline_777", cache="") for _ in range(3)]
    _shown("in a worker: one of 1,000, without a cache", none)
    added = (median(one) - median(plain)) * 1000
    print(f"{'added to the start of a task':44} {added:8.0f} ms   (target: at most 100 ms)")


def main(rounds: int = 9) -> None:
    """Measure and print the medians."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary) / "airflow"
        home.mkdir()
        _side_by_side(Path(temporary) / "fifty", home, rounds)
        _worker(Path(temporary) / "thousand", home, rounds)


if __name__ == "__main__":
    main()
