"""Requires a Spark Connect server where tasks share a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.config import SparkConfig

__all__ = ["NO_DRIVER", "NO_SERVER", "has_server", "require_server"]

NO_SERVER = (
    "expected a Spark Connect server beside it, in spark.connect_string (sc://host:15002) or in the connection that "
    "conn_id names, since that is where the tasks share a session; got none"
)

NO_DRIVER = (
    "expected false together with submit, got true: tasks share a session at a Spark Connect server, and a driver "
    "that is submitted has a session of its own"
)


def has_server(spark: SparkConfig) -> bool:
    """Whether it says where a Spark Connect server is, in a field of ours or under Spark's own key."""
    return "spark.remote" in spark.to_spark_conf_dict()


def require_server(spark: SparkConfig) -> None:
    """Refuse to share a session of anything but a Spark Connect server.

    Raises:
        ConfigError: there is none.
    """
    from ppf_core.config import ConfigError, Problem

    if not has_server(spark):
        raise ConfigError([Problem("shared_session", NO_SERVER)])
