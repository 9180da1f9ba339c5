"""Errors in a pipeline that are found before anything runs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from ppf_core.config import (
    ComponentConfig,
    ComponentType,
    PipelineConfig,
    dry_run,
    load_from_string,
    validate_pipeline,
)

RUNS = "threading.Thread"  # a class with a run() that every Python has


def pipeline(*components: str, more: str = "", name: str = "p") -> PipelineConfig:
    listed = "\n".join(
        f"{{ component_type = source, class_path = {RUNS}, {component} }}" for component in components
    )
    return load_from_string(
        f'name = "{name}", version = 1\ncomponents = [\n{listed}\n]\n{more}', PipelineConfig
    )


def errors(*components: str, **kwargs: Any) -> list[str]:
    result = validate_pipeline(pipeline(*components, **kwargs))
    assert result.is_valid is (not result.errors)
    return result.errors


def warnings(*components: str, **kwargs: Any) -> list[str]:
    result = validate_pipeline(pipeline(*components, **kwargs))
    assert result.is_valid
    return result.warnings


def test_a_good_pipeline_has_neither_errors_nor_warnings() -> None:
    result = validate_pipeline(pipeline("name = a", "name = b, depends_on = [a]"))
    assert (result.errors, result.warnings, result.is_valid) == ([], [], True)


@pytest.mark.parametrize(
    ("components", "message"),
    [
        (['name = ""'], "components[0].name: expected a name, got an empty text"),
        (['name = " a"'], "components[0].name: expected a name without control characters and without spaces around"),
        ([r'name = "a\nb"'], "components[0].name: expected a name without control characters"),
        (["name = " + "a" * 251], "components[0].name: expected a name of at most 250 characters, got 251"),
        (["name = a", "name = b", "name = a"], 'components: expected unique names, got "a" 2 times (at 0, 2)'),
        (["name = read", "name = b, depends_on = [raed]"],
         'components[1].depends_on: expected the name of a component, got "raed" (did you mean "read"?)'),
        (["name = a, depends_on = [a]"],
         'components[0].depends_on: expected other components, got itself (component "a")'),
        (["name = a, depends_on = [b]", "name = b, depends_on = [a]"],
         "components: expected an order to run in, got a dependency cycle: a -> b -> a"),
        (["name = a, class_path = json.JSONDecodr"],
         "components[0].class_path: expected a class JSONDecodr in module json"),
        (["name = a, class_path = json.JSONDecoder"],
         "components[0].class_path: expected a class with a method run(), got json.JSONDecoder, which has no run()"),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_one_error(components: list[str], message: str) -> None:
    (error,) = errors(*components)
    assert error.startswith(message)


def test_what_is_wrong_outside_the_components_is_found_too() -> None:
    more = """
        mode = streaming
        hooks.custom = [{ class_path = json.Nope }]
        secrets.providers.vault.class_path = ppf_nope.Vault
        quality.checks = [{ type = sql, query = q, after = cleam }]
    """
    reported = errors("name = clean", more=more, name=" ")
    expected = [
        "mode: expected batch, got streaming, which is not supported",
        "name: expected a name, got an empty text",
        "hooks.custom[0].class_path: expected a class Nope in module json",
        "secrets.providers.vault.class_path: expected a module called ppf_nope",
        'quality.checks[0].after: expected the name of a component, got "cleam" (did you mean "clean"?)',
    ]
    assert len(reported) == len(expected)
    assert all(each.startswith(start) for each, start in zip(reported, expected, strict=True))


def test_everything_wrong_is_reported_at_once() -> None:
    assert len(errors('name = ""', "name = a, depends_on = [x, a], class_path = json.X")) == 4


def test_what_depends_on_a_disabled_component_is_warned_of() -> None:
    assert warnings(
        "name = a, enabled = no",
        "name = b, depends_on = [a]",
        "name = c",
        more="quality.checks = [{ type = sql, query = q, after = a }]",
    ) == [
        'components[1]: will be skipped, since it depends on "a" (disabled) (component "b")',
        'quality.checks[0]: will not run, since it comes after "a" (disabled)',
    ]


def test_a_pipeline_that_does_nothing_is_warned_of() -> None:
    assert warnings() == ["components: the list is empty, so there is nothing to run"]
    assert warnings("name = a, enabled = no") == [
        "components: all of them are disabled, so there is nothing to run"
    ]


def test_a_dry_run_lists_what_would_run_in_order() -> None:
    result = dry_run(
        pipeline(
            "name = b, depends_on = [a], retry { max_attempts = 4 }",
            "name = a, component_type = sink, enabled = no",
        )
    )
    assert (result.pipeline_name, result.execution_order, result.is_valid) == ("p", ["a", "b"], True)
    first, second = result.components
    assert (first.name, first.component_type, first.enabled, first.max_attempts) == (
        "a",
        ComponentType.SINK,
        False,
        1,
    )
    assert (second.class_path, second.depends_on, second.max_attempts) == (RUNS, ["a"], 4)


def test_a_dry_run_of_a_cycle_has_no_order_and_says_why() -> None:
    result = dry_run(pipeline("name = a, depends_on = [b]", "name = b, depends_on = [a]"))
    assert (result.execution_order, result.components, result.is_valid) == ([], [], False)
    assert "a -> b -> a" in result.validation.errors[0]


def test_a_chain_of_5000_is_validated() -> None:
    chain = [
        ComponentConfig(f"c{i}", ComponentType.SOURCE, RUNS, depends_on=[f"c{i - 1}"] if i else [])
        for i in range(5000)
    ]
    small = pipeline()
    assert dry_run(PipelineConfig("p", "1", small.spark, chain)).is_valid


def test_validating_starts_neither_spark_nor_the_hocon_parser() -> None:
    program = (
        "import sys; from ppf_core.config import *;"
        f"c = ComponentConfig('a', 'source', '{RUNS}');"
        "assert dry_run(PipelineConfig('p', '1', SparkConfig('p'), [c])).is_valid;"
        "assert not {'pyspark', 'pyhocon', 'airflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
