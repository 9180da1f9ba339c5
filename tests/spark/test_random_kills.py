"""`kill -9` at random moments of the example pipeline; `python -m benchmarks random_kills` does it fifty times."""

from __future__ import annotations

import random

import pytest

from benchmarks.random_kills import RandomKills

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> RandomKills:
    return RandomKills(tmp_path_factory.mktemp("kills"))


@pytest.mark.parametrize("third", range(3))
def test_killed_at_a_chance_moment_and_tried_again_the_example_comes_to_what_it_comes_to_undisturbed(
    kills: RandomKills, third: int
) -> None:
    moment = (third + random.Random(third).random()) / 3 * kills.seconds
    outcome = kills.strike(third, moment, with_jvm=third % 2 == 0)
    assert outcome.problems == []
    assert outcome.exit_codes[-1] == 0
