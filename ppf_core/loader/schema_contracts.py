"""Schema contracts: compares the columns that components declare for their views, before anything runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from ppf_core.config import Problem, of_component
from ppf_core.schema import SchemaDefinition

from .loading import load_component_class

if TYPE_CHECKING:
    from collections.abc import Set

    from ppf_core.config import ComponentConfig, PipelineConfig

__all__ = ["validate_schemas"]

Schemas = Mapping[str, "SchemaDefinition | None"]


def validate_schemas(config: PipelineConfig) -> list[Problem]:
    """Compare the declared input views of components with the declared output views of their upstream components.

    Calls the classes that implement `SchemaContract`, which has the rules. Inputs of disabled components are left out,
    since they are not read. The pipeline's classes must be loadable and its graph valid.
    """
    return list(_Comparison(config).problems())


class _Comparison:
    def __init__(self, config: PipelineConfig) -> None:
        self._config = config
        self._position = {name: position for position, name in enumerate(config.get_execution_order())}
        self._index = {component.name: index for index, component in enumerate(config.components)}
        self._classes: dict[str, type] = {}
        self._problems: list[Problem] = []
        self._inputs = {
            component.name: self._declared(component, "input_schemas")
            for component in config.components
            if component.enabled
        }
        # By the views' names in lower case, since names of views are case-insensitive in Spark.
        self._outputs: dict[str, Schemas] = {}
        self._makers: defaultdict[str, set[str]] = defaultdict(set)
        for component in config.components:
            # The `outputs` of the pipeline file count too, whether or not the class declares them.
            views = {**dict.fromkeys(component.outputs), **self._declared(component, "output_schemas")}
            self._outputs[component.name] = {view.lower(): schema for view, schema in views.items()}
            for view in self._outputs[component.name]:
                self._makers[view].add(component.name)

    def problems(self) -> list[Problem]:
        for consumer, schemas in self._inputs.items():
            for view, expected in schemas.items():
                self._compare(consumer, view, expected)
        return self._problems

    def _compare(self, consumer: str, view: str, expected: SchemaDefinition | None) -> None:
        makers = self._makers.get(view.lower(), set()) - {consumer}
        if not makers:
            return  # a table of the catalog, or a view of a component without declarations
        producer = self._last_upstream(consumer, makers)
        if producer is None:
            unrelated = sorted(name for name in makers if self._last_upstream(name, {consumer}) is None)
            if unrelated:
                self._report(
                    consumer,
                    f'input_schemas: view "{view}": expected "{consumer}" to depend on a component that creates it, '
                    f"got {', '.join(_named(name) for name in unrelated)}, on which it does not depend",
                )
            return
        actual = self._outputs[producer][view.lower()]
        if expected is not None and actual is not None:
            for difference in expected.differences_from(actual):
                self._report(
                    consumer, f'input_schemas: view "{view}" as declared by {_named(producer)}: {difference}'
                )

    def _last_upstream(self, name: str, wanted: Set[str]) -> str | None:
        """Return the last to run of the components `wanted` that are upstream of `name`, directly or indirectly."""
        seen: set[str] = set()
        upstream = [
            (-self._position[needed], needed) for needed in self._config.get_component(name).depends_on
        ]
        heapify(upstream)
        while upstream:
            _, nearest = heappop(upstream)
            if nearest in wanted:
                return nearest
            if nearest not in seen:
                seen.add(nearest)
                for needed in self._config.get_component(nearest).depends_on:
                    heappush(upstream, (-self._position[needed], needed))
        return None

    def _declared(self, component: ComponentConfig, method: str) -> Schemas:
        if component.class_path not in self._classes:
            self._classes[component.class_path] = load_component_class(component.class_path)
        declare: Any = getattr(self._classes[component.class_path], method, None)
        if declare is None:
            return {}
        try:
            schemas: object = declare(dict(component.config))
        except Exception as error:  # noqa: BLE001 - a component's own code may raise anything
            self._report(component.name, f"{method}() failed: {type(error).__name__}: {error}")
            return {}
        if isinstance(schemas, Mapping) and all(map(_is_entry, schemas.items())):
            return schemas
        self._report(
            component.name,
            f"expected {method}() to return a mapping of view names to SchemaDefinition, got {schemas!r}",
        )
        return {}

    def _report(self, component: str, message: str) -> None:
        path = f"components[{self._index[component]}]"
        self._problems.append(Problem(path, f"{message}{of_component(component)}"))


def _is_entry(entry: tuple[object, object]) -> bool:
    view, schema = entry
    return isinstance(view, str) and (schema is None or isinstance(schema, SchemaDefinition))


def _named(name: str) -> str:
    return f'"{name}"'
