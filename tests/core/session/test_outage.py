"""A dead server is waited for once, not once a call."""

from __future__ import annotations

from ppf_core.session.outage import OUTAGE_SECONDS, Outage


def test_the_calls_of_one_outage_wait_no_longer_than_one() -> None:
    now = 100.0
    outage = Outage(lambda: now)
    assert outage.is_worth_a_retry()
    now += OUTAGE_SECONDS - 0.1
    assert outage.is_worth_a_retry()
    now += 0.1
    assert not outage.is_worth_a_retry()
    now += 29.0
    assert not outage.is_worth_a_retry()


def test_a_later_outage_is_waited_for_again() -> None:
    now = 100.0
    outage = Outage(lambda: now)
    outage.is_worth_a_retry()
    now += OUTAGE_SECONDS
    outage.is_worth_a_retry()
    now += 30.1
    assert outage.is_worth_a_retry()
