"""Cost of parsing DAGs from pipeline files, compared with plain Python and with YAML by dag-factory.

Each parse is a process forked off a process that has Airflow imported, as in the DAG processor and the workers, and
contains the import of this package. The ways take turns. The DAGs are the same, which is checked first: those in plain
Python equal those of the pipeline files when serialized, those of dag-factory have the same tasks and edges. Wall time
is shown with CPU time, which other work on the machine changes less.

dag-factory is measured if it can be imported. It is an Airflow plugin, so install it beside the environment instead of
into it: `pip install --no-deps --target FOLDER dag-factory`, with FOLDER in PYTHONPATH.
"""

from __future__ import annotations

import compileall
import gc
import json
import logging
import os
import tempfile
import traceback
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_ppf.dags.dag_plan import DagPlan

__all__ = ["Taken", "main"]

FACTORY = """
from airflow_ppf.dag_factory import pipeline_dags

pipeline_dags("pipelines", globals())
"""

PLAIN_START = """
from datetime import datetime, timedelta

from airflow.sdk import DAG

from airflow_ppf.operators.{module} import {operator}
from airflow_ppf.run_selection import add_selection_params
"""

PLAIN_DAG = """
with DAG(
    {dag_id!r},
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    tags=["a", "b"],
    default_args={{"retries": 2, "retry_delay": timedelta(minutes=5)}},
    doc_md={documentation!r},
) as dag_{number}:
"""

YAML_START = """
from dagfactory import load_yaml_dags

load_yaml_dags(globals(), dags_folder={folder!r}, defaults_config_path={folder!r})
"""

YAML_DAG = """
{dag_id}:
  default_args:
    start_date: 2026-01-01
    retries: 2
    retry_delay_sec: 300
  schedule: "@daily"
  tags: [a, b]
  doc_md: {documentation}
  tasks:
"""


MOST_WRITTEN_OUT = 50
"""In larger folders only one DAG is written in the other ways too, the DAG of this number."""
SINGLE = 777

IMPORT_LIMIT_SECONDS = 30
"""The default of `[core] dagbag_import_timeout`."""

WIDTH = 52


class Taken(NamedTuple):
    """Seconds of wall time, and of CPU time."""

    clock: float
    processor: float


def _pipeline(number: int, components: int, granularity: str) -> str:
    lines = [
        f"name = pipeline_{number}",
        'version = "1.0", checkpoint.root = "/handed/over"',
        "components = [",
    ]
    for index in range(components):
        after = f", depends_on = [step_{index - 1}]" if index else ""
        lines.append(
            f"  {{ name = step_{index}, component_type = transformation, class_path = ppf_core.batch.Sql{after}\n"
            f'    config {{ query = "TABLE view_{index}", output_view = view_{index + 1} }} }}'
        )
    lines += ["]", f'airflow {{ schedule = "@daily", start_date = 2026-01-01, granularity = {granularity}']
    return "\n".join([*lines, "  tags = [a, b], default_args { retries = 2, retry_delay = 5 minutes } }", ""])


def _arguments(plan: DagPlan) -> list[dict[str, Any]]:
    """Return the arguments of each task of a plan."""
    if plan.settings["granularity"] == "pipeline":
        return [{"task_id": task.task_id} for task in plan.tasks]
    return [
        {
            "task_id": task.task_id,
            "components": task.components,
            **({"ends": True} if task.ends else {}),
            **task.settings,
        }
        for task in plan.tasks
    ]


def _plain(number: int, plan: DagPlan, file: str) -> str:
    operator = "PipelineOperator" if plan.settings["granularity"] == "pipeline" else "ComponentOperator"
    lines = [PLAIN_DAG.format(dag_id=plan.dag_id, number=number, documentation=plan.doc_md).rstrip()]
    variables = {task.task_id: f"task_{number}_{index}" for index, task in enumerate(plan.tasks)}
    for task, arguments in zip(plan.tasks, _arguments(plan), strict=True):
        written = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
        lines.append(f"    {variables[task.task_id]} = {operator}(pipeline={file!r}, {written})")
        lines += [f"    {variables[upstream]} >> {variables[task.task_id]}" for upstream in task.upstream]
    return "\n".join([*lines, f"add_selection_params(dag_{number})", ""])


def _yaml(plan: DagPlan, file: str) -> str:
    module, operator = _operator(plan.settings["granularity"])
    lines = [YAML_DAG.format(dag_id=plan.dag_id, documentation=json.dumps(plan.doc_md)).rstrip()]
    for task, arguments in zip(plan.tasks, _arguments(plan), strict=True):
        lines += [
            f"    - task_id: {task.task_id}",
            f"      operator: airflow_ppf.operators.{module}.{operator}",
            f"      pipeline: {file}",
            *(f"      {name}: {json.dumps(value)}" for name, value in arguments.items() if name != "task_id"),
            f"      dependencies: {json.dumps(task.upstream)}",
        ]
    return "\n".join([*lines, ""])


