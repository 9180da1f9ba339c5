"""What DAGs out of pipeline files cost beside the same DAGs written in plain Python.

Each time is that of a process of its own, forked off one that has Airflow imported, as the DAG processor's and the
workers' are; it contains the import of this package. Both ways take turns. The DAGs have one task each, and the same
documentation. Beside the time on the clock is that of the processor, which other work on the machine changes less.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

__all__ = ["Taken", "main"]

FACTORY = """
from airflow_ppf.dag_factory import pipeline_dags

pipeline_dags("pipelines", globals())
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


class Taken(NamedTuple):
    """Seconds on the clock, and of the processor."""

    clock: float
    processor: float


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


def _parse(file: Path, expected: int, dag_id: str | None = None, cache: str | None = None) -> Taken:
    """Parse a file in a process of its own, forked off this one, as the DAG processor and the workers do."""
    from airflow.dag_processing.dagbag import DagBag

    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ |= {} if dag_id is None else {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": dag_id}
        os.environ |= {} if cache is None else {"AIRFLOW__PPF__PARSE_CACHE": cache}
        try:
            clock, processor = perf_counter(), process_time()
            bag = DagBag(file, collect_dags=False)
            bag.process_file(str(file), safe_mode=False)
            taken = perf_counter() - clock, process_time() - processor
            os.write(sending, json.dumps([*taken, len(bag.dags), str(bag.import_errors)[:2000]]).encode())
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as stream:
        clock, processor, found, errors = json.load(stream)
    os.waitpid(child, 0)
    if found != expected:
        raise RuntimeError(f"expected {expected} DAGs of {file.name}, got {found}: {errors}")
    return Taken(clock, processor)


def _medians(times: list[Taken]) -> Taken:
    return Taken(median(one.clock for one in times), median(one.processor for one in times))


def _shown(name: str, times: list[Taken]) -> None:
    of_all = _medians(times)
    each = ", ".join(f"{one.clock * 1000:.0f}/{one.processor * 1000:.0f}" for one in times)
    print(f"{name:44} {of_all.clock * 1000:8.0f} ms {of_all.processor * 1000:8.0f} ms   ({each})", flush=True)


def _side_by_side(folder: Path, rounds: int) -> None:
    _write(folder, 50, 20)
    cold = _parse(folder / "factory_dag.py", 50)
    taken: dict[str, list[Taken]] = {"plain_dag.py": [], "factory_dag.py": []}
    for number in range(rounds):
        for name in sorted(taken, reverse=bool(number % 2)):
            taken[name].append(_parse(folder / name, 50))
    _shown("50 pipelines of 20, plain Python", taken["plain_dag.py"])
    _shown("50 pipelines of 20, pipeline files, warm", taken["factory_dag.py"])
    _shown("50 pipelines of 20, pipeline files, cold", [cold])
    ours, plain = _medians(taken["factory_dag.py"]), _medians(taken["plain_dag.py"])
    print(
        f"{'warm, against plain Python':44} {ours.clock / plain.clock:8.2f}    "
        f"{ours.processor / plain.processor:8.2f}      (target: at most 1.25)"
    )


def _worker(folder: Path, rounds: int) -> None:
    _write(folder, 1000, 3)
    single = folder / "single_dag.py"
    single.write_text(PLAIN_START + PLAIN.format(number=777, documentation="x"))
    _shown("1,000 pipelines of 3, all, cold", [_parse(folder / "factory_dag.py", 1000)])
    _shown("1,000 pipelines of 3, all, warm", [_parse(folder / "factory_dag.py", 1000)])
    one: list[Taken] = []
    plain: list[Taken] = []
    for _ in range(rounds):
        one.append(_parse(folder / "factory_dag.py", 1, "pipeline_777"))
        plain.append(_parse(single, 1))
    _shown("in a worker: one of 1,000", one)
    _shown("in a worker: a file with this DAG alone", plain)
    none = [_parse(folder / "factory_dag.py", 1, "pipeline_777", cache="") for _ in range(3)]
    _shown("in a worker: one of 1,000, without a cache", none)
    added = Taken(*(ours - theirs for ours, theirs in zip(_medians(one), _medians(plain), strict=True)))
    print(
        f"{'added to the start of a task':44} {added.clock * 1000:8.0f} ms {added.processor * 1000:8.0f} ms   "
        "(target: at most 100 ms)"
    )


def main(rounds: int = 7) -> None:
    """Measure and print the medians."""
    print(f"{'':44} {'clock':>11} {'processor':>11}")
    with tempfile.TemporaryDirectory() as temporary:
        os.environ |= {"AIRFLOW_HOME": temporary, "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "0"}
        _side_by_side(Path(temporary) / "fifty", rounds)
        _worker(Path(temporary) / "thousand", rounds)


if __name__ == "__main__":
    main()
