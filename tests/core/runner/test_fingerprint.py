from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ppf_core.config import PipelineConfig, RetryConfig
from ppf_core.runner import compute_pipeline_fingerprint
from tests.support.pipelines import pipeline, step

BASE = pipeline(step("a"), step("b", "a"), step("c", "a", "b"))

Structure = list[tuple[str, str, list[str]]]


def of(structure: Structure) -> PipelineConfig:
    return pipeline(
        *(replace(step(name, *upstream), class_path=class_path) for name, class_path, upstream in structure)
    )


def test_it_is_sha_256_in_hex() -> None:
    assert re.fullmatch("[0-9a-f]{64}", compute_pipeline_fingerprint(BASE))


def test_it_stays_the_same_from_release_to_release() -> None:
    assert compute_pipeline_fingerprint(BASE) == compute_pipeline_fingerprint(
        pipeline(step("a"), step("b", "a"), step("c", "a", "b"))
    )
    assert compute_pipeline_fingerprint(of([("a", "tests.steps.Step", [])])).startswith("69964e5a"), (
        "a changed form makes every stored checkpoint unusable: raise the checkpoint's format version"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"config": {"label": "other"}},
        {"enabled": False},
        {"retry": RetryConfig()},
        {"outputs": ["v"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_settings_do_not_change_it(change: dict[str, object]) -> None:
    tuned = pipeline(replace(BASE.components[0], **change), *BASE.components[1:])  # type: ignore[arg-type]
    assert compute_pipeline_fingerprint(tuned) == compute_pipeline_fingerprint(BASE)


@pytest.mark.parametrize(
    "change",
    [{"name": "z"}, {"class_path": "tests.support.components.NoOp"}, {"depends_on": ["a"]}],
    ids=lambda change: next(iter(change)),
)
def test_structure_changes_it(change: dict[str, object]) -> None:
    changed = pipeline(*BASE.components[:2], replace(BASE.components[2], **change))  # type: ignore[arg-type]
    assert compute_pipeline_fingerprint(changed) != compute_pipeline_fingerprint(BASE)


def test_the_pipelines_own_name_and_version_do_not_change_it() -> None:
    assert compute_pipeline_fingerprint(replace(BASE, name="q", version="2")) == compute_pipeline_fingerprint(
        BASE
    )


names = st.text(st.sampled_from('ab",|:;[]\n\\'), min_size=1, max_size=4)
structures = st.lists(
    st.tuples(names, names, st.lists(names, max_size=3)), max_size=4, unique_by=lambda each: each[0]
)


@given(structures, st.randoms())
def test_the_order_of_components_and_dependencies_does_not_matter(structure: Structure, rng: object) -> None:
    shuffled = [(name, class_path, list(reversed(upstream))) for name, class_path, upstream in structure]
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compute_pipeline_fingerprint(of(shuffled)) == compute_pipeline_fingerprint(of(structure))


@given(structures, structures)
def test_different_structures_never_share_one(first: Structure, second: Structure) -> None:
    def canonical(structure: Structure) -> Structure:
        return sorted((name, class_path, sorted(set(upstream))) for name, class_path, upstream in structure)

    assume(canonical(first) != canonical(second))
    assert compute_pipeline_fingerprint(of(first)) != compute_pipeline_fingerprint(of(second))
