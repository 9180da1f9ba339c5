"""Small components, hooks and configs that the tests of the runner share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from ppf_core.component import DataCount, DataFlow, PipelineComponent
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.errors import StopPipeline
from ppf_core.runner import NoOpHooks
from ppf_core.schema import SchemaDefinition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ppf_core.resilience import CircuitState
    from ppf_core.runner import PipelineResult, Plan

EVENTS: list[str] = []
"""What the steps did, in order: `run a`, `open a`, `close a`. Emptied before each test."""

TRIES: Counter[str] = Counter()
"""How often each step has run since the test began, over all runs."""

ON_RUN: dict[str, Callable[[], None]] = {}
"""What a step does besides, by its label."""

ERRORS: dict[str, BaseException] = {}
"""The very error that a step of that label raises."""


def forget() -> None:
    """Start afresh."""
    for memory in (EVENTS, TRIES, ON_RUN, ERRORS):
        memory.clear()


class NoOp:
    """The least that can be a component."""

    def run(self) -> None:
        """Do nothing."""


class Step(PipelineComponent):
    """Notes that it ran; fails in its first `failures` tries."""

    def __init__(self, label: str, failures: int = 0, **settings: Any) -> None:
        self.label = label
        self.failures = failures
        self.settings = settings

    def run(self) -> None:
        """Note it, then do what the test has asked for."""
        EVENTS.append(f"run {self.label}")
        TRIES[self.label] += 1
        ON_RUN.get(self.label, lambda: None)()
        if TRIES[self.label] <= self.failures:
            raise ERRORS.get(self.label, ValueError(f"{self.label} failed"))


class Opened(Step):
    """A step that is opened and closed; `fails_in` lists which of the two raise."""

    def open(self) -> None:
        """Note it."""
        EVENTS.append(f"open {self.label}")
        if "open" in self.settings.get("fails_in", ()):
            raise RuntimeError(f"open of {self.label} failed")

    def close(self) -> None:
        """Note it."""
        EVENTS.append(f"close {self.label}")
        if "close" in self.settings.get("fails_in", ()):
            raise RuntimeError(f"close of {self.label} failed: {self.settings}")


class Leaky(PipelineComponent):
    """Raises an error that contains its password, in the way that `how` says."""

    def __init__(self, password: str, how: str = "run") -> None:
        self.password = password
        self.how = how
        if how == "init":
            raise ValueError(f"bad password {password}")

    def run(self) -> None:
        """Raise."""
        if self.how == "cause":
            raise RuntimeError("outer") from ValueError(f"inner {self.password}")
        if self.how == "exit":
            raise SystemExit(f"cannot log in with {self.password}")
        if self.how == "stop":
            raise StopPipeline(f"cannot log in with {self.password}")
        raise ConnectionError(f"jdbc:x://user:{self.password}@host refused", {"password": self.password})


class LeakyClose(Leaky):
    """Fails in `run`, then tells its password in `close`."""

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Raise."""
        raise OSError(f"could not log out {self.password}")


class Counting(NoOp):
    """Reports as counts what the test has put there, or one row under the name that it is told."""

    counts: ClassVar[Any] = ()

    def __init__(self, target: str | None = None) -> None:
        self.target = target

    def data_counts(self) -> Any:
        """Them; an exception is raised."""
        if isinstance(self.counts, Exception):
            raise self.counts
        return [DataCount(self.target, 1)] if self.target else self.counts


class MakesView(NoOp):
    """Declares to make the view `v` with the columns that it is told; makes nothing."""

    def __init__(self, ddl: str) -> None:
        self.ddl = ddl

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition | None]:
        """The view."""
        return {"v": SchemaDefinition.from_ddl(config["ddl"])}


class ReadsView(NoOp):
    """Declares to need the column `id` of the view `v`; reads nothing."""

    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition]:
        """The view."""
        return {"v": SchemaDefinition.from_ddl("id bigint")}


class Vault:
    """A provider of secrets: each is its key behind a prefix."""

    def __init__(self, token: str = "", prefix: str = "secret of ") -> None:
        self.prefix = prefix

    def get(self, key: str) -> str:
        """The secret."""
        return f"{self.prefix}{key}"


class UsesSpark(DataFlow):
    """Asks for its session."""

    def run(self) -> None:
        """Note which session it was given."""
        EVENTS.append(f"spark {self.spark}")


