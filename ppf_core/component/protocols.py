"""Protocols for optional features of components."""

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
    """A component that is created from its `config` block, in which secrets are resolved."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create the component; any exception means that the settings are wrong, and is not retried."""
        ...


@runtime_checkable
class CountsData(Protocol):
    """A component that reports written rows and bytes, for the run's result, summary and metrics.

    A `RowCounter` counts rows while they are written. Views need not be counted: the runner counts materialised views,
    and other views have no rows yet.
    """

    def data_counts(self) -> Iterable[DataCount]:
        """Return the counts of the last `run`; called once, after it succeeded. It should not start a Spark job.

        An exception is logged as a warning, and there are no counts.
        """
        ...


@runtime_checkable
class Resource(Protocol):
    """A component that holds a resource: opened before each attempt's `run`, always closed after it.

    An error of `close` is logged; it fails the component only if nothing failed before.
    """

    def open(self) -> None:
        """Acquire the resource."""

    def close(self) -> None:
        """Release the resource; also called if `open` failed."""


@runtime_checkable
class RunAware(Protocol):
    """A component that uses the identity of its run, so that a later try finds the results of an earlier try."""

    def set_run_identity(self, identity: RunIdentity) -> None:
        """Set the identity; called before `open` and `run`, with the same identity in each try of the run."""


@runtime_checkable
class SchemaContract(Protocol):
    """A component that declares the columns of its input and output views, which are compared before anything runs.

    Each input view is compared with the declaration of the upstream component that creates it (the last to run, if
    several do). A difference is an error of the static checks, and nothing runs. So is an input view of a component
    that is not upstream. A class may have only one of the two methods.

    The class methods are called with the `config` block of the pipeline file (secrets not resolved), without creating a
    component. Take the names of views from `config` if it has them:

        @classmethod
        def input_schemas(cls, config):
            return {config["view"]: SchemaDefinition.from_ddl("id bigint, amount decimal(10,2)")}
    """

    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition]:
        """Return the required columns of each input view, which may have further columns."""
        return {}

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition | None]:
        """Return the columns of each output view; `None` if they are unknown, which conforms to any input."""
        return {}


@runtime_checkable
class DatasetContract(Protocol):
    """A component that declares its datasets outside of the pipeline, for data lineage.

    The class methods are called with the `config` block of the pipeline file (secrets not resolved), without creating a
    component. A class may have only one of the two methods:

        @classmethod
        def output_datasets(cls, config):
            return [Dataset(path=config["path"], view=config["view"])]
    """

    @classmethod
    def input_datasets(cls, config: dict[str, Any]) -> Sequence[Dataset]:
        """Return the datasets that it reads, without temp views."""
        return ()

    @classmethod
    def output_datasets(cls, config: dict[str, Any]) -> Sequence[Dataset]:
        """Return the datasets that it writes, without temp views."""
        return ()