def _operator(granularity: str) -> tuple[str, str]:
    return (
        ("pipeline", "PipelineOperator") if granularity == "pipeline" else ("component", "ComponentOperator")
    )


def _write(folder: Path, pipelines: int, components: int, granularity: str = "pipeline") -> None:
    """Write a folder with the same DAGs in three ways, without a cache of them."""
    from airflow_ppf.dags.dag_plan import plan_dag
    from airflow_ppf.pipeline_file.parse_cache import ParseCache

    (folder / "pipelines").mkdir(parents=True)
    (folder / "yaml").mkdir()
    module, operator = _operator(granularity)
    plain = [PLAIN_START.format(module=module, operator=operator)]
    for number in range(pipelines):
        name = f"pipelines/pipeline_{number}.conf"
        (folder / name).write_text(_pipeline(number, components, granularity))
        if pipelines <= MOST_WRITTEN_OUT or number == SINGLE:
            plan = plan_dag(folder / name, ParseCache(None))
            plain.append(_plain(number, plan, name))
            (folder / "yaml" / f"pipeline_{number}.yaml").write_text(_yaml(plan, name))
    (folder / "factory_dag.py").write_text(FACTORY)
    (folder / "plain_dag.py").write_text("\n".join(plain))
    (folder / "yaml_dag.py").write_text(YAML_START.format(folder=str(folder / "yaml")))


def _check_that_they_are_the_same(folder: Path) -> None:
    logging.disable(logging.WARNING)

    def parsed(name: str) -> dict[str, Any]:
        from airflow.dag_processing.dagbag import DagBag
        from airflow.serialization.serialized_objects import DagSerialization

        bag = DagBag(folder / name, collect_dags=False)
        bag.process_file(str(folder / name), safe_mode=False)
        made = {}
        for dag_id, dag in bag.dags.items():
            made[dag_id] = DagSerialization.to_dict(dag)
            made[dag_id]["dag"] |= {"fileloc": "", "relative_fileloc": ""}
        return made

    def graph(dag: dict[str, Any]) -> dict[str, Any]:
        tasks = [task["__var"] for task in dag["dag"]["tasks"]]
        return {task["task_id"]: sorted(task.get("downstream_task_ids", [])) for task in tasks}

    ours, plain = parsed("factory_dag.py"), parsed("plain_dag.py")
    if ours != plain:
        raise RuntimeError("the DAGs in plain Python differ from those of the pipeline files")
    if find_spec("dagfactory") is not None:
        yaml = parsed("yaml_dag.py")
        if {name: graph(dag) for name, dag in yaml.items()} != {
            name: graph(dag) for name, dag in ours.items()
        }:
            raise RuntimeError("the tasks of the DAGs of dag-factory differ from those of the pipeline files")


