from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import types as T  # noqa: N812 - the usual name for it

from ppf_core.errors import PpfError
from ppf_core.schema import DataType, SchemaDefinition, SchemaError, SchemaField

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
SIMPLE_TYPES: st.SearchStrategy[T.DataType] = st.sampled_from(
    [
        T.StringType(),
        T.BooleanType(),
        T.ByteType(),
        T.ShortType(),
        T.IntegerType(),
        T.LongType(),
        T.FloatType(),
        T.DoubleType(),
        T.BinaryType(),
        T.DateType(),
        T.TimestampType(),
        T.TimestampNTZType(),
        T.NullType(),
        T.VariantType(),
        T.CalendarIntervalType(),
        T.DayTimeIntervalType(0, 3),
        T.DayTimeIntervalType(2, 2),
        T.YearMonthIntervalType(),
        T.TimeType(3),
        T.DecimalType(18, 4),
    ]
)


def struct_of(types: st.SearchStrategy[Any], min_size: int = 0) -> st.SearchStrategy[T.StructType]:
    field = st.builds(T.StructField, NAMES, types, st.booleans())
    return st.lists(field, min_size=min_size, max_size=4, unique_by=lambda each: each.name.lower()).map(
        T.StructType
    )


SPARK_TYPES = st.recursive(
    SIMPLE_TYPES,
    lambda inner: st.one_of(
        st.builds(T.ArrayType, inner), st.builds(T.MapType, SIMPLE_TYPES, inner), struct_of(inner, min_size=1)
    ),
    max_leaves=6,
)
SPARK_SCHEMAS = struct_of(SPARK_TYPES)
SCHEMAS = SPARK_SCHEMAS.map(SchemaDefinition.from_spark)


@given(SPARK_SCHEMAS)
def test_a_schema_goes_to_spark_and_back_unchanged(schema: T.StructType) -> None:
    assert SchemaDefinition.from_spark(schema).to_spark() == schema


@given(SPARK_TYPES)
def test_a_type_is_written_as_spark_writes_it(spark_type: T.DataType) -> None:
    field = SchemaDefinition.from_spark(T.StructType([T.StructField("x", spark_type)])).fields[0]
    bare = str(field.data_type).replace("`", "").replace(" not null", "")
    assert bare == spark_type.simpleString().replace("`", "").replace(" not null", "")


@given(SCHEMAS)
def test_a_schema_is_read_again_from_its_own_text(schema: SchemaDefinition) -> None:
    assert SchemaDefinition.from_ddl(str(schema)) == schema


@given(SCHEMAS, st.booleans())
def test_every_schema_accepts_itself(schema: SchemaDefinition, allow_extra: bool) -> None:
    assert schema.differences_from(schema, allow_extra=allow_extra) == []


@given(SCHEMAS)
def test_order_and_case_of_the_columns_do_not_matter(schema: SchemaDefinition) -> None:
    # Only ASCII: the upper case of ß is SS, which is another name.
    turned = SchemaDefinition(
        [
            SchemaField(
                field.name.upper() if field.name.isascii() else field.name, field.data_type, field.nullable
            )
            for field in reversed(schema.fields)
        ]
    )
    assert schema.differences_from(turned, allow_extra=False) == []


@given(SCHEMAS, SCHEMAS)
def test_two_schemas_that_accept_each_other_strictly_have_the_same_columns(
    first: SchemaDefinition, second: SchemaDefinition
) -> None:
    both = not first.differences_from(second, allow_extra=False) and not second.differences_from(
        first, allow_extra=False
    )
    assert both == (
        {(field.name.lower(), str(field.data_type).lower(), field.nullable) for field in first.fields}
        == {(field.name.lower(), str(field.data_type).lower(), field.nullable) for field in second.fields}
    )


@given(SCHEMAS, st.data())
def test_each_column_that_is_taken_away_is_one_difference(
    schema: SchemaDefinition, data: st.DataObject
) -> None:
    kept = [field for field in schema.fields if data.draw(st.booleans())]
    missing = [field.name for field in schema.fields if field not in kept]
    differences = schema.differences_from(SchemaDefinition(kept))
    assert [line.split(": expected ")[0] for line in differences] == [f"column {name}" for name in missing]
    assert SchemaDefinition(kept).differences_from(schema) == []
    assert len(SchemaDefinition(kept).differences_from(schema, allow_extra=False)) == len(missing)


@given(SCHEMAS, st.data())
def test_a_column_that_may_be_null_is_not_accepted_where_not_null_is_expected(
    schema: SchemaDefinition, data: st.DataObject
) -> None:
    strict = SchemaDefinition(
        [SchemaField(field.name, field.data_type, nullable=False) for field in schema.fields]
    )
    loose = SchemaDefinition([SchemaField(field.name, field.data_type) for field in schema.fields])
    assert strict.differences_from(loose) == [
        f"column {name}: expected not null, got nullable" for name in schema.names
    ]
    assert loose.differences_from(strict) == []
    assert strict.differences_from(loose, check_nullability=False) == []


