"""Instance of a component: construction, injection, and the call of open, run and close."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ppf_core.component import DataFlow
from ppf_core.loader import instantiate_component

from .reported_counts import reported_counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from ppf_core.component import DataCount, RunIdentity
    from ppf_core.config import ComponentConfig
    from ppf_core.secrets import SecretsResolver

__all__ = ["ComponentInstance"]

logger = logging.getLogger(__name__)

# Members are looked up by name: isinstance with a protocol takes ten times as long, for every component.


class ComponentInstance:
    """The object that does a component's work.

    Args:
        component: The component.
        secrets: Resolves the references in its settings, and keeps secrets out of logs.

    Raises:
        ComponentInstantiationError: the class cannot be loaded or refuses its settings.
        SecretNotFoundError: a reference leads to nothing.
    """

    def __init__(self, component: ComponentConfig, secrets: SecretsResolver) -> None:
        self._name = component.name
        self._secrets = secrets
        settings = secrets.resolve(component.config)
        self._instance: Any = instantiate_component(
            component if settings == component.config else replace(component, config=settings)
        )

    def inject(self, session: Callable[[], SparkSession], identity: Callable[[str], RunIdentity]) -> None:
        """Give the instance the session and the identity of its run, as far as it asks for them.

        Args:
            session: Returns the Spark session, which is started for the first component that asks.
            identity: Returns the identity of a component in this run.
        """
        if isinstance(self._instance, DataFlow) or hasattr(self._instance, "set_spark_session"):
            self._instance.set_spark_session(session())
        if hasattr(self._instance, "set_run_identity"):
            self._instance.set_run_identity(identity(self._name))

    def run(self) -> None:
        """Run it once; a `Resource` is opened before and closed afterwards."""
        if not (hasattr(self._instance, "open") and hasattr(self._instance, "close")):
            self._instance.run()
            return
        failed = True
        try:
            self._instance.open()
            self._instance.run()
            failed = False
        finally:
            self._close(failed=failed)

    def counts(self) -> tuple[DataCount, ...]:
        """Return how much it has written, as far as it reports that."""
        return reported_counts(self._instance, self._name, self._secrets)

    def _close(self, *, failed: bool) -> None:
        try:
            self._instance.close()
        except Exception as error:
            if not failed:
                raise
            # The component's own error says more, and it is raised. No traceback: it may hold a secret.
            redacted = self._secrets.redact_error(error)
            logger.error("Component %s failed, and so did its close(): %r", self._name, redacted)  # noqa: TRY400 - see above
