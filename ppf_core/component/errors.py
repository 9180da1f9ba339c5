"""Errors of components."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["ComponentError", "ComponentExecutionError", "ComponentInstantiationError"]


class ComponentError(PpfError):
    """A component cannot be created, or failed."""


class ComponentInstantiationError(ComponentError):
    """The class at `class_path` could not be instantiated; `cause` is the reason."""

    def __init__(self, class_path: str, cause: BaseException) -> None:
        super().__init__(f"cannot create a component of class {class_path}: {type(cause).__name__}: {cause}")
        self.class_path = class_path
        self.cause = cause
        self.__cause__ = cause

    def __reduce__(self) -> tuple[type, tuple[str, BaseException]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.class_path, self.cause)


class ComponentExecutionError(ComponentError):
    """The component `component_name` raised `cause`, which is no `Exception`."""

    def __init__(self, component_name: str, cause: BaseException) -> None:
        super().__init__(f"component {component_name!r} failed: {type(cause).__name__}: {cause}")
        self.component_name = component_name
        self.cause = cause
        self.__cause__ = cause

    def __reduce__(self) -> tuple[type, tuple[str, BaseException]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.component_name, self.cause)
