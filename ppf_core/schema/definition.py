"""The columns of a table, as one declares them."""

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

_WHOLE_TYPES = frozenset(kind.value for kind in DataType)


@dataclass(frozen=True)
class SchemaField:
    """One column.

    `data_type` is a `DataType`, or the text of a type with parameters or parts, which is kept in one way of
    writing: `DECIMAL (10, 2)` becomes `decimal(10,2)`, and `long` becomes `DataType.BIGINT`.

    Raises:
        SchemaError: the name is empty or the type is none of Spark SQL's.
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
        object.__setattr__(self, "data_type", DataType(text) if text in _WHOLE_TYPES else text)

    def __str__(self) -> str:
        """The column as SQL declares it."""
        return f"{quoted(self.name)} {self.data_type}" + ("" if self.nullable else " not null")

    def as_part(self) -> Part:
        """The column with its type taken apart."""
        return Part(self.name, read_type(str(self.data_type)), self.nullable)


@dataclass(frozen=True)
class SchemaDefinition:
    """The columns of a table, each name once, whatever its case (as Spark has it).

    Raises:
        SchemaError: two columns have one name.
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
            raise SchemaError(f"Expected each column once, whatever its case, got {', '.join(twice)}")

    @classmethod
    def from_mapping(cls, columns: Mapping[str, str]) -> SchemaDefinition:
        """Columns as name and type, the type followed by `not null` where it matters.

        Raises:
            SchemaError: names every column whose type cannot be read.
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
        """Columns as SQL declares them: `id bigint not null, name string`."""
        return cls([SchemaField(part.name, str(part.tree), part.nullable) for part in read_columns(text)])

    @classmethod
    def from_spark(cls, schema: StructType) -> SchemaDefinition:
        """The columns of a DataFrame's `schema`; comments and other metadata are left out."""
        parts = TypeTree.from_json(schema.jsonValue()).parts
        return cls([SchemaField(part.name, str(part.tree), part.nullable) for part in parts])

    def to_spark(self) -> StructType:
        """The same columns as Spark's `StructType`; needs pyspark, but neither Java nor a session."""
        from pyspark.sql.types import StructType

        return StructType.fromJson(TypeTree("struct", self._parts()).as_json())

    @property
    def names(self) -> list[str]:
        """The columns' names, in their order."""
        return [field.name for field in self.fields]

    def get_field(self, name: str) -> SchemaField | None:
        """The column of that name, whatever its case."""
        return next((field for field in self.fields if field.name.lower() == name.lower()), None)

    def differences_from(
        self, actual: SchemaDefinition, *, allow_extra: bool = True, check_nullability: bool = True
    ) -> list[str]:
        """What is wrong with `actual` for one who expects this schema, a line each; empty if nothing is.

        Order does not matter, and types must be the same: nothing is widened. A nullable column is refused
        where `not null` is expected; the other way round it is accepted. Spark calls all columns it reads
        from files nullable, so switch `check_nullability` off for those and check the data. `allow_extra` is
        for further columns of `actual`, and for further fields inside its structs.

        With a producer's declared output as `actual` and a consumer's declared input as `self` it tells,
        before a run, whether the two fit.
        """
        return list(
            part_differences(
                self._parts(), actual._parts(), allow_extra=allow_extra, check_nullability=check_nullability
            )
        )

    def __str__(self) -> str:
        """The columns as SQL declares them, which `from_ddl` reads again."""
        return ", ".join(map(str, self.fields))

    def _parts(self) -> tuple[Part, ...]:
        return tuple(field.as_part() for field in self.fields)