class Greeter(NoOpHooks):
    """Notes a word when a run begins."""

    def __init__(self, word: str = "hello") -> None:
        self.word = word

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Note it."""
        EVENTS.append(self.word)


class Watcher(NoOpHooks):
    """Keeps each callback with its arguments, names instead of configs."""

    instances: ClassVar[int] = 0

    def __init__(self, raising: dict[str, BaseException] | None = None) -> None:
        self.raising = raising or {}
        self.calls: list[tuple[Any, ...]] = []
        self.results: list[PipelineResult] = []

    def names(self) -> list[str]:
        """The callbacks in order, each with its component."""
        return [" ".join(str(part) for part in call[:2]) for call in self.calls]

    def _note(self, callback: str, *arguments: Any) -> None:
        self.calls.append((callback, *arguments))
        if error := self.raising.get(callback):
            raise error

    def on_plan(self, plan: Plan) -> None:
        """Keep it."""
        self._note("on_plan", len(plan.steps))

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Keep it."""
        self._note("before_pipeline", config.name)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Keep it."""
        self.results.append(result)
        self._note("after_pipeline", config.name, result.status.value)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Keep it."""
        self._note("before_component", config.name, index, total)

    def on_component_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Keep it."""
        self._note("on_component_views", config.name, views)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Keep it."""
        self._note("after_component", config.name, index, total, duration_ms)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Keep it."""
        self._note("on_component_failure", config.name, index, error)

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Keep it."""
        self._note("on_retry_attempt", config.name, attempt, max_attempts, delay_ms, error)

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Keep it."""
        self._note("on_circuit_breaker_state_change", component_name, old_state.value, new_state.value)


class Ticking:
    """A clock that goes on by `step` seconds each time it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 100.0
        self.step = step

    def __call__(self) -> float:
        """The time, before it goes on."""
        self.now += self.step
        return self.now - self.step


KINDS = {
    "source": ComponentType.SOURCE,
    "transformation": ComponentType.TRANSFORMATION,
    "sink": ComponentType.SINK,
}


def step(
    name: str, *depends_on: str, kind: str = "transformation", cls: str = "Step", **more: Any
) -> ComponentConfig:
    """A component of one of the classes above; the config of a `Step` names its label."""
    config: dict[str, Any] = dict(more.pop("config", {}))
    if cls in ("Step", "Opened", "Views"):
        config.setdefault("label", name)
    return ComponentConfig(
        name, KINDS[kind], f"tests.steps.{cls}", config=config, depends_on=list(depends_on), **more
    )


def pipeline(*components: ComponentConfig, name: str = "p", **more: Any) -> PipelineConfig:
    """A pipeline of them."""
    return PipelineConfig(name, "1", SparkConfig("app"), list(components), **more)


class Views(DataFlow):
    """Makes temp views: `make` maps names to queries. Then drops others, then fails in its first `failures` tries."""

    def __init__(
        self, label: str, make: dict[str, str] | None = None, failures: int = 0, drop: Iterable[str] = ()
    ) -> None:
        self.label = label
        self.make = make or {}
        self.failures = failures
        self.drop = drop

    def run(self) -> None:
        """Make them."""
        EVENTS.append(f"run {self.label}")
        TRIES[self.label] += 1
        for name, query in self.make.items():
            self.spark.sql(query).createOrReplaceTempView(name)
        for name in self.drop:
            self.spark.catalog.dropTempView(name)
        if TRIES[self.label] <= self.failures:
            raise ConnectionError("connection lost")


class Endless(DataFlow):
    """A Spark job that no test waits for."""

    def run(self) -> None:
        """Begin it."""
        EVENTS.append("run endless")
        self.spark.range(10**15).selectExpr("sum(hash(id))").collect()


class SaysThatItWorks(DataFlow):
    """Makes a view that never ends to compute; whoever reads the named pipe `fifo` hears when Spark has begun to."""

    def __init__(self, fifo: str, view: str) -> None:
        self.fifo = fifo
        self.view = view

    def run(self) -> None:
        """Make it."""
        fifo = self.fifo

        def endless(batches: Any) -> Any:
            from pathlib import Path
            from threading import Event

            Path(fifo).write_text("working")
            Event().wait()
            yield from batches

        self.spark.range(0, 1, 1, 1).mapInPandas(endless, "id LONG").createOrReplaceTempView(self.view)