def test_a_mapping_gives_types_and_nullability() -> None:
    assert SchemaDefinition.from_mapping({"id": "bigint NOT NULL", "name": "string", "n": "long null"}) == (
        SchemaDefinition(
            [
                SchemaField("id", DataType.BIGINT, nullable=False),
                SchemaField("name", DataType.STRING),
                SchemaField("n", DataType.LONG),
            ]
        )
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("DECIMAL ( 10 , 2 )", "decimal(10,2)"),
        ("decimal", "decimal(10,0)"),
        ("numeric(5)", "decimal(5,0)"),
        ("Array<Map<String, Integer>>", "array<map<string,int>>"),
        ("struct<a: int, `b c` string not null>", "struct<a:int,`b c`:string not null>"),
        ("interval day to second", "interval day to second"),
        ("geometry(OGC:CRS84)", "geometry(OGC:CRS84)"),
        ("bool", DataType.BOOLEAN),
        ("timestamp_ltz", DataType.TIMESTAMP),
        (DataType.SHORT, DataType.SMALLINT),
    ],
)
def test_a_type_is_kept_in_one_way_of_writing(written: str, kept: str) -> None:
    field = SchemaField("x", written)
    assert field.data_type == kept
    assert type(field.data_type) is type(kept)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("strng", ["Column x", "'strng'", "did you mean string?"]),
        ("array<int", ["Expected '>'", "the end"]),
        ("map<string>", ["Expected ','", "'>'"]),
        ("decimal(39,2)", ["p from 1 to 38", "decimal(39,2)"]),
        ("decimal(a)", ["a number", "'a'"]),
        ("int int", ["the end or 'not null'", "'int'", "character 4"]),
        ("int not nul", ["the end", "'not'"]),
        ("varchar(10)", ["Expected string", "varchar"]),
        ("int; drop", ["';", "character 4"]),
        ("interval day to dusk", ["'dusk'"]),
        ("struct<<a:int>", ["a column's name", "'<'"]),
        ("", ["the end"]),
        ("array<" * 60 + "int" + ">" * 60, ["at most 50"]),
    ],
)
def test_a_type_that_cannot_be_read_says_what_was_expected_and_where(written: str, words: list[str]) -> None:
    with pytest.raises(SchemaError) as caught:
        SchemaField("x", written)
    assert [word for word in words if word not in str(caught.value)] == []
    assert isinstance(caught.value, PpfError)


def test_a_mapping_reports_all_wrong_columns_at_once() -> None:
    with pytest.raises(SchemaError) as caught:
        SchemaDefinition.from_mapping({"a": "itn", "b": "string", "c": "decimal(1,2)", "d": 3})  # type: ignore[dict-item]
    lines = str(caught.value).splitlines()
    assert [line[:9] for line in lines] == ["Column a:", "Column c:", "Column d:"]


@pytest.mark.parametrize("second", ["id", "ID"])
def test_a_name_cannot_be_used_twice_whatever_its_case(second: str) -> None:
    with pytest.raises(SchemaError, match=f"id and {second}"):
        SchemaDefinition([SchemaField("id", "int"), SchemaField(second, "string")])


@pytest.mark.parametrize("name", ["", None])
def test_a_column_needs_a_name(name: Any) -> None:
    with pytest.raises(SchemaError, match="name"):
        SchemaField(name, DataType.INT)


def test_a_missing_column_is_reported_with_the_nearest_name() -> None:
    expected = SchemaDefinition.from_mapping({"customer_id": "bigint"})
    actual = SchemaDefinition.from_mapping({"Custmer_Id": "bigint", "name": "string"})
    assert expected.differences_from(actual) == [
        "column customer_id: expected bigint, got no such column; did you mean Custmer_Id?"
    ]


def test_a_missing_column_without_a_near_name_is_reported_with_all_names() -> None:
    expected = SchemaDefinition.from_mapping({"customer_id": "bigint"})
    actual = SchemaDefinition.from_mapping({"x": "bigint", "y": "string"})
    assert expected.differences_from(actual) == [
        "column customer_id: expected bigint, got no such column; the columns are x, y"
    ]
    assert expected.differences_from(SchemaDefinition())[0].endswith("there are no columns")


def test_a_wrong_type_deep_inside_is_named_by_its_path() -> None:
    expected = SchemaDefinition.from_ddl(
        "orders array<struct<address: struct<zip: int not null>>>, m map<int, int>"
    )
    actual = SchemaDefinition.from_ddl("orders array<struct<address: struct<zip: string>>>, m map<int, date>")
    assert expected.differences_from(actual) == [
        "column orders.element.address.zip: expected not null, got nullable",
        "column orders.element.address.zip: expected int, got string",
        "column m.value: expected int, got date",
    ]


def test_columns_beyond_the_expected_ones_are_allowed_or_not() -> None:
    expected = SchemaDefinition.from_ddl("id int, address struct<zip: int>")
    actual = SchemaDefinition.from_ddl("id int, address struct<zip: int, town: string>, note string")
    assert expected.differences_from(actual) == []
    assert expected.differences_from(actual, allow_extra=False) == [
        "column address.town: expected no such column, got string",
        "column note: expected no such column, got string",
    ]


def test_a_column_is_found_by_its_name_whatever_its_case() -> None:
    schema = SchemaDefinition.from_ddl("Id int")
    assert schema.get_field("iD") == schema.fields[0]
    assert schema.get_field("other") is None


def test_spark_shows_char_and_varchar_columns_as_string() -> None:
    schema = T.StructType([T.StructField("x", T.VarcharType(5)), T.StructField("y", T.CharType(5))])
    assert str(SchemaDefinition.from_spark(schema)) == "x string, y string"


def test_schemas_are_compared_without_importing_pyspark() -> None:
    code = (
        "import sys; from ppf_core.schema import SchemaDefinition as S;"
        "a = S.from_ddl('id int'); assert a.differences_from(S()); assert 'pyspark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.spark
def test_spark_itself_reads_our_text_as_the_same_schema(spark: Any) -> None:
    text = "id bigint not null, `a b` decimal(10,2), s struct<x:int not null,y:array<date>>, m map<int,date>"
    assert T.StructType.fromDDL(text) == SchemaDefinition.from_ddl(text).to_spark()
