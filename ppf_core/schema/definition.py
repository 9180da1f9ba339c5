"""Declared schema of a table: its columns, with type and nullability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .data_type import DataType
from .difference import part_differences
from .errors import SchemaError
from .type_text import read_columns, read_nullable_type, read_type
from .type_tree import Part, TypeTree, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql.types import StructType

__all__ = ["SchemaDefinition", "SchemaField"]

_PLAIN_TYPES = frozenset(kind.value for kind in DataType)


@dataclass(frozen=True)
class SchemaField:
    """A column.

    `data_type` is a `DataType`, or the text of a type with parameters or parts. It is normalised:
    `DECIMAL (10, 2)` becomes `decimal(10,2)`, and `long` becomes `DataType.BIGINT`.

    Raises:
        SchemaError: the name is empty or the type is not a type of Spark SQL.
    """

    name: str
    data_type: DataType | str
    nullable: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise SchemaError(f"Expected a column's name, got {self.name!r}")
        if not isinstance(self.data_type, str):
            raise SchemaError(f"Column {self.name}: expected a type of Spark SQL, got {self.data_type!r}")
        try:
            tree = read_type(str(self.data_type))
        except SchemaError as error:
            raise SchemaError(f"Column {self.name}: {error}") from None
        text = str(tree)
        object.__setattr__(self, "data_type", DataType(text) if text in _PLAIN_TYPES else text)

    def __str__(self) -> str:
        """Format the column as in a SQL declaration."""
        return f"{quoted(self.name)} {self.data_type}" + ("" if self.nullable else " not null")

    def as_part(self) -> Part:
        """Return the column with its type as a tree."""
        return Part(self.name, read_type(str(self.data_type)), self.nullable)


@dataclass(frozen=True)
class SchemaDefinition:
    """The columns of a table; names are unique and, as in Spark, case-insensitive.

    Raises:
        SchemaError: two columns have the same name.
    """

    fields: Sequence[SchemaField] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(self.fields))
        first: dict[str, str] = {}
        twice: list[str] = []
        for field in self.fields:
            key = field.name.lower()
            if key in first:
                twice.append(f"{first[key]} and {field.name}")
            first.setdefault(key, field.name)
        if twice:
            raise SchemaError(f"Expected unique column names, ignoring case, got {', '.join(twice)}")

    @classmethod
    def from_mapping(cls, columns: Mapping[str, str]) -> SchemaDefinition:
        """Create a schema from names and types; `not null` may follow a type.

        Raises:
            SchemaError: types cannot be parsed; names every such column.
        """
        fields: list[SchemaField] = []
        problems: list[str] = []
        for name, text in columns.items():
            try:
                if not isinstance(text, str):
                    raise SchemaError(f"expected a type as text, got {text!r}")  # noqa: TRY301 - collected below
                tree, nullable = read_nullable_type(str(text))
                fields.append(SchemaField(name, str(tree), nullable))
            except SchemaError as error:
                problems.append(f"Column {name}: {error}")
        if problems:
            raise SchemaError("\n".join(problems))
        return cls(fields)

    @classmethod
    def from_ddl(cls, text: str) -> SchemaDefinition:
        """Create a schema from a SQL declaration: `id bigint not null, name string`."""
        return cls([SchemaField(part.name, str(part.tree), part.nullable) for part in read_columns(text)])

    @classmethod
    def from_spark(cls, schema: StructType) -> SchemaDefinition:
        """Create a schema from a DataFrame's `schema`; comments and other metadata are left out."""
        parts = TypeTree.from_json(schema.jsonValue()).parts
        return cls([SchemaField(part.name, str(part.tree), part.nullable) for part in parts])

    def to_spark(self) -> StructType:
        """Return the columns as Spark's `StructType`; needs pyspark, but neither Java nor a session."""
        from pyspark.sql.types import StructType

        return StructType.fromJson(TypeTree("struct", self._parts()).as_json())

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return [field.name for field in self.fields]

    def get_field(self, name: str) -> SchemaField | None:
        """Return the column of that name, ignoring case, or None."""
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)

    def differences_from(
        self, actual: SchemaDefinition, *, allow_extra: bool = True, check_nullability: bool = True
    ) -> list[str]:
        """Return the differences of `actual` from this schema, a line each; empty if it conforms.

        Order does not matter, and types must be equal: nothing is widened. A nullable column does not conform to
        `not null`, but the reverse does. Spark reports all columns of files as nullable: switch
        `check_nullability` off for files, and check the data instead. `allow_extra` accepts further columns of
        `actual`, and further fields inside its structs.

        Before a run, compare a component's declared input (`self`) with its upstream's declared output (`actual`).
        """
        return list(
            part_differences(
                self._parts(), actual._parts(), allow_extra=allow_extra, check_nullability=check_nullability
            )
        )

    def __str__(self) -> str:
        """Format the columns as a SQL declaration, which `from_ddl` accepts."""
        return ", ".join(map(str, self.fields))

    def _parts(self) -> tuple[Part, ...]:
        return tuple(field.as_part() for field in self.fields)
