"""Loading of configs from files, texts and environment variables, and errors about wrong configs."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.config import (
    CIRCUIT_BREAKER_PRESETS,
    RESILIENCE_PRESETS,
    RETRY_PRESETS,
    ConfigError,
    DeployMode,
    PipelineConfig,
    Problem,
    QualityConfig,
    RetryConfig,
    SparkConfig,
    load_from_env,
    load_from_file,
    load_from_string,
)
from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTED = """
{
  name: "customer-etl", version: "1.0.0"
  spark { app_name: "Customer ETL", master: "local[*]", spark_conf { "spark.sql.shuffle.partitions": 10 } }
  components: [
    { name: read_raw, component_type: source, class_path: "my.module.ReadTable",
      config { table_name: "raw.customers", output_view: "raw", wait: 10s, rate: 1.10, port: 5432 } }
    { name: clean, component_type: transformation, class_path: "my.module.Clean", depends_on: [read_raw],
      retry { max_attempts: 3, initial_delay_seconds: 1.0 }, circuit_breaker { failure_threshold: 5 } }
  ]
}
"""
RETRY_EXPECTED = "retry: expected a block or one of none, conservative, standard, aggressive, patient, "
SMALL = "name = p, version = 1, components = []\n"


def pipeline(text: str) -> PipelineConfig:
    return load_from_string(text, PipelineConfig)


def component(text: str) -> Any:
    head = "name = p, version = 1\ncomponents = [ { name = clean, component_type = source, class_path = m.C\n"
    return pipeline(head + text + "\n} ]").components[0]


def problems(text: str, cls: type = PipelineConfig) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_from_string(text, cls)
    return [str(problem) for problem in caught.value.problems]


def component_problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        component(text)
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def test_the_documented_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.conf"
    path.write_text(DOCUMENTED)
    config = load_from_file(path, PipelineConfig)
    assert config == load_from_file(str(path), PipelineConfig) == pipeline(DOCUMENTED)
    assert config.spark.to_spark_conf_dict()["spark.sql.shuffle.partitions"] == "10"
    assert config.get_execution_order() == ["read_raw", "clean"]
    assert config.get_component("clean").effective_retry == RetryConfig()


def test_settings_of_a_component_keep_what_was_written() -> None:
    config = pipeline(DOCUMENTED).components[0].config
    assert config["wait"] == "10s"
    assert (config["rate"], type(config["rate"])) == (1.1, float)
    assert (config["port"], type(config["port"])) == (5432, int)


def test_an_application_is_named_after_the_pipeline_unless_it_has_a_name() -> None:
    assert pipeline(SMALL).spark == SparkConfig("p")
    assert pipeline(SMALL + 'spark { master = "local[2]" }').spark == SparkConfig("p", "local[2]")
    assert pipeline(SMALL + "spark.app_name = q").spark.app_name == "q"


def test_texts_are_taken_as_they_are_written() -> None:
    config = pipeline(
        "name = 7, version = 1.10, components = [], tags { nightly = true, n = 1.0, big = 1e3 }"
    )
    assert (config.name, config.version) == ("7", "1.10")
    assert config.tags == {"nightly": "true", "n": "1.0", "big": "1e3"}


@pytest.mark.parametrize("word", ["true", "yes", "on", '"true"', "1"])
def test_words_for_true(word: str) -> None:
    assert pipeline(SMALL + f"spark.dynamic_allocation = {word}").spark.dynamic_allocation is True


@pytest.mark.parametrize("word", ["false", "no", "off", '"false"', "0"])
def test_words_for_false(word: str) -> None:
    assert pipeline(SMALL + f"execution.fail_fast = {word}").execution.fail_fast is False


def test_numbers_may_be_quoted_and_durations_have_units() -> None:
    retry = component(
        'retry { max_attempts = "10", initial_delay_seconds = 500 ms, max_delay_seconds = 5 minutes }'
    ).retry
    assert (retry.max_attempts, retry.initial_delay_seconds, retry.max_delay_seconds) == (10, 0.5, 300.0)
    assert component("circuit_breaker { timeout_seconds = 10s }").circuit_breaker.timeout_seconds == 10.0


def test_keys_of_spark_conf_may_be_quoted_or_a_path() -> None:
    conf = pipeline(
        SMALL + 'spark.spark_conf { "spark.a.b" = 10, spark.a.c = true, spark { d = 0.50 } }'
    ).spark.spark_conf
    assert conf == {"spark.a.b": "10", "spark.a.c": "true", "spark.d": "0.50"}


def test_presets_are_named_by_their_block() -> None:
    preset = component("retry = aggressive, circuit_breaker = sensitive, resilience = standard")
    assert preset.retry == RETRY_PRESETS["aggressive"]
    assert preset.circuit_breaker == CIRCUIT_BREAKER_PRESETS["sensitive"]
    assert preset.resilience == RESILIENCE_PRESETS["standard"]
    assert component("resilience { retry = patient }").effective_retry == RETRY_PRESETS["patient"]


def test_null_stands_for_no_block_where_a_block_is_optional() -> None:
    assert component("retry = null").retry is None
    assert pipeline(SMALL + "secrets = null").secrets is None


def test_enumerations_are_read_by_their_words() -> None:
    assert pipeline(SMALL + "spark.deploy_mode = cluster").spark.deploy_mode is DeployMode.CLUSTER


def test_at_least_one_component_runs_at_a_time() -> None:
    assert pipeline(SMALL).execution.max_parallel == 1
    (problem,) = problems(SMALL + "execution.max_parallel = 0")
    assert problem.endswith("execution.max_parallel: expected at least 1, got 0")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("retry = 3", RETRY_EXPECTED + "got 3"),
        ("retry = [1]", RETRY_EXPECTED + "got a list"),
        ("retry = yes", RETRY_EXPECTED + 'got "yes"'),
        ("retry = agressive", 'got "agressive" (did you mean "aggressive"?)'),
        ("circuit_breaker = sensitiv", 'got "sensitiv" (did you mean "sensitive"?)'),
        ("resilience = standart", 'got "standart" (did you mean "standard"?)'),
        ("resilience { retry = fast }", "components[0].resilience.retry: expected a block or one of"),
        ("retry { max_attempts = 0 }", "retry.max_attempts: expected at least 1, got 0"),
        ("retry { max_attempts = 2.5 }", "retry.max_attempts: expected a whole number, got 2.5"),
        ("retry { max_attempts = true }", "retry.max_attempts: expected a number, got true"),
        ("retry { max_attempts = three }", 'retry.max_attempts: expected a whole number, got "three"'),
        ("retry { max_attempts = null }", "retry.max_attempts: expected a whole number, got null"),
        ("retry { backoff_multiplier = 0.5 }", "retry.backoff_multiplier: expected at least 1, got 0.5"),
        ("retry { initial_delay_seconds = -1 }", "retry.initial_delay_seconds: expected at least 0, got -1"),
        ("retry { initial_delay_seconds = 5 minuten }", 'expected a unit of time (ms, s, m, h, d or w, also'),
        ("retry { max_delay_seconds = 500 ms }", "expected max_delay_seconds to be at least initial_delay_seconds (1)"),
        ("retry { max_atempts = 3 }", 'expected a known key, got "max_atempts" (did you mean "max_attempts"?)'),
        ("retry { retry_on_exceptions = ValueError }", 'expected a list [ ... ], got "ValueError"'),
        ("circuit_breaker { failure_threshold = 0 }", "circuit_breaker.failure_threshold: expected at least 1, got 0"),
        ("depends_on = read", 'depends_on: expected a list [ ... ], got "read"'),
        ("depends_on = [[read]]", "depends_on[0]: expected a text, got a list"),
        ("enabled = perhaps", 'enabled: expected true or false, got "perhaps"'),
        ("config = [1]", "config: expected a block { ... }, got a list"),
        ("component_type = sauce", 'expected one of source, transformation, sink, got "sauce" (did you mean'),
        ("colour = red", 'expected a known key, got "colour" (known: name, component_type, class_path, config,'),
    ],
)  # fmt: skip
def test_a_wrong_setting_of_a_component_is_an_error_and_never_dropped(block: str, message: str) -> None:
    (problem,) = component_problems(block)
    assert problem.startswith("components[0].")
    assert message in problem
    assert problem.endswith('(component "clean")')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "spark.driver_memory = 5",
            'spark.driver_memory: expected an amount of memory such as 512m or 2g, got "5"',
        ),
        ("spark.executor_memory = lots", "spark.executor_memory: expected an amount of memory"),
        (
            "spark.connect_string = host",
            "expected the address of a Spark Connect server such as sc://host:15002, got",
        ),
        ("spark = local", 'spark: expected a block { ... }, got "local"'),
        ("spark.spark_conf = [1]", "spark.spark_conf: expected a block { ... }, got a list"),
        ("spark.spark_conf.x = [1]", "spark.spark_conf.x: expected a text, got a list"),
        ("spark.num_executors = 0", "spark.num_executors: expected at least 1, got 0"),
        (
            "environment = production",
            'environment: expected one of dev, staging, prod, test, got "production"',
        ),
        ("enviroment = dev", 'got "enviroment" (did you mean "environment"?)'),
        ("tags = [a]", "tags: expected a block { ... }, got a list"),
        ("execution = null", "execution: expected a block { ... }, got null"),
        ("hooks.logging = true", "hooks.logging: expected a block { ... }, got true"),
        ("hooks.metrics.registry = prometeus", 'got "prometeus" (did you mean "prometheus"?)'),
        (
            "hooks.metrics { registry = opentelemetry, path = x }",
            "hooks.metrics: expected no path with",
        ),
        ("hooks.audit.sinks = [log, fil]", 'hooks.audit.sinks[1]: expected one of log, file, got "fil"'),
        (
            "hooks.audit { sinks = [file] }",
            'hooks.audit: expected path, the file that the sink "file" writes to',
        ),
        ("hooks.audit { path = x }", 'hooks.audit: expected "file" among sinks, since path is given'),
        (
            "hooks.audit { enabled = yes, sinks = [] }",
            "hooks.audit: expected at least one of log, file in sinks",
        ),
        (
            "hooks.custom = [{ config {} }]",
            "hooks.custom[0].class_path: expected a value for this key, got none",
        ),
        ("secrets.providers.vault = x", 'secrets.providers.vault: expected a block { ... }, got "x"'),
        (
            "checkpoint.on_config_change = resume",
            "checkpoint.on_config_change: expected one of fail, restart",
        ),
    ],
)
def test_a_wrong_setting_of_a_pipeline_says_where_expected_and_got(text: str, message: str) -> None:
    (problem,) = problems(SMALL + text)
    assert problem.startswith("line 2: ")
    assert message in problem


@pytest.mark.parametrize(
    ("check", "messages"),
    [
        ("type = row_count, table = t", ["expected min_rows or max_rows in a check of type row_count, got none"]),
        ("type = row_count, min_rows = 1", ["expected table in a check of type row_count, got none"]),
        ("type = row_count, table = t, min_rows = 3, max_rows = 1", ["expected max_rows to be at least min_rows (3)"]),
        ("type = row_count, table = t, min_rows = 1, columns = [a]",
         ["expected no columns in a check of type row_count, got one (it belongs to nulls, unique)"]),
        ("type = nulls, table = t, columns = []", ["expected columns in a check of type nulls, got none"]),
        ("type = unique, table = t, column = a",
         ["expected no column in a check of type unique, got one (it belongs to range)", "expected columns in"]),
        ("type = range, table = t, column = a", ["expected min or max in a check of type range, got none"]),
        ("type = range, table = t, column = a, min = 2, max = 1", ["expected max to be at least min (2), got 1"]),
        ("type = schema, table = t", ["expected fields in a check of type schema, got none"]),
        ("type = sql", ["expected query in a check of type sql, got none"]),
        ("type = sql, query = q, max_failures = 2", ["expected on_failure = threshold, since max_failures"]),
        ("type = sql, query = q, timing = after_component", ["after_component needs after = a component"]),
        ("type = sql, query = q, after = c, timing = after_pipeline", ["expected timing with after to be after_"]),
        ("type = sql, query = q, timing = later", ["expected timing without after to be before_pipeline or"]),
        ("type = rows", ["type: expected one of row_count, nulls, unique, range, schema, sql, got"]),
        ("table = t", ["type: expected a value for this key, got none"]),
    ],
)  # fmt: skip
def test_a_check_takes_the_fields_of_its_type_and_no_others(check: str, messages: list[str]) -> None:
    reported = problems(f"checks = [{{ {check} }}]", QualityConfig)
    assert len(reported) == len(messages)
    assert all(
        "checks[0]" in each and message in each for each, message in zip(reported, messages, strict=True)
    )


def test_all_problems_of_a_file_are_reported_at_once_each_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "wrong.conf"
    path.write_text(
        "name = p\nspark {\n  driver_cores = none\n}\ncomponents = [\n"
        "  { name = a, component_type = source, class_path = m.A }\n"
        "  { name = b, component_type = source, class_path = m.B,\n    retry { max_attempts = 0 } }\n  7\n]\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_from_file(path, PipelineConfig)
    assert str(caught.value).splitlines() == [
        f"{path}: version: expected a value for this key, got none",
        f'{path}:3: spark.driver_cores: expected a whole number, got "none"',
        f'{path}:8: components[1].retry.max_attempts: expected at least 1, got 0 (component "b")',
        f"{path}:9: components[2]: expected a block {{ ... }}, got 7",
    ]
    assert caught.value.problems[1] == Problem(
        "spark.driver_cores", 'expected a whole number, got "none"', str(path), 3
    )


def test_what_is_missing_in_a_replaced_value_is_reported_where_it_was_replaced() -> None:
    text = """name = p, version = 1
        components = [ { name = a,
          component_type = source } ]
        components = [
          { name = b, class_path = m.B } ]
    """
    assert problems(text) == [
        'line 5: components[0].component_type: expected a value for this key, got none (component "b")'
    ]


def test_a_value_that_came_by_reference_is_reported_where_it_was_referred_to() -> None:
    text = SMALL + "defaults { fail_fast = perhaps }\nexecution = ${defaults}"
    assert 'line 3: execution.fail_fast: expected true or false, got "perhaps"' in problems(text)


def test_a_config_error_is_a_value_error_and_survives_pickling() -> None:
    with pytest.raises(ConfigError) as caught:
        pipeline("")
    assert isinstance(caught.value, (PpfError, ValueError))
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems  # noqa: S301 - our own bytes


def test_a_long_wrong_value_is_cut() -> None:
    (problem,) = problems(SMALL + f'execution.fail_fast = "{"x" * 1000}"')
    assert len(problem) < 200


def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"PPFTEST_{name}", value)


def test_environment_variables_describe_a_whole_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(
        monkeypatch,
        NAME="p",
        VERSION="1.10",
        SPARK__DRIVER_MEMORY="3g",
        SPARK__SPARK_CONF='{ "spark.sql.shuffle.partitions": 10 }',
        COMPONENTS__0__NAME="a",
        COMPONENTS__0__COMPONENT_TYPE="source",
        COMPONENTS__0__CLASS_PATH="m.A",
        COMPONENTS__0__RETRY__INITIAL_DELAY_SECONDS="500 ms",
        COMPONENTS__1="{ name = b, component_type = sink, class_path = m.B, depends_on = [a] }",
        EXECUTION__FAIL_FAST="no",
        CHECKPOINT__ROOT="",
    )
    config = load_from_env("PPFTEST", PipelineConfig)
    assert config == load_from_env("ppftest_", PipelineConfig)
    assert (config.name, config.version, config.spark.driver_memory) == ("p", "1.10", "3g")
    assert config.spark.spark_conf == {"spark.sql.shuffle.partitions": "10"}
    assert config.get_execution_order() == ["a", "b"]
    assert config.components[0].retry == RetryConfig(initial_delay_seconds=0.5)
    assert (config.execution.fail_fast, config.checkpoint.root) == (False, None)


def test_a_wrong_environment_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, MAX_ATTEMPTS="0", BACKOF_MULTIPLIER="2", RETRY_ON_EXCEPTIONS="[")
    with pytest.raises(
        ConfigError, match="variable PPFTEST_RETRY_ON_EXCEPTIONS: expected this bracket to be closed"
    ):
        load_from_env("PPFTEST", RetryConfig)
    monkeypatch.delenv("PPFTEST_RETRY_ON_EXCEPTIONS")
    with pytest.raises(ConfigError) as caught:
        load_from_env("PPFTEST", RetryConfig)
    assert str(caught.value).splitlines() == [
        'environment variable PPFTEST_MAX_ATTEMPTS: max_attempts: expected at least 1, got "0"',
        (
            "environment variable PPFTEST_BACKOF_MULTIPLIER: backof_multiplier: expected a known key, "
            'got "backof_multiplier" (did you mean "backoff_multiplier"?)'
        ),
    ]


def test_without_any_variable_the_prefix_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"environment \(no variable PPF_NOTHING_\.\.\.\): name: expected a value"
    ):
        load_from_env("PPF_NOTHING", PipelineConfig)


def test_a_variable_for_a_block_and_one_for_its_inside_contradict(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch, SPARK="x", SPARK__APP_NAME="y")
    with pytest.raises(
        ConfigError, match="PPFTEST_SPARK__APP_NAME: expected settings inside spark, got a value"
    ):
        load_from_env("PPFTEST", PipelineConfig)
