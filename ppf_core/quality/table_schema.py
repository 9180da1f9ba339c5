"""Schema check of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ppf_core.schema import SchemaDefinition, SchemaError

from .check import CheckFunction, CheckOptions, CheckResult, DataQualityCheck, make_check
from .errors import CheckDefinitionError
from .sql_text import quoted_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from typing_extensions import Unpack

__all__ = ["schema_check"]


def schema_check(
    table: str,
    schema: SchemaDefinition | Mapping[str, str] | str,
    *,
    allow_extra: bool = True,
    check_nullability: bool = True,
    **options: Unpack[CheckOptions],
) -> DataQualityCheck:
    """Create a check that expects the columns of `schema`; it reads only the table's schema and starts no job.

    `schema` may be a mapping (`{"id": "bigint not null"}`) or SQL text (`"id bigint not null, name string"`).
    For `allow_extra` and `check_nullability` see `SchemaDefinition.differences_from`: Spark reports columns
    of files as nullable, so for files replace `not null` by `check_nullability=False` and a `null_check`.

    Raises:
        CheckDefinitionError: `schema` is invalid.
    """
    try:
        if isinstance(schema, str):
            expected = SchemaDefinition.from_ddl(schema)
        elif isinstance(schema, Mapping):
            expected = SchemaDefinition.from_mapping(schema)
        else:
            expected = schema
    except SchemaError as error:
        raise CheckDefinitionError(f"Schema of {table}: {error}") from error

    def function_for(name: str) -> CheckFunction:
        def check(spark: SparkSession) -> CheckResult:
            actual = SchemaDefinition.from_spark(spark.table(quoted_table(table)).schema)
            differences = expected.differences_from(
                actual, allow_extra=allow_extra, check_nullability=check_nullability
            )
            outcome = "; ".join(differences) or f"the {len(expected.fields)} columns are as expected"
            return CheckResult(
                name, not differences, f"table {table}: {outcome}", {"differences": differences}
            )

        return check

    return make_check(f"schema({table})", function_for, **options)
