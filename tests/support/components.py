"""Small components for pipelines under test, and the record of what they did."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from ppf_core.component import DataCount, DataFlow, PipelineComponent
from ppf_core.errors import StopPipeline
from ppf_core.schema import SchemaDefinition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


EVENTS: list[str] = []
"""Calls of the components, in order: `run a`, `open a`, `close a`."""

TRIES: Counter[str] = Counter()
"""Number of times that each step ran in this test, over all runs."""

ON_RUN: dict[str, Callable[[], None]] = {}
"""Function that a step calls when it runs, by its label."""

ERRORS: dict[str, BaseException] = {}
"""Error that a step raises when it fails, by its label."""


def reset() -> None:
    """Forget all of it; done before each test."""
    for memory in (EVENTS, TRIES, ON_RUN, ERRORS):
        memory.clear()


class NoOp:
    """The smallest class that is a component."""

    def run(self) -> None:
        """Do nothing."""


class Step(PipelineComponent):
    """A step that records its runs in `EVENTS` and fails in the first `failures` of them."""

    def __init__(self, label: str, failures: int = 0, **settings: Any) -> None:
        self.label = label
        self.failures = failures
        self.settings = settings

    def run(self) -> None:
        """Record it, then call the function of `ON_RUN`."""
        EVENTS.append(f"run {self.label}")
        TRIES[self.label] += 1
        ON_RUN.get(self.label, lambda: None)()
        if TRIES[self.label] <= self.failures:
            raise ERRORS.get(self.label, ValueError(f"{self.label} failed"))


class Opened(Step):
    """A step that is opened and closed; `fails_in` lists which of the two raise."""

    def open(self) -> None:
        """Record it."""
        EVENTS.append(f"open {self.label}")
        if "open" in self.settings.get("fails_in", ()):
            raise RuntimeError(f"open of {self.label} failed")

    def close(self) -> None:
        """Record it."""
        EVENTS.append(f"close {self.label}")
        if "close" in self.settings.get("fails_in", ()):
            raise RuntimeError(f"close of {self.label} failed: {self.settings}")


class Leaky(PipelineComponent):
    """A component whose error contains its password; `how` chooses the error."""

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
    """A component whose errors in `run` and `close` both contain its password."""

    def open(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Raise."""
        raise OSError(f"could not log out {self.password}")


class Counting(NoOp):
    """A component that reports the counts of its class, or one row written to `target`."""

    counts: ClassVar[Any] = ()

    def __init__(self, target: str | None = None) -> None:
        self.target = target

    def data_counts(self) -> Any:
        """Return the counts; raise them if they are an exception."""
        if isinstance(self.counts, Exception):
            raise self.counts
        return [DataCount(self.target, 1)] if self.target else self.counts


class MakesView(NoOp):
    """A component that declares the view `v` with the columns of `ddl`, and makes nothing."""

    def __init__(self, ddl: str) -> None:
        self.ddl = ddl

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition | None]:
        """Return the schema of the view."""
        return {"v": SchemaDefinition.from_ddl(config["ddl"])}


class ReadsView(NoOp):
    """A component that declares to read the column `id` of the view `v`, and reads nothing."""

    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition]:
        """Return the schema of the view."""
        return {"v": SchemaDefinition.from_ddl("id bigint")}


class UsesSpark(DataFlow):
    """A component that records its session."""

    def run(self) -> None:
        """Record it."""
        EVENTS.append(f"spark {self.spark}")


class Views(DataFlow):
    """A step that makes temp views (`make` maps names to queries), drops others, then fails as `Step` does."""

    def __init__(
        self, label: str, make: dict[str, str] | None = None, failures: int = 0, drop: Iterable[str] = ()
    ) -> None:
        self.label = label
        self.make = make or {}
        self.failures = failures
        self.drop = drop

    def run(self) -> None:
        """Make and drop them."""
        EVENTS.append(f"run {self.label}")
        TRIES[self.label] += 1
        for name, query in self.make.items():
            self.spark.sql(query).createOrReplaceTempView(name)
        for name in self.drop:
            self.spark.catalog.dropTempView(name)
        if TRIES[self.label] <= self.failures:
            raise ConnectionError("connection lost")


class Endless(DataFlow):
    """A component with a Spark job that no test waits for."""

    def run(self) -> None:
        """Run it."""
        EVENTS.append("run endless")
        self.spark.range(10**15).selectExpr("sum(hash(id))").collect()


class EndlessView(DataFlow):
    """A component whose view never ends to compute; the named pipe `fifo` gets a word when Spark has begun."""

    def __init__(self, fifo: str, view: str) -> None:
        self.fifo = fifo
        self.view = view

    def run(self) -> None:
        """Make the view."""
        fifo = self.fifo

        def endless(batches: Any) -> Any:
            from pathlib import Path
            from threading import Event

            Path(fifo).write_text("working")
            Event().wait()
            yield from batches

        self.spark.range(0, 1, 1, 1).mapInPandas(endless, "id LONG").createOrReplaceTempView(self.view)
