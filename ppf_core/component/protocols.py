"""What a component may be able to do besides running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typing_extensions import Self

    from ppf_core.schema import SchemaDefinition

    from .data_count import DataCount
    from .dataset import Dataset
    from .run_identity import RunIdentity

__all__ = ["ConfigurableInstance", "CountsData", "DatasetContract", "Resource", "RunAware", "SchemaContract"]


@runtime_checkable
class ConfigurableInstance(Protocol):
    """Is made from its `config` block, secrets resolved."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make one; any exception means that the settings are wrong and no retry is made."""
        ...


@runtime_checkable
class CountsData(Protocol):
    """Knows how much it has written, for the run's result, summary and metrics.

    A `RowCounter` counts rows while they are written. Views need no counting here: those that are materialised are
    counted by the runner, and others have no rows yet.
    """

    def data_counts(self) -> Iterable[DataCount]:
        """What the last `run` has written; asked once, after it succeeded. It should start no Spark job.

        What goes wrong here is a warning in the log, and no counts.
        """
        ...


@runtime_checkable
class Resource(Protocol):
    """Holds something that must be let go: opened before each try's `run`, closed after it whatever happened.

    An error of `close` is logged; it fails the component only if nothing failed before it.
    """

    def open(self) -> None:
        """Take hold."""

    def close(self) -> None:
        """Let go; also called when `open` failed half-way."""


@runtime_checkable
class RunAware(Protocol):
    """Wants to know which run it belongs to, so that a later try can find what an earlier one left behind."""

    def set_run_identity(self, identity: RunIdentity) -> None:
        """Told by the runner before `open` and `run`; the same in each try of the run."""


@runtime_checkable
class SchemaContract(Protocol):
    """Declares the columns of the views that it reads and makes, so that they are compared before anything runs.

    Each input view is compared with what was declared by the component upstream that makes it (the last one to run,
    where several do). What does not fit is an error of the static checks: nothing runs. So is an input view that is
    made by another component which this one does not depend on. Of the two methods one is enough.

    The class is asked, with its `config` block as the pipeline has it (secrets not resolved), and nothing is made of
    it. Take the views' names from `config` where it has them:

        @classmethod
        def input_schemas(cls, config):
            return {config["view"]: SchemaDefinition.from_ddl("id bigint, amount decimal(10,2)")}
    """

    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition]:
        """The columns needed of each view that is read; others may be there too."""
        return {}

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition | None]:
        """The columns of each view that is made; `None` where only its name is known, with which anything fits."""
        return {}


@runtime_checkable
class DatasetContract(Protocol):
    """Declares which data outside of the pipeline it reads and writes, for those who trace where data comes from.

    The class is asked, with its `config` block as the pipeline has it (secrets not resolved), and nothing is made of
    it. Of the two methods one is enough:

        @classmethod
        def output_datasets(cls, config):
            return [Dataset(path=config["path"], view=config["view"])]
    """

    @classmethod
    def input_datasets(cls, config: dict[str, Any]) -> Sequence[Dataset]:
        """What it reads, temp views not counted."""
        return ()

    @classmethod
    def output_datasets(cls, config: dict[str, Any]) -> Sequence[Dataset]:
        """What it writes, temp views not counted."""
        return ()
