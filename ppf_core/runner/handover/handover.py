"""Hand-over: writes views of components as Parquet, verifies and restores them."""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.component import ComponentError, DataCount, DataKind, RowCounter
from ppf_core.config import ConfigError, Problem
from ppf_core.runner.completed import HandOverRecord
from ppf_core.runner.views.temp_views import quoted

from .errors import HandOverDamagedError
from .files import HadoopFiles, LocalFiles
from .fingerprint import component_fingerprint
from .manifest import Manifest, ViewFiles
from .names import directory_name, is_directory_name
from .sharing import check_sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from contextlib import AbstractContextManager

    from pyspark.sql import DataFrame

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.session import SparkSessionWrapper

    from .files import Files

    Redefining = Callable[[Collection[str]], AbstractContextManager[Collection[str]]]
    """Takes the views that are about to be redefined, and yields those that may be."""

__all__ = ["HandOver", "remove_handover"]

logger = logging.getLogger(__name__)

_FOLDER = "handover"
_MANIFEST = "manifest.json"


class HandOver:
    """Writes the views of materialised components as Parquet and restores them.

    The layout is `ROOT/handover/RUN/TRY/COMPONENT/VIEW`, with a manifest for each component, which is written last.
    Each write uses a new directory, so that a view may be computed from an earlier version of itself.

    `counts` has the rows and bytes of each component that was written or restored.

    Args:
        config: The pipeline.
        session: The session of the views.
        root: A local folder, or an address that Spark can write to.
        run: The run key, which is the same in each try.

    Raises:
        ConfigError: the root does not work with this session.
    """

    def __init__(
        self, config: PipelineConfig, session: SparkSessionWrapper, *, root: str, run: Sequence[str]
    ) -> None:
        self._config = config
        self._session = session
        self._run = tuple(run)
        self._root = root
        self._files = _files(root, directory_name(*self._run), session)
        self._try = f"try-{uuid.uuid4().hex[:12]}"
        self.counts: dict[str, tuple[DataCount, ...]] = {}

    @property
    def location(self) -> str:
        """The directory of the run."""
        return self._files.spark_path("")

    @property
    def needs_spark(self) -> bool:
        """Whether reading a hand-over takes a Spark session."""
        return self._files.needs_spark

    def check_sharing(self) -> None:
        """Check that this process and Spark's executors share the root; starts the session.

        Raises:
            ConfigError: they do not share it.
        """
        check_sharing(self._files, self._session, self._root, f"probe-{uuid.uuid4().hex[:12]}")

    def write(
        self, component: ComponentConfig, views: Collection[str], redefining: Redefining = nullcontext
    ) -> HandOverRecord | None:
        """Write the views of a component, redefine each view to read its Parquet files, and return a record of it.

        A view that `redefining` does not yield is left out: it was replaced in the meantime. If no view is left, the
        result is `None`.

        Raises:
            ComponentError: a view cannot be written as Parquet, or this process does not see the files.
        """
        directory = f"{self._try}/{directory_name(component.name)}-{uuid.uuid4().hex[:8]}"
        written = tuple(self._write_view(component, view, directory) for view in views)
        fingerprint = component_fingerprint(self._config, component.name)
        # After all writes, because a view may be computed from another.
        with redefining(views) as current:
            written = tuple(entry for entry in written if entry.view in current)
            self._count(component.name, written)
            if not written:
                return None
            content = Manifest(self._run, component.name, fingerprint, written).to_json()
            self._files.write(f"{directory}/{_MANIFEST}", content)
            for entry in written:
                self._define(entry, directory)
        return HandOverRecord(directory, hashlib.sha256(content).hexdigest())

    def verify(self, name: str, record: HandOverRecord, views: Iterable[str]) -> Manifest:
        """Check the files of a hand-over of the component `name`, and return its manifest.

        Raises:
            HandOverDamagedError: a file is missing, changed or unknown, or the hand-over is that of another run.
        """
        try:
            manifest = self._manifest(name, record)
            _compare_views(manifest, views)
            for entry in manifest.views:
                self._compare_files(entry, record.directory)
        except (OSError, ValueError) as error:
            raise HandOverDamagedError(name, str(error)) from error
        return manifest

    def restore(
        self, name: str, record: HandOverRecord, views: Collection[str], redefining: Redefining = nullcontext
    ) -> None:
        """Define the views of the component `name` from its hand-over.

        Raises:
            HandOverDamagedError: as `verify`.
        """
        manifest = self.verify(name, record, views)
        with redefining(views):
            for entry in manifest.views:
                self._define(entry, record.directory)
        self._count(name, manifest.views)

    def remove(self) -> None:
        """Remove the hand-overs of all tries of the run; log a warning for what cannot be removed."""
        self._remove([""])

    def remove_all_but(self, kept: Iterable[HandOverRecord]) -> None:
        """Remove the hand-overs of all tries of the run, except `kept`; log warnings as `remove` does."""
        directories = {record.directory for record in kept if record.is_written}
        tries = {directory.partition("/")[0] for directory in directories}
        try:
            unused = [name for name in self._files.sizes("") if name not in tries]
            for name in tries:
                components = [f"{name}/{component}" for component in self._files.sizes(name)]
                unused += [path for path in components if path not in directories]
        except OSError as error:
            logger.warning("Could not list the old hand-overs in %s: %s", self.location, error)
            return
        self._remove(unused)

    def _count(self, component: str, views: Iterable[ViewFiles]) -> None:
        self.counts[component] = tuple(
            DataCount(entry.view, entry.rows, sum(entry.files.values()), DataKind.VIEW) for entry in views
        )

    def _remove(self, paths: list[str]) -> None:
        for path in paths:
            try:
                self._files.remove(path)
            except Exception as error:  # noqa: BLE001 - the run has ended; this must not change its outcome
                logger.warning("Could not remove the hand-over %s: %s", self._files.spark_path(path), error)

    def _manifest(self, name: str, record: HandOverRecord) -> Manifest:
        segments = record.directory.split("/")
        if len(segments) != 2 or not all(map(is_directory_name, segments)):
            raise ValueError(
                f"its checkpoint names {record.directory!r}, which is not a directory inside that of the run"
            )
        content = self._files.read(f"{record.directory}/{_MANIFEST}")
        if hashlib.sha256(content).hexdigest() != record.manifest_sha256:
            raise ValueError("its manifest has changed since the checkpoint was saved")
        manifest = Manifest.from_json(content)
        if (manifest.run, manifest.component) != (self._run, name):
            raise ValueError(
                f"its manifest is that of component {manifest.component!r} of run {manifest.run!r}"
            )
        if manifest.fingerprint != component_fingerprint(self._config, name):
            raise ValueError("settings of the component, or of an upstream component, have changed since")
        return manifest

    def _compare_files(self, entry: ViewFiles, directory: str) -> None:
        sizes = self._files.sizes(f"{directory}/{entry.path}")
        if sizes == entry.files:
            return
        for name, size in entry.files.items():
            if name not in sizes:
                raise ValueError(f"file {name} of view {entry.view!r} is missing")
            if sizes[name] != size:
                raise ValueError(f"file {name} of view {entry.view!r} has {sizes[name]} bytes, not {size}")
        raise ValueError(f"view {entry.view!r} has unknown files: {_listed(set(sizes) - set(entry.files))}")

    def _write_view(self, component: ComponentConfig, view: str, directory: str) -> ViewFiles:
        frame = self._session.spark.table(quoted(view))
        self._refuse_columns(component, view, frame)
        path = directory_name(view)
        address = self._files.spark_path(f"{directory}/{path}")
        counter = RowCounter()
        counter.watch(frame).write.mode("error").parquet(address)
        try:
            files = self._files.sizes(f"{directory}/{path}")
        except OSError as error:
            files, reason = {}, f": {error}"
        else:
            reason = ""
        if not files:
            raise ComponentError(
                f"component {component.name!r}: view {view!r} was materialised to {address}, but this process does "
                f"not see its files{reason}; checkpoint.root must be shared by this process and Spark's executors"
            )
        return ViewFiles(view, path, frame.schema.jsonValue(), files, counter.rows)

    def _refuse_columns(self, component: ComponentConfig, view: str, frame: DataFrame) -> None:
        problem = f"component {component.name!r}: view {view!r} cannot be materialised"
        if not frame.columns:
            raise ComponentError(f"{problem}: it has no columns, but Parquet needs at least one")
        exact = self._session.spark.conf.get("spark.sql.caseSensitive") == "true"
        counts = Counter(column if exact else column.lower() for column in frame.columns)
        if duplicates := sorted(name for name, count in counts.items() if count > 1):
            raise ComponentError(
                f"{problem}: expected unique column names, got {_listed(duplicates)} more than once; "
                "rename columns, or set materialize = false for this component"
            )

    def _define(self, entry: ViewFiles, directory: str) -> None:
        from pyspark.sql.types import StructType

        # With the schema, Spark does not open a file to infer it. The options make sure that all files are read: the
        # path is not a glob, and no setting of the session may skip a file that cannot be read.
        reader = self._session.spark.read.schema(StructType.fromJson(entry.schema)).options(
            __globPaths__="false",
            ignoreCorruptFiles="false",
            ignoreMissingFiles="false",
            mergeSchema="false",
            recursiveFileLookup="false",
        )
        frame = reader.parquet(self._files.spark_path(f"{directory}/{entry.path}"))
        frame.createOrReplaceTempView(quoted(entry.view))


