"""Two runs of one DAG on one day, side by side: what is kept of a try is its own run's."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from dev.airflow_client import AirflowClient
from tests.support.ledger_run import FIRST_STEPS, LAST_STEPS, LedgerRun

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]


def test_a_run_resumes_from_its_own_try_and_not_from_the_other_run_of_its_day(
    ledger: LedgerRun, airflow_client: AirflowClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sound = LedgerRun(airflow_client, tmp_path_factory.mktemp("ledger"))
    ledger.trigger("ledger_retried", logical_date=datetime(2013, 12, 24, 3, tzinfo=timezone.utc), times=1)
    sound.trigger("ledger_retried", logical_date=datetime(2013, 12, 24, 5, tzinfo=timezone.utc))
    ledger.wait_for("success")
    sound.wait_for("success")

    ledger.assert_resumed()
    assert sound.steps() == FIRST_STEPS + LAST_STEPS
    sound.assert_data_equals_pandas()