def _parse(
    file: Path, expected: int, dag_id: str | None = None, *, limit_seconds: float = 0, **environment: str
) -> Taken:
    """Parse a file in a process forked off this process, as the DAG processor and the workers do.

    Raises:
        TimeoutError: the limit (0: none) ended it, as `[core] dagbag_import_timeout` does.
    """
    from airflow.dag_processing.dagbag import DagBag

    gc.freeze()  # as the DAG processor does, or the garbage collector walks all of Airflow's objects in each process
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ |= {"AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": str(limit_seconds), **environment}
        os.environ |= {} if dag_id is None else {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": dag_id}
        logging.disable(logging.INFO)  # dag-factory logs each file
        try:
            clock, processor = perf_counter(), process_time()
            bag = DagBag(file, collect_dags=False)
            bag.process_file(str(file), safe_mode=False)
            taken = perf_counter() - clock, process_time() - processor
            os.write(sending, json.dumps([*taken, len(bag.dags), str(bag.import_errors)[-2000:]]).encode())
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as stream:
        clock, processor, count, errors = json.load(stream)
    os.waitpid(child, 0)
    if "Timeout" in errors:
        raise TimeoutError(errors)
    if count != expected:
        raise RuntimeError(f"expected {expected} DAGs of {file.name}, got {count}: {errors}")
    return Taken(clock, processor)


def _compile(*packages: str) -> None:
    """Compile packages to bytecode, as pip does when it installs them."""
    for name in packages:
        if (spec := find_spec(name)) is not None:
            for folder in spec.submodule_search_locations or ():
                compileall.compile_dir(folder, quiet=1)


def _in_its_own_process(work: Callable[..., None], *arguments: Any) -> None:
    """Call `work` in its own process, so that the measured processes do not have its imports."""
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            work(*arguments)
            failed = 0
        finally:
            if failed:
                traceback.print_exc()
            os._exit(failed)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError(f"{work.__name__} failed")


def _medians(times: list[Taken]) -> Taken:
    return Taken(median(taken.clock for taken in times), median(taken.processor for taken in times))


def _shown(name: str, times: list[Taken]) -> None:
    of_all = _medians(times)
    each = ", ".join(f"{taken.clock * 1000:.0f}/{taken.processor * 1000:.0f}" for taken in times)
    print(
        f"{name:{WIDTH}} {of_all.clock * 1000:8.0f} ms {of_all.processor * 1000:8.0f} ms   ({each})",
        flush=True,
    )


def _side_by_side(
    folder: Path, pipelines: int, components: int, granularity: str, target: str, rounds: int
) -> None:
    _in_its_own_process(_write, folder, pipelines, components, granularity)
    cold = _parse(folder / "factory_dag.py", pipelines)
    _in_its_own_process(_check_that_they_are_the_same, folder)
    ways = ["plain_dag.py", "factory_dag.py"]
    if granularity == "component" and find_spec("dagfactory") is not None:
        ways.append("yaml_dag.py")
    taken: dict[str, list[Taken]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in ways if number % 2 else reversed(ways):
            taken[way].append(_parse(folder / way, pipelines))
    shape = f"{pipelines} of {components}, a task each {granularity}"
    _shown(f"{shape}, plain Python", taken["plain_dag.py"])
    _shown(f"{shape}, warm", taken["factory_dag.py"])
    _shown(f"{shape}, cold", [cold])
    _ratio("warm against plain Python", taken["factory_dag.py"], taken["plain_dag.py"], target)
    if "yaml_dag.py" in ways:
        _shown(f"{shape}, dag-factory", taken["yaml_dag.py"])
        yaml_target = "at least 4" if pipelines > 1 else "none"
        _ratio("dag-factory against warm", taken["yaml_dag.py"], taken["factory_dag.py"], yaml_target)
    elif granularity == "component":
        print("dag-factory cannot be imported here, and is not measured")


def _ratio(name: str, these: list[Taken], those: list[Taken], target: str) -> None:
    ours, theirs = _medians(these), _medians(those)
    clock, processor = ours.clock / theirs.clock, ours.processor / theirs.processor
    print(f"{name:{WIDTH}} {clock:8.2f}    {processor:8.2f}      (target: {target})", flush=True)


def _cold(folder: Path, pipelines: int) -> None:
    """Parse a folder for the first time under Airflow's limit, repeatedly until it is complete."""
    tries = 0
    while True:
        tries += 1
        try:
            taken = _parse(folder / "factory_dag.py", pipelines, limit_seconds=IMPORT_LIMIT_SECONDS)
            break
        except TimeoutError:
            continue
    _shown(f"{pipelines} of 3, cold: try {tries} under a limit of {IMPORT_LIMIT_SECONDS} s", [taken])


def _worker(folder: Path, rounds: int) -> None:
    _in_its_own_process(_write, folder, 1000, 3)
    _shown("1000 of 3, cold, without a limit", [_parse(folder / "factory_dag.py", 1000)])
    with tempfile.TemporaryDirectory() as another:
        os.environ["AIRFLOW__PPF__PARSE_CACHE"] = another
        _cold(folder, 1000)
        del os.environ["AIRFLOW__PPF__PARSE_CACHE"]
    _shown("1000 of 3, warm", [_parse(folder / "factory_dag.py", 1000)])
    single: list[Taken] = []
    plain: list[Taken] = []
    for _ in range(rounds):
        single.append(_parse(folder / "factory_dag.py", 1, f"pipeline_{SINGLE}"))
        plain.append(_parse(folder / "plain_dag.py", 1))
    _shown("in a worker: one of 1000", single)
    _shown("in a worker: a file with this DAG alone", plain)
    none = [
        _parse(folder / "factory_dag.py", 1, f"pipeline_{SINGLE}", AIRFLOW__PPF__PARSE_CACHE="")
        for _ in range(3)
    ]
    _shown("in a worker: one of 1000, without a cache", none)
    added = Taken(*(ours - theirs for ours, theirs in zip(_medians(single), _medians(plain), strict=True)))
    print(
        f"{'added to the start of a task':{WIDTH}} {added.clock * 1000:8.0f} ms {added.processor * 1000:8.0f} ms   "
        "(target: at most 100 ms)"
    )


def main(rounds: int = 7) -> None:
    """Measure and print the medians."""
    print(f"{'':{WIDTH}} {'clock':>11} {'processor':>11}")
    with tempfile.TemporaryDirectory() as temporary:
        # dag-factory would send telemetry.
        os.environ |= {"AIRFLOW_HOME": temporary, "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False"}
        os.environ |= {"DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"}
        _compile("airflow_ppf", "ppf_core", "dagfactory")
        home = Path(temporary)
        _side_by_side(home / "fifty", 50, 20, "pipeline", "none", rounds)
        _side_by_side(home / "tasks", 50, 20, "component", "at most 1.25", rounds)
        _side_by_side(home / "large", 1, 200, "component", "at most 1.3", rounds)
        _worker(home / "thousand", rounds)


if __name__ == "__main__":
    main()