def remove_handover(root: str, run: Sequence[str]) -> None:
    """Remove the hand-overs of a run, without Spark, when its checkpoint is deleted.

    Raises:
        OSError: a file cannot be removed.
    """
    name = directory_name(*run)
    if (local := _local(root)) is not None:
        LocalFiles(local / _FOLDER / name).remove("")
        return
    from upath import UPath

    directory = UPath(root) / _FOLDER / name
    if directory.exists():
        directory.fs.rm(directory.path, recursive=True)


def _compare_views(manifest: Manifest, views: Iterable[str]) -> None:
    if (stored := {entry.view for entry in manifest.views}) != set(views):
        raise ValueError(f"expected the views {_listed(views)}, got {_listed(stored)}")


def _files(root: str, run_directory: str, session: SparkSessionWrapper) -> Files:
    if (local := _local(root)) is not None:
        return LocalFiles(local / _FOLDER / run_directory)
    if session.is_connect_mode:
        message = (
            f"expected a folder that this process and the Spark Connect server share, got {root}; "
            "on Spark Connect, views cannot be materialised elsewhere"
        )
        raise ConfigError([Problem("checkpoint.root", message)])
    return HadoopFiles(f"{root.rstrip('/')}/{_FOLDER}/{run_directory}", session)


def _local(root: str) -> Path | None:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", root)
    if scheme is not None and scheme.group(1).lower() != "file":
        return None
    return Path(re.sub(r"^file:(//)?", "", root, flags=re.IGNORECASE)).expanduser()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
