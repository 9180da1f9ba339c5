from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ppf_core.batch import Read, Sql
from ppf_core.component import SchemaContract
from ppf_core.config import ComponentConfig, PipelineConfig
from ppf_core.loader import validate_schemas
from ppf_core.schema import SchemaDefinition
from tests.support.components import NoOp
from tests.support.pipelines import pipeline, step


class Declares:
    """Declares what its settings say: DDL by the view's name, or null for a view with unknown columns."""

    made = 0

    def __init__(self, **_: Any) -> None:
        type(self).made += 1

    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition]:
        return {view: SchemaDefinition.from_ddl(ddl) for view, ddl in config.get("reads", {}).items()}

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition | None]:
        makes: dict[str, str | None] = config.get("makes", {})
        return {view: ddl and SchemaDefinition.from_ddl(ddl) for view, ddl in makes.items()}  # type: ignore[misc]

    def run(self) -> None: ...


class OnlyReads:
    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> Any:
        return {config["view"]: config.get("schema", SchemaDefinition.from_ddl("id bigint"))}

    def run(self) -> None: ...


def chain(*components: ComponentConfig) -> PipelineConfig:
    """Return a pipeline of these components, with the classes of this file."""
    here = {
        f"tests.support.components.{cls.__name__}": f"{__name__}.{cls.__name__}"
        for cls in (Declares, OnlyReads)
    }
    return pipeline(
        *(
            replace(component, class_path=here.get(component.class_path, component.class_path))
            for component in components
        )
    )


def maker(name: str, *depends_on: str, **makes: str | None) -> ComponentConfig:
    return step(name, *depends_on, cls="Declares", config={"makes": makes})


def reader(name: str, *depends_on: str, **reads: str) -> ComponentConfig:
    return step(name, *depends_on, cls="Declares", config={"reads": reads})


def test_schemas_that_fit_are_no_problem() -> None:
    assert (
        validate_schemas(chain(maker("a", v="id bigint, name string"), reader("b", "a", v="ID long"))) == []
    )


def test_each_difference_names_both_components_the_view_what_was_expected_and_what_came() -> None:
    config = chain(maker("a", v="id int, nam string"), reader("b", "a", v="id bigint, name string"))
    where = 'components[1]: input_schemas: view "v" as declared by "a": '
    assert list(map(str, validate_schemas(config))) == [
        f'{where}column id: expected bigint, got int (component "b")',
        f'{where}column name: expected string, got no such column; did you mean nam? (component "b")',
    ]


def test_views_are_handed_on_over_any_distance_and_their_names_have_no_case() -> None:
    config = chain(maker("a", Flights="id int"), step("b", "a"), reader("c", "b", FLIGHTS="id bigint"))
    (problem,) = validate_schemas(config)
    assert 'view "FLIGHTS" as declared by "a"' in problem.message


def test_of_several_makers_upstream_the_last_to_run_counts() -> None:
    first, second = maker("a", v="id int"), maker("b", "a", v="id bigint")
    assert validate_schemas(chain(first, second, reader("c", "a", "b", v="id bigint"))) == []
    (problem,) = validate_schemas(chain(first, second, reader("c", "a", "b", v="id int")))
    assert 'as declared by "b"' in problem.message


@pytest.mark.parametrize(
    "between",
    [maker("b", "a", v=None), step("b", "a", cls="NoOp", outputs=["v"])],
    ids=["by its class", "by outputs in the file"],
)
def test_a_view_made_again_with_unknown_columns_fits_anything(between: ComponentConfig) -> None:
    assert validate_schemas(chain(maker("a", v="id int"), between, reader("c", "b", v="id bigint"))) == []


def test_what_nobody_declares_to_make_is_not_compared() -> None:
    assert validate_schemas(chain(step("a", cls="NoOp"), reader("b", "a", table="id bigint"))) == []


def test_what_a_component_reads_and_makes_again_is_compared_with_the_maker_before_it() -> None:
    both = step("b", "a", cls="Declares", config={"reads": {"v": "id bigint"}, "makes": {"v": "id string"}})
    (problem,) = validate_schemas(chain(maker("a", v="id int"), both))
    assert problem.message.endswith(
        'view "v" as declared by "a": column id: expected bigint, got int (component "b")'
    )


def test_a_view_of_a_component_that_one_does_not_depend_on_is_a_problem() -> None:
    (problem,) = validate_schemas(chain(maker("a", v="id bigint"), reader("b", v="id bigint")))
    assert str(problem) == (
        'components[1]: input_schemas: view "v": expected "b" to depend on a component that creates it, '
        'got "a", on which it does not depend (component "b")'
    )


def test_a_view_that_is_made_only_later_is_a_table_to_those_before() -> None:
    assert validate_schemas(chain(reader("a", v="id bigint"), maker("b", "a", v="id int"))) == []


def test_what_a_disabled_component_reads_is_not_compared() -> None:
    off = step("b", "a", cls="Declares", config={"reads": {"v": "id bigint"}}, enabled=False)
    assert validate_schemas(chain(maker("a", v="id int"), off)) == []


def test_one_of_the_two_methods_is_enough() -> None:
    (problem,) = validate_schemas(
        chain(maker("a", v="id int"), step("b", "a", cls="OnlyReads", config={"view": "v"}))
    )
    assert "expected bigint, got int" in problem.message


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "input_schemas() failed: KeyError: 'view'"),
        (
            {"view": "v", "schema": "id bigint"},
            "expected input_schemas() to return a mapping of view names to",
        ),
    ],
    ids=["raises", "gives text"],
)
def test_a_class_that_cannot_say_what_it_reads_is_a_problem_with_its_place(
    settings: dict[str, Any], message: str
) -> None:
    (problem,) = validate_schemas(chain(step("b", cls="OnlyReads", config=settings)))
    assert (problem.path, problem.message.endswith('(component "b")')) == ("components[0]", True)
    assert message in problem.message


def test_nothing_is_made_of_the_classes() -> None:
    before = Declares.made
    validate_schemas(chain(maker("a", v="id int"), reader("b", "a", v="id bigint")))
    assert Declares.made == before


def test_the_protocol_is_recognised_by_its_methods_and_gives_nothing_by_default() -> None:
    class Silent(SchemaContract): ...

    assert isinstance(Declares(), SchemaContract)
    assert not isinstance(NoOp(), SchemaContract)
    assert (Silent.input_schemas({}), Silent.output_schemas({})) == ({}, {})


def test_read_and_sql_declare_their_views_with_the_columns_that_are_known() -> None:
    def read(**more: str) -> Any:
        return Read.output_schemas({"output_view": "v", "format": "csv", **more})

    ids = SchemaDefinition.from_ddl("id bigint")
    assert read(schema="id BIGINT") == {"v": ids}
    assert read() == {"v": None}
    assert read(schema="id BIGINT COMMENT 'the key'") == {"v": None}
    assert Sql.output_schemas({"query": "SELECT 1", "output_view": "v", "schema": "id long"}) == {"v": ids}
    assert Sql.output_schemas({"query": "SELECT 1", "output_view": "v"}) == {"v": None}
    assert Sql.output_schemas({"query": "DROP TABLE t"}) == {}


def test_a_chain_of_thousands_is_compared() -> None:
    readers = [reader(f"c{i}", f"c{i - 1}", v="id bigint") for i in range(1, 3_000)]
    assert len(validate_schemas(chain(maker("c0", v="id int"), *readers))) == 2_999
