"""Published views: hand-overs through a shared Spark Connect session, without writing Parquet."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ppf_core.runner.views.temp_views import PUBLISHED, quoted

from .fingerprint import component_fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.session import SharedSession, SparkSessionWrapper

    from .handover import Redefining

__all__ = ["PublishedViews"]

logger = logging.getLogger(__name__)

_PARALLEL_CALLS = 4
"""Parallel calls to the server; a call spends most of its time waiting."""


class PublishedViews:
    """Publishes views of components in a shared session, and defines them in sessions cloned from it.

    Each execution of a component publishes its views under a new token, so that no task gets the views of an older
    try, or of a component that has not ended. The names in the shared session are derived from run, component, the
    fingerprint of the component and the token, so that a token is invalid in other runs and after a change of settings.

    Args:
        config: The pipeline, as written.
        session: The session of this process, a clone of `shared`.
        shared: The session to publish in.
        run: The run key, which is the same in each try.
    """

    def __init__(
        self,
        config: PipelineConfig,
        session: SparkSessionWrapper,
        shared: SharedSession,
        run: Sequence[str],
    ) -> None:
        self._config = config
        self._session = session
        self._shared = shared
        self._run = tuple(run)

    def publish(self, component: ComponentConfig, views: Collection[str], token: str | None = None) -> str:
        """Publish the views, and return their token, or an empty string after a failure.

        A new token is made unless `token` is given. A failure is only logged: tasks that need the views replay the
        component.
        """
        token = token or uuid.uuid4().hex
        try:
            hub = self._shared.hub(self._session.spark)
            _for_each(views, lambda view: self._copy(hub, view, self._name(component.name, token, view)))
        except Exception as error:  # noqa: BLE001 - a lost server raises many kinds of errors
            logger.warning(
                "Could not publish the views of %s in the shared session: %s: %s",
                component.name,
                type(error).__name__,
                str(error).partition("\n")[0],
            )
            return ""
        return token

    def holds(self, name: str, token: str, views: Collection[str]) -> bool:
        """Return whether all `views` of the component `name` are published under `token`; starts the session."""
        return bool(token) and {self._name(name, token, view) for view in views} <= self._published

    def define(
        self, name: str, token: str, views: Collection[str], redefining: Redefining = nullcontext
    ) -> None:
        """Define the published views of the component `name` as temp views of this session."""
        spark = self._session.spark
        with redefining(views):
            _for_each(
                views,
                lambda view: spark.table(self._name(name, token, view)).createOrReplaceTempView(quoted(view)),
            )

    @cached_property
    def _published(self) -> set[str]:
        rows = self._session.spark.sql(f"SHOW VIEWS LIKE '{PUBLISHED}*'").collect()
        return {row["viewName"] for row in rows}

    @cached_property
    def _global_database(self) -> str:
        return self._session.spark.conf.get("spark.sql.globalTempDatabase", None) or "global_temp"

    def _copy(self, hub: Any, view: str, name: str) -> None:
        """Define a view of this session in the session `hub`, by way of a short-lived global temp view."""
        spark = self._session.spark
        bridge = f"__ppf_bridge_{uuid.uuid4().hex}"
        spark.table(quoted(view)).createGlobalTempView(bridge)
        try:
            hub.table(f"{self._global_database}.{bridge}").createOrReplaceTempView(name)
        finally:
            spark.sql(f"DROP VIEW {self._global_database}.{bridge}")

    def _name(self, component: str, token: str, view: str) -> str:
        origin = [*self._run, component, component_fingerprint(self._config, component), token, view]
        return PUBLISHED + hashlib.sha256(json.dumps(origin).encode("ascii")).hexdigest()


def _for_each(views: Collection[str], action: Callable[[str], None]) -> None:
    if len(views) == 1:
        action(*views)
        return
    with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
        list(threads.map(action, views))
