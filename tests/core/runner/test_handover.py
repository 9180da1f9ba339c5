"""Hand-overs as far as they need no Spark."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.config import (
    CheckpointConfig,
    ConfigError,
    PipelineConfig,
    SparkConfig,
    load_from_string,
    validate_pipeline,
)
from ppf_core.runner import (
    Action,
    CheckpointHooks,
    CheckpointState,
    CheckpointUnreadableError,
    CompletedComponent,
    ComponentResult,
    HandOverRecord,
    LocalCheckpointStore,
    NoOpHooks,
    PipelineHooks,
    PipelineResult,
    PipelineResultStatus,
    SimplePipelineRunner,
    compute_pipeline_fingerprint,
)
from ppf_core.runner.handover import (
    HandOver,
    HandOverDamagedError,
    LocalFiles,
    Manifest,
    ViewFiles,
    component_fingerprint,
)
from ppf_core.runner.handover.names import directory_name, is_directory_name
from ppf_core.runner.planning.restores import plan_with_restores
from ppf_core.session import SparkSessionWrapper
from tests.support.completed import completed_components, records
from tests.support.pipelines import pipeline, step

CHAIN = pipeline(step("read", kind="source"), step("clean", "read"), step("write", "clean", kind="sink"))
DONE = completed_components(
    {"read", "clean"},
    {"read": ["raw"], "clean": ["clean"]},
    {name: HandOverRecord(f"try-1/{name}-1", "0") for name in ("read", "clean")},
)
SCHEMA = {"type": "struct", "fields": [{"name": "a", "type": "long", "nullable": True, "metadata": {}}]}


def manifest(**changes: Any) -> Manifest:
    view = ViewFiles("clean", "clean-abc", SCHEMA, {"part-0.parquet": 3})
    made = Manifest(("p", "r"), "clean", component_fingerprint(CHAIN, "clean"), (view,))
    return replace(made, **changes)


def laid_down(root: Path, made: Manifest | None = None, content: bytes | None = None) -> HandOverRecord:
    """Write a hand-over of `clean` as `HandOver` writes it, without Spark."""
    content = (made or manifest()).to_json() if content is None else content
    directory = root / "handover" / directory_name("p", "r") / "try-1" / "clean-1"
    (directory / "clean-abc").mkdir(parents=True)
    (directory / "clean-abc" / "part-0.parquet").write_bytes(b"abc")
    (directory / "clean-abc" / ".part-0.parquet.crc").write_bytes(b"not looked at")
    (directory / "clean-abc" / "_SUCCESS").write_bytes(b"")
    (directory / "manifest.json").write_bytes(content)
    return HandOverRecord("try-1/clean-1", hashlib.sha256(content).hexdigest())


def verify(root: Path, record: HandOverRecord) -> Manifest:
    session = SparkSessionWrapper()
    verified = HandOver(CHAIN, session, root=str(root), run=("p", "r")).verify("clean", record, ["clean"])
    assert not session.started
    return verified


def test_a_whole_hand_over_is_verified_without_spark(tmp_path: Path) -> None:
    assert verify(tmp_path, laid_down(tmp_path)) == manifest()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"run": ("p", "other")}, "of run"),
        ({"component": "read"}, "component 'read'"),
        ({"fingerprint": "0"}, "have changed since"),
        (
            {"views": (ViewFiles("x", "clean-abc", SCHEMA, {"part-0.parquet": 3}),)},
            "expected the views clean",
        ),
        ({"views": (ViewFiles("clean", "other", SCHEMA, {"part-0.parquet": 3}),)}, "No such file"),
        ({"views": (ViewFiles("clean", "..", SCHEMA, {"part-0.parquet": 3}),)}, "invalid path"),
        ({"views": (ViewFiles("clean", "/etc", SCHEMA, {"part-0.parquet": 3}),)}, "invalid path"),
        ({"views": (ViewFiles("clean", "clean-abc", SCHEMA, {"../x": 3}),)}, "invalid files"),
        ({"views": (ViewFiles("clean", "clean-abc", SCHEMA, {"part-0.parquet": 4}),)}, "has 3 bytes, not 4"),
        ({"views": (ViewFiles("clean", "clean-abc", SCHEMA, {"part-1.parquet": 3}),)}, "is missing"),
        (
            {"views": (ViewFiles("clean", "clean-abc", {"type": "long"}, {"part-0.parquet": 3}),)},
            "invalid schema",
        ),
        ({"views": ()}, "invalid views"),
    ],
)
def test_a_foreign_or_forged_manifest_is_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    record = laid_down(tmp_path, manifest(**changes))
    with pytest.raises(HandOverDamagedError, match=reason) as caught:
        verify(tmp_path, record)
    assert caught.value.component == "clean"


def test_a_type_that_would_import_a_module_of_anyones_is_refused() -> None:
    foreign = {"type": "udt", "pyClass": "os.path.Evil", "sqlType": "long"}
    schema = {"type": "struct", "fields": [{"name": "a", "type": foreign, "nullable": True, "metadata": {}}]}
    with pytest.raises(ValueError, match="only user-defined types that ship with Spark"):
        Manifest.from_json(manifest(views=(ViewFiles("v", "v", schema, {"part-0": 1}),)).to_json())
    foreign["pyClass"] = "pyspark.ml.linalg.VectorUDT"
    Manifest.from_json(manifest(views=(ViewFiles("v", "v", schema, {"part-0": 1}),)).to_json())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b"\xff", b"[" * 100_000])
def test_a_torn_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(HandOverDamagedError, match="manifest"):
        verify(tmp_path, laid_down(tmp_path, content=content))


@given(
    st.sampled_from(["format", "run", "component", "fingerprint", "views"]),
    st.none() | st.booleans() | st.floats() | st.lists(st.integers(), min_size=1) | st.just({}),
)
def test_a_manifest_with_a_part_of_another_kind_is_refused(key: str, value: Any) -> None:
    document = json.loads(manifest().to_json()) | {key: value}
    with pytest.raises(ValueError, match="its manifest has an invalid"):
        Manifest.from_json(json.dumps(document).encode())


@pytest.mark.parametrize("rows", [-1, True, "3", 1.0])
def test_a_manifest_with_impossible_rows_is_refused(rows: Any) -> None:
    document = json.loads(manifest(views=(ViewFiles("v", "v", SCHEMA, {"part-0": 1}, 3),)).to_json())
    assert Manifest.from_json(json.dumps(document).encode()).views[0].rows == 3
    document["views"][0]["rows"] = rows
    with pytest.raises(ValueError, match="rows"):
        Manifest.from_json(json.dumps(document).encode())


def test_another_manifest_in_its_place_is_refused(tmp_path: Path) -> None:
    record = replace(laid_down(tmp_path), manifest_sha256="0" * 64)
    with pytest.raises(HandOverDamagedError, match="its manifest has changed since the checkpoint was saved"):
        verify(tmp_path, record)


def test_a_link_that_leads_out_of_the_runs_directory_is_refused(tmp_path: Path) -> None:
    record = laid_down(tmp_path / "root")
    directory = tmp_path / "root" / "handover" / directory_name("p", "r") / "try-1" / "clean-1" / "clean-abc"
    directory.rename(tmp_path / "elsewhere")
    directory.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HandOverDamagedError, match="leads out of"):
        verify(tmp_path / "root", record)


def test_local_files_do_not_leave_their_root(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "root")
    for path in ("..", "../root2/x", "/etc/passwd", "a/../../x"):
        with pytest.raises(OSError, match="leads out of"):
            files.read(path)
        with pytest.raises(OSError, match="leads out of"):
            files.remove(path)


@given(st.text(), st.text())
def test_any_two_texts_have_two_directories_of_harmless_names(first: str, second: str) -> None:
    assert is_directory_name(directory_name(first))
    assert (directory_name(first).lower() == directory_name(second).lower()) == (first == second)
    assert directory_name(first, second) != directory_name(first + second, "") or not second


def test_settings_upstream_are_in_a_components_fingerprint_and_those_beside_it_are_not() -> None:
    changed = replace(CHAIN, components=[step("read", config={"x": 1}, kind="source"), *CHAIN.components[1:]])
    assert component_fingerprint(CHAIN, "clean") != component_fingerprint(changed, "clean")
    beside = replace(CHAIN, components=[*CHAIN.components, step("other", "read", config={"x": 1})])
    assert component_fingerprint(CHAIN, "clean") == component_fingerprint(beside, "clean")


def test_a_damaged_hand_over_is_replayed_with_a_warning_and_more_is_looked_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    looked_at = []

    def clean_is_damaged(name: str) -> None:
        looked_at.append(name)
        if name == "clean":
            raise HandOverDamagedError(name, "file part-0 is missing")

    plan = plan_with_restores(CHAIN, DONE, clean_is_damaged)
    assert [each.action for each in plan.steps] == [Action.RESTORE, Action.REPLAY, Action.RUN]
    assert looked_at == ["clean", "read"]
    assert "'clean' cannot be restored: file part-0 is missing; the component is replayed" in caplog.text


def test_a_sound_hand_over_makes_those_upstream_of_no_interest() -> None:
    looked_at: list[str] = []
    plan = plan_with_restores(CHAIN, DONE, looked_at.append)
    assert [each.action for each in plan.steps] == [Action.SKIP, Action.RESTORE, Action.RUN]
    assert looked_at == ["clean"]


def recorded(root: Path) -> LocalCheckpointStore:
    store = LocalCheckpointStore(root)
    state = CheckpointState("r", "p", compute_pipeline_fingerprint(CHAIN), ["read", "clean"])
    state.records = records(
        ("read", "clean"), {"read": ["raw"], "clean": ["clean"]}, {"clean": laid_down(root)}
    )
    store.save(state)
    return store


def test_a_plan_looks_at_the_hand_overs_without_starting_spark(tmp_path: Path) -> None:
    config = replace(CHAIN, checkpoint=CheckpointConfig(str(tmp_path)))
    runner = SimplePipelineRunner(config, run_id="r", checkpoint_store=recorded(tmp_path))
    assert runner.plan(resume=True).names(Action.RESTORE) == ["clean"]
    next(tmp_path.glob("handover/*/*/*/*/part-0.parquet")).unlink()
    assert runner.plan(resume=True).names(Action.REPLAY) == ["read", "clean"]
    assert not runner.session.started


def test_without_a_root_what_was_handed_over_is_replayed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runner = SimplePipelineRunner(CHAIN, run_id="r", checkpoint_store=recorded(tmp_path))
    assert runner.plan(resume=True).names(Action.REPLAY) == ["read", "clean"]
    assert "checkpoint.root is not set any more" in caplog.text


class AuditedCheckpoint(CheckpointHooks):
    """A user's own kind of checkpoint, whose last save fails."""

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Fail."""
        raise OSError("disk full")


class UnrelatedHooks(NoOpHooks):
    """A hook that saves nothing and shares only its name with the checkpoint's."""

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Fail."""
        raise OSError("mail server down")


UnrelatedHooks.__name__ = "CheckpointHooks"


@pytest.mark.parametrize(
    ("failing", "is_kept"),
    [
        (AuditedCheckpoint(LocalCheckpointStore("unused"), "r", "f"), True),
        (UnrelatedHooks(), False),
    ],
    ids=["a checkpoint could not be saved", "a hook of that name failed"],
)
def test_hand_overs_stay_only_if_the_end_of_the_run_is_not_in_its_checkpoint(
    failing: PipelineHooks, is_kept: bool, tmp_path: Path
) -> None:
    failing.before_pipeline = failing.after_component = lambda *_: None  # type: ignore[method-assign]
    store = recorded(tmp_path)
    state = store.load("r", "p")
    assert state is not None
    state.completed_components.append("write")
    store.save(state)
    config = replace(CHAIN, checkpoint=CheckpointConfig(str(tmp_path)))
    runner = SimplePipelineRunner(config, hooks=failing, run_id="r", checkpoint_store=store)
    result = runner.run(resume=True)
    assert result.status is PipelineResultStatus.SUCCESS
    assert [error.hook_type for error in result.hook_errors] == [type(failing)]
    assert bool(list(tmp_path.glob("handover/**/manifest.json"))) is is_kept


@pytest.mark.parametrize(
    "config",
    [
        replace(CHAIN, checkpoint=CheckpointConfig(materialize=True)),
        pipeline(step("clean", materialize=True)),
    ],
    ids=["pipeline", "component"],
)
def test_materialising_without_a_place_is_a_config_error(config: PipelineConfig) -> None:
    with pytest.raises(ConfigError, match=r"checkpoint\.root: expected a folder.*since clean materializes"):
        SimplePipelineRunner(config).run()


def test_a_remote_root_over_spark_connect_is_a_config_error() -> None:
    config = replace(
        CHAIN,
        checkpoint=CheckpointConfig("s3a://bucket/x", materialize=True),
        spark=SparkConfig("app", master="local", spark_conf={"spark.remote": "sc://nowhere"}),
    )
    with pytest.raises(ConfigError, match="Spark Connect server share, got s3a://bucket/x"):
        SimplePipelineRunner(config).run()


@pytest.mark.parametrize(
    "record", [1, {}, {"directory": "a/b"}, {"directory": 1, "manifest_sha256": "x"}, {"x": "y"}]
)
def test_a_checkpoint_with_a_wrong_hand_over_is_unreadable(record: Any) -> None:
    document = CheckpointState("r", "p", "f").to_dict() | {
        "records": {"clean": {"views": ["v"], "handover": record}}
    }
    with pytest.raises(CheckpointUnreadableError, match=r"records\.clean\.handover"):
        CheckpointState.from_dict(document, "there")


def test_a_checkpoint_comes_back_with_its_hand_overs() -> None:
    state = CheckpointState(
        "r",
        "p",
        "f",
        records=records(["clean"], {"clean": ["v"]}, {"clean": HandOverRecord("try-1/x-1", "ab")}),
    )
    assert CheckpointState.from_json(state.to_json(), "there") == state


BASE = (
    "name = p, version = 1, components = [{{ name = a, component_type = {kind}, class_path = x.Y {more} }}]"
)


@pytest.mark.parametrize(
    ("kind", "more", "whole", "expected"),
    [
        ("transformation", "", False, False),
        ("transformation", "", True, True),
        ("transformation", ", materialize = false", True, False),
        ("transformation", ", materialize = true", False, True),
        ("source", "", True, False),
        ("source", ", materialize = yes", True, True),
        ("sink", "", True, False),
        ("sink", ", materialize = false", True, False),
    ],
)
def test_what_is_materialised_is_what_says_so_and_for_the_whole_pipeline_its_transformations(
    kind: str, more: str, whole: bool, expected: bool
) -> None:
    text = (
        BASE.format(kind=kind, more=more) + f"\ncheckpoint {{ materialize = {str(whole).lower()}, root = x }}"
    )
    config = load_from_string(text, PipelineConfig)
    assert config.materializes(config.components[0]) is expected


def test_a_sink_that_is_to_be_materialised_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="expected no materialize on a sink"):
        load_from_string(BASE.format(kind="sink", more=", materialize = true"), PipelineConfig)


def test_a_restored_component_does_not_count_as_one_that_succeeded_in_this_run() -> None:
    results = [ComponentResult("a", True, 1, restored=True), ComponentResult("b", False, 1, ValueError())]
    result = PipelineResult(PipelineResultStatus.SUCCESS, "p", results)
    result.conclude()
    assert (result.restored_components, result.completed_components) == (["a"], [])
    assert result.status is PipelineResultStatus.FAILURE


def test_validation_warns_of_materialising_without_a_place() -> None:
    config = replace(CHAIN, checkpoint=CheckpointConfig(materialize=True))
    warnings = validate_pipeline(config).warnings
    assert warnings == ['checkpoint.root: expected a root, to materialize the views of "clean", got none']
    assert (
        validate_pipeline(replace(config, checkpoint=CheckpointConfig("x", materialize=True))).warnings == []
    )


@pytest.mark.parametrize(
    "record",
    [HandOverRecord("try-1/x-1", "ab"), HandOverRecord(session="cd"), HandOverRecord("t/x", "ab", "cd")],
)
def test_a_checkpoint_keeps_how_a_hand_over_is_found_in_a_shared_session(record: HandOverRecord) -> None:
    state = CheckpointState(
        "r", "p", "f", records={"clean": CompletedComponent(views=("v",), handover=record)}
    )
    assert CheckpointState.from_json(state.to_json(), "x").records["clean"].handover == record
    assert CheckpointState.from_dict(state.to_dict(), "x").records["clean"].handover == record


def test_a_checkpoint_names_no_shared_session_that_there_was_not() -> None:
    state = CheckpointState(
        "r",
        "p",
        "f",
        records=records(["clean"], {"clean": ["v"]}, {"clean": HandOverRecord("try-1/x-1", "ab")}),
    )
    assert state.to_dict()["records"] == {
        "clean": {"views": ["v"], "handover": {"directory": "try-1/x-1", "manifest_sha256": "ab"}}
    }
