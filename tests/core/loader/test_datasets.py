from __future__ import annotations

from typing import Any

import pytest

from ppf_core.batch import Read, Write
from ppf_core.component import Dataset
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.loader import declared_datasets, declared_views
from ppf_core.schema import SchemaDefinition

COLUMNS = SchemaDefinition.from_ddl("id BIGINT")


class Moves:
    """Declares both."""

    @classmethod
    def input_datasets(cls, config: dict[str, Any]) -> list[Dataset]:
        return [Dataset(path=config["from"])]

    @classmethod
    def output_datasets(cls, config: dict[str, Any]) -> list[Dataset]:
        return [Dataset(table=config["to"])]

    def run(self) -> None: ...


class Odd:
    """Declares what is none."""

    @classmethod
    def input_datasets(cls, config: dict[str, Any]) -> list[str]:
        return ["/data"]

    def run(self) -> None: ...


def component(cls: str, name: str = "a", **config: Any) -> ComponentConfig:
    path = cls if "." in cls else f"{__name__}.{cls}"
    return ComponentConfig(name, ComponentType.SOURCE, path, config=config)


def test_the_built_in_components_say_what_they_read_and_write() -> None:
    read = component(
        "ppf_core.batch.Read", format="csv", path=["a", "b"], schema="id BIGINT", output_view="v"
    )
    write = component("ppf_core.batch.Write", view="v", format="parquet", path="/out")
    assert declared_datasets(read) == (
        [Dataset(path="a", schema=COLUMNS, view="v"), Dataset(path="b", schema=COLUMNS, view="v")],
        [],
    )
    assert declared_datasets(write) == ([], [Dataset(path="/out", view="v")])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"table": "db.t", "output_view": "v"}, [Dataset(table="db.t", view="v")]),
        ({"format": "jdbc", "options": {"url": "jdbc:x"}, "output_view": "v"}, []),
    ],
)
def test_tables_are_reported_and_what_has_no_path_is_not(
    settings: dict[str, Any], expected: list[Dataset]
) -> None:
    assert list(Read.input_datasets(settings)) == expected


def test_a_writer_without_path_or_table_reports_nothing() -> None:
    assert list(Write.output_datasets({"view": "v", "format": "jdbc"})) == []
    assert list(Write.output_datasets({"view": "v", "table": "t"})) == [Dataset(table="t", view="v")]


def test_a_component_of_ones_own_declares_by_two_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    module = types.ModuleType("own_components")
    module.Moves, module.Odd = Moves, Odd  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "own_components", module)
    moves = component("own_components.Moves", **{"from": "/in", "to": "db.t"})
    assert declared_datasets(moves) == ([Dataset(path="/in")], [Dataset(table="db.t")])
    assert declared_datasets(component("own_components.Moves")) == ([], []), "it failed, which is a warning"
    assert declared_datasets(component("own_components.Odd")) == ([], [])
    assert declared_datasets(component("tests.support.components.Step")) == ([], []), "it declares nothing"


@pytest.mark.parametrize("arguments", [{}, {"path": "a", "table": "t"}, {"path": ""}])
def test_a_dataset_is_files_or_a_table(arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either path or table"):
        Dataset(**arguments)


def test_the_columns_of_views_are_those_that_the_last_maker_declares() -> None:
    def sql(name: str, *depends_on: str, **config: Any) -> ComponentConfig:
        config = {"query": "SELECT 1", **config}
        return ComponentConfig(
            name,
            ComponentType.TRANSFORMATION,
            "ppf_core.batch.Sql",
            config=config,
            depends_on=list(depends_on),
        )

    first = sql("first", output_view="V", schema="id BIGINT")
    second = sql("second", "first", output_view="v")
    config = PipelineConfig("p", "1", SparkConfig("p"), [first])
    assert declared_views(config) == {"v": COLUMNS}
    assert declared_views(PipelineConfig("p", "1", SparkConfig("p"), [first, second])) == {}
