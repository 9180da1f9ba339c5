"""Views that are handed on in a Spark Connect session which several processes share, without being written."""

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

_CALLS_AT_ONCE = 4
"""To the server; most of a call's time is waiting."""


class PublishedViews:
    """Puts the views of components into a shared session, and defines them anew in the sessions that are its clones.

    What is published of a component is found under a token, which is another one each time that it runs: nobody meets
    views of an older try, or of one that has not ended. The names in the shared session also come from run, component
    and the component's fingerprint, so that a token leads to nothing where it does not belong, or where settings have
    changed.

    Args:
        config: The pipeline, as written.
        session: The session of this process, which begins as a clone of `shared`.
        shared: Where to publish.
        run: What tells the run from all others, the same in each of its tries.
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
        """Put the views into the shared session; under which token, or an empty text where that failed.

        The token is a new one unless one is given. That it failed is no reason for the component to fail: whoever
        needs its views makes them again.
        """
        token = token or uuid.uuid4().hex
        try:
            hub = self._shared.hub(self._session.spark)
            _each(views, lambda view: self._pass_on(hub, view, self._name(component.name, token, view)))
        except Exception as error:  # noqa: BLE001 - a server that has gone raises all kinds
            logger.warning(
                "Could not put the views of %s into the shared session: %s: %s",
                component.name,
                type(error).__name__,
                str(error).partition("\n")[0],
            )
            return ""
        return token

    def holds(self, name: str, token: str, views: Collection[str]) -> bool:
        """Whether this session has all these views of the component `name`; starts the session."""
        return bool(token) and {self._name(name, token, view) for view in views} <= self._there

    def define(
        self, name: str, token: str, views: Collection[str], redefining: Redefining = nullcontext
    ) -> None:
        """Define the views of the component `name` in this session, which `holds` them."""
        spark = self._session.spark
        with redefining(views):
            _each(
                views,
                lambda view: spark.table(self._name(name, token, view)).createOrReplaceTempView(quoted(view)),
            )

    @cached_property
    def _there(self) -> set[str]:
        rows = self._session.spark.sql(f"SHOW VIEWS LIKE '{PUBLISHED}*'").collect()
        return {row["viewName"] for row in rows}

    @cached_property
    def _global_database(self) -> str:
        return self._session.spark.conf.get("spark.sql.globalTempDatabase", None) or "global_temp"

    def _pass_on(self, hub: Any, view: str, name: str) -> None:
        """Let the session `hub` have a view of this one: for a moment it is one that all sessions see."""
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


def _each(views: Collection[str], do: Callable[[str], None]) -> None:
    if len(views) == 1:
        do(*views)
        return
    with ThreadPoolExecutor(_CALLS_AT_ONCE) as threads:
        list(threads.map(do, views))
