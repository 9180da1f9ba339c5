from __future__ import annotations

import sys

import pytest

from ppf_core.config import (
    ComponentConfig,
    ComponentType,
    ConfigError,
    HooksConfig,
    MetricsHooksConfig,
    MetricsRegistryKind,
    QualityCheckConfig,
    QualityCheckType,
    QualityConfig,
    SecretsConfig,
    SecretsProviderConfig,
)
from ppf_core.runner import PipelineResultStatus, SimplePipelineRunner, assemble, static_checks
from tests.support.components import EVENTS
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step

BAD_CHECK = QualityCheckConfig(
    QualityCheckType.SCHEMA, table="v", name="columns of v", fields={"id": "biggint"}
)
GOOD_CHECK = QualityCheckConfig(QualityCheckType.ROW_COUNT, table="v", min_rows=1)
BAD_QUALITY = QualityConfig(checks=[GOOD_CHECK, BAD_CHECK])
NOT_SET = SecretsConfig(
    {"vault": SecretsProviderConfig("tests.support.vault.Vault", {"token": "secret://env/NOT_SET_AT_ALL"})}
)


def test_schemas_that_do_not_fit_keep_a_pipeline_from_running_and_no_hook_is_called() -> None:
    makes = step("a", cls="MakesView", config={"ddl": "id int"})
    watcher = Watcher()
    result = SimplePipelineRunner(
        pipeline(step("first"), makes, step("b", "a", cls="ReadsView")), hooks=watcher
    ).run()
    assert result.status is PipelineResultStatus.FAILURE
    (error,) = result.validation_errors
    assert error == (
        'components[2]: input_schemas: view "v" as declared by "a": column id: expected bigint, got int '
        '(component "b")'
    )
    assert (EVENTS, watcher.calls) == ([], [])


def test_schemas_are_compared_only_when_all_else_is_in_order() -> None:
    config = pipeline(
        step("a", cls="MakesView", config={"ddl": "id int"}), step("b", "a", "c", cls="ReadsView")
    )
    (problem,) = static_checks(config).errors
    assert "depends_on" in problem


def test_a_settings_problem_is_reported_with_its_path() -> None:
    sql = ComponentConfig("b", ComponentType.SOURCE, "ppf_core.batch.Sql", config={"query": "x", "agrs": {}})
    (problem,) = static_checks(pipeline(step("a"), sql)).error_problems
    assert problem.path == "components[1].config.agrs"
    assert problem.message.endswith('(component "b")')


def test_a_check_that_could_never_work_is_a_problem_with_its_place_and_name() -> None:
    (problem,) = static_checks(pipeline(step("a"), quality=BAD_QUALITY)).errors
    assert problem.startswith('quality.checks[1]: check "columns of v": ')
    assert "biggint" in problem


def test_assembling_a_check_that_could_never_work_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r'quality.checks\[1\]: check "columns of v": .*biggint'):
        assemble(pipeline(step("a"), quality=BAD_QUALITY))


def test_a_provider_whose_own_secret_is_missing_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"secrets.providers.vault: .*secret://env/NOT_SET_AT_ALL"):
        SimplePipelineRunner.assembled(assemble(pipeline(step("a"), secrets=NOT_SET)))


def test_a_metrics_registry_whose_library_is_missing_is_a_config_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    hooks = HooksConfig(metrics=MetricsHooksConfig(registry=MetricsRegistryKind.OPENTELEMETRY))
    with pytest.raises(ConfigError, match=r"hooks.metrics.registry: .*opentelemetry"):
        assemble(pipeline(step("a"), hooks=hooks))
