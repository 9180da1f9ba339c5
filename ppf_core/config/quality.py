"""Config of quality checks: the block `quality {}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from .enums import CheckFailureAction, QualityCheckType
from .scalars import STRICT_KEYS, Number, SettingsError, Text, WholeNumber

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["QualityCheckConfig", "QualityConfig"]

_T = QualityCheckType
_TYPES_BY_FIELD: dict[str, tuple[QualityCheckType, ...]] = {
    "min_rows": (_T.ROW_COUNT,),
    "max_rows": (_T.ROW_COUNT,),
    "columns": (_T.NULLS, _T.UNIQUE),
    "column": (_T.RANGE,),
    "min": (_T.RANGE,),
    "max": (_T.RANGE,),
    "query": (_T.SQL,),
    "fields": (_T.SCHEMA,),
}
"""Types of check that accept a field."""

# A check needs at least one field of each group.
_NEEDED: dict[QualityCheckType, tuple[tuple[str, ...], ...]] = {
    _T.ROW_COUNT: (("table",), ("min_rows", "max_rows")),
    _T.NULLS: (("table",), ("columns",)),
    _T.UNIQUE: (("table",), ("columns",)),
    _T.RANGE: (("table",), ("column",), ("min", "max")),
    _T.SCHEMA: (("table",), ("fields",)),
    _T.SQL: (("query",),),
}


@dataclass(frozen=True, config=STRICT_KEYS)
class QualityCheckConfig:
    """A check of a table or view.

    | `type`      | needs                               | passes if                                    |
    |-------------|-------------------------------------|----------------------------------------------|
    | `row_count` | `table`, `min_rows` or `max_rows`   | the number of rows is in the inclusive range |
    | `nulls`     | `table`, `columns`                  | none of the columns contains a null          |
    | `unique`    | `table`, `columns`                  | no two rows are equal in all the columns     |
    | `range`     | `table`, `column`, `min` or `max`   | all values are in the inclusive range        |
    | `schema`    | `table`, `fields` (column to type)  | the table has these columns with these types |
    | `sql`       | `query`                             | the query returns no rows                    |

    With `after` the check runs after that component; otherwise it runs at `timing`: `before_pipeline` or
    `after_pipeline` (default). `on_failure = threshold` fails only after more than `max_failures`
    failures.
    """

    type: QualityCheckType
    table: Text | None = None
    name: Text | None = None
    after: Text | None = None
    timing: Text | None = None
    on_failure: CheckFailureAction = CheckFailureAction.FAIL
    max_failures: Annotated[WholeNumber, Field(ge=0)] = 0
    min_rows: Annotated[WholeNumber, Field(ge=0)] | None = None
    max_rows: Annotated[WholeNumber, Field(ge=0)] | None = None
    columns: list[Text] | None = None
    column: Text | None = None
    min: Number | None = None
    max: Number | None = None
    query: Text | None = None
    fields: dict[str, Text] | None = None

    @model_validator(mode="after")
    def _fields_fit_the_type(self) -> Self:
        wrong = [*self._misplaced(), *self._missing(), *self._contradictions()]
        if wrong:
            raise SettingsError(wrong)
        return self

    def _misplaced(self) -> list[str]:
        return [
            f"expected no {name} in a check of type {self.type.value}, got one "
            f"(it belongs to {', '.join(check_type.value for check_type in types)})"
            for name, types in _TYPES_BY_FIELD.items()
            if getattr(self, name) is not None and self.type not in types
        ]

    def _missing(self) -> list[str]:
        return [
            f"expected {' or '.join(group)} in a check of type {self.type.value}, got none"
            for group in _NEEDED[self.type]
            if all(getattr(self, name) in (None, [], {}) for name in group)
        ]

    def _contradictions(self) -> list[str]:
        wrong = []
        if self.min_rows is not None and self.max_rows is not None and self.min_rows > self.max_rows:
            wrong.append(f"expected max_rows to be at least min_rows ({self.min_rows}), got {self.max_rows}")
        if self.min is not None and self.max is not None and self.min > self.max:
            wrong.append(f"expected max to be at least min ({self.min:g}), got {self.max:g}")
        if self.max_failures and self.on_failure is not CheckFailureAction.THRESHOLD:
            wrong.append(
                f"expected on_failure = threshold, since max_failures is given, got {self.on_failure.value}"
            )
        allowed = ("after_component",) if self.after is not None else ("before_pipeline", "after_pipeline")
        if self.timing is not None and self.timing not in allowed:
            need = "" if self.timing != "after_component" else " (after_component needs after = a component)"
            with_after = "with after" if self.after is not None else "without after"
            wrong.append(
                f'expected timing {with_after} to be {" or ".join(allowed)}, got "{self.timing}"{need}'
            )
        return wrong

    @property
    def effective_name(self) -> str:
        """The check's `name`, or a default such as `row_count(clean)`."""
        if self.name is not None:
            return self.name
        columns = self.columns or ([self.column] if self.column is not None else [])
        return f"{self.type.value}({': '.join(part for part in (self.table, ', '.join(columns)) if part)})"

    @property
    def effective_timing(self) -> str:
        """`after_component` if `after` is set, else `timing`, else `after_pipeline`."""
        return "after_component" if self.after is not None else self.timing or "after_pipeline"


@dataclass(frozen=True, config=STRICT_KEYS)
class QualityConfig:
    """The checks of a pipeline; with `stop_on_failure` a failed check ends the run."""

    stop_on_failure: bool = True
    checks: list[QualityCheckConfig] = Field(default_factory=list)
