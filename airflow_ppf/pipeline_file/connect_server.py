"""Check that tasks which share a session have a Spark Connect server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import SparkConfig

__all__ = ["NO_DRIVER", "NO_SERVER", "has_server", "require_server"]

NO_SERVER = (
    "expected a Spark Connect server too, in spark.connect_string (sc://host:15002) or in the connection that conn_id "
    "names, since tasks can share a session only there; got none"
)

NO_DRIVER = (
    "expected false together with submit, got true: tasks share a session on a Spark Connect server, and a submitted "
    "driver has its own session"
)


def has_server(spark: SparkConfig) -> bool:
    """Return whether the config names a Spark Connect server, in `connect_string` or under Spark's own key."""
    return "spark.remote" in spark.to_spark_conf_dict()


def require_server(spark: SparkConfig) -> None:
    """Refuse to share a session without a Spark Connect server.

    Raises:
        ConfigError: the config names no server.
    """
    from ppf_core.config import ConfigError, Problem

    if not has_server(spark):
        raise ConfigError([Problem("shared_session", NO_SERVER)])
