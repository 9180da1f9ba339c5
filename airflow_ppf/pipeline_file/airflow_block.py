"""Model of a pipeline file's `airflow` block: schedule, params, default_args, granularity, tasks; needs no Airflow."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from airflow_ppf.pipeline_file.quality_failure import QualityFailureAction
from ppf_core.config import STRICT_KEYS, Seconds, Settings, Text, WholeNumber, parse_duration

__all__ = [
    "AirflowSection",
    "AssetConfig",
    "Granularity",
    "ObjectConfig",
    "ScheduleConfig",
    "TaskConfig",
    "TaskDefaults",
]


_WrittenDate = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$", examples=["2026-01-31"])
]


def _asset(value: Any) -> Any:
    if isinstance(value, str):
        return {"uri" if "://" in value else "name": value}
    return value


def _object(value: Any) -> Any:
    return {"class_path": value} if isinstance(value, str) else value


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list) or value is None else [value]


def _schedule(value: Any) -> Any:
    if isinstance(value, list):
        return {"all_of": value}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise ValueError("expected a unit of time, as in 30 minutes")  # noqa: TRY004 - pydantic collects ValueErrors
    if not isinstance(value, str):
        return value
    if value.startswith("@") or len(value.split()) > 2:
        return {"cron": value}
    try:
        if not value.strip().isdigit():
            return {"every": parse_duration(value)}
    except ValueError:
        pass
    raise ValueError(
        'expected a cron expression such as "0 5 * * *", a preset such as "@daily", or a duration such as 6 hours'
    )


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            # Python 3.10 does not accept the Z.
            return datetime.fromisoformat(value.removesuffix("Z") + ("+00:00" if value.endswith("Z") else ""))
        except ValueError:
            raise ValueError("expected a date such as 2026-01-31 or 2026-01-31T05:00:00") from None
    if isinstance(value, datetime):
        return value
    raise ValueError("expected a date such as 2026-01-31 or 2026-01-31T05:00:00")


def _timezone(value: Any) -> Any:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, TypeError, ValueError):
        raise ValueError("expected the name of a time zone such as Europe/Berlin") from None
    return value


@dataclass(frozen=True, config=STRICT_KEYS)
class AssetConfig:
    """Asset; plain text is its URI if it contains `://`, else its name."""

    name: Text | None = None
    uri: Text | None = None
    group: Text | None = None
    extra: Settings | None = None

    def __post_init__(self) -> None:
        if self.name is None and self.uri is None:
            raise ValueError("expected a name or a uri of the asset, got neither")


@dataclass(frozen=True, config=STRICT_KEYS)
class ObjectConfig:
    """Class and its arguments; plain text, or no `config`, imports the object itself, such as a function."""

    class_path: Text
    config: Settings | None = None


Asset = Annotated[AssetConfig, BeforeValidator(_asset, json_schema_input_type=AssetConfig | str)]
Object = Annotated[ObjectConfig, BeforeValidator(_object, json_schema_input_type=ObjectConfig | str)]
Callbacks = Annotated[
    list[Object] | None,
    BeforeValidator(_one_or_more, json_schema_input_type=list[Object] | Object | None),
]
Date = Annotated[datetime, BeforeValidator(_date, json_schema_input_type=_WrittenDate)]
TimeZone = Annotated[str, BeforeValidator(_timezone)]


@dataclass(frozen=True, config=STRICT_KEYS)
class ScheduleConfig:
    """Schedule of the DAG: exactly one of cron, interval, assets or timetable.

    A cron expression, a preset such as `@daily` and an interval can be written as plain text, and `all_of` as a plain
    list of assets. A timetable is a `class_path` with its `config`.
    """

    cron: Text | None = None
    every: Seconds | None = None
    all_of: list[Asset] | None = None
    any_of: list[Asset] | None = None
    class_path: Text | None = None
    config: Settings | None = None

    def __post_init__(self) -> None:
        ways = ("cron", "every", "all_of", "any_of", "class_path")
        given = [way for way in ways if getattr(self, way) not in (None, [])]
        if len(given) != 1:
            raise ValueError(f"expected one of {', '.join(ways)}, got {', '.join(given) or 'none'}")
        if self.config is not None and self.class_path is None:
            raise ValueError("expected a config only together with a class_path, got a config without")


Schedule = Annotated[
    ScheduleConfig, BeforeValidator(_schedule, json_schema_input_type=ScheduleConfig | list[Asset] | str)
]


@dataclass(frozen=True, config=STRICT_KEYS)
class TaskDefaults:
    """Default arguments of tasks, with durations in seconds; for missing keys Airflow's defaults apply."""

    owner: Text | None = None
    retries: Annotated[WholeNumber, Field(ge=0)] | None = None
    retry_delay: Seconds | None = None
    max_retry_delay: Seconds | None = None
    execution_timeout: Seconds | None = None
    depends_on_past: bool | None = None
    priority_weight: WholeNumber | None = None
    queue: Text | None = None
    on_execute_callback: Callbacks = None
    on_failure_callback: Callbacks = None
    on_success_callback: Callbacks = None
    on_retry_callback: Callbacks = None


@dataclass(frozen=True, config=STRICT_KEYS)
class TaskConfig(TaskDefaults):
    """Arguments of the task of a component or group; they take precedence over `default_args`.

    `inlets` and `outlets` are those of the component. If one task runs the whole pipeline, it gets those of all
    components.
    """

    pool: Text | None = None
    pool_slots: Annotated[WholeNumber, Field(ge=1)] | None = None
    inlets: list[Asset] = Field(default_factory=list)
    outlets: list[Asset] = Field(default_factory=list)


class Granularity(str, Enum):
    """Part of a pipeline that one task runs."""

    PIPELINE = "pipeline"
    """One task runs the whole pipeline."""
    COMPONENT = "component"
    """Each component has a task, except that the components of a group share a task."""


@dataclass(frozen=True, config=STRICT_KEYS)
class AirflowSection:
    """DAG of a pipeline; for missing keys Airflow's defaults apply, and the DAG id is the pipeline's name.

    `params` are values, or blocks with a `default` or `type` and other arguments of Airflow's `Param`. `timezone`
    applies to the dates, and through `start_date` to a cron schedule. With `shared_session` the components' tasks pass
    views on in one session of a Spark Connect server. With `submit` each task starts its driver with spark-submit,
    which needs the extra `submit`. `groups` lists components that share a task if `granularity` is `component`.
    `tasks` sets the arguments of the tasks of components and groups.
    """

    dag_id: Text | None = None
    schedule: Schedule | None = None
    start_date: Date | None = None
    end_date: Date | None = None
    timezone: TimeZone | None = None
    catchup: bool | None = None
    tags: list[Text] = Field(default_factory=list)
    params: Settings = Field(default_factory=dict)
    max_active_runs: Annotated[WholeNumber, Field(ge=1)] | None = None
    max_active_tasks: Annotated[WholeNumber, Field(ge=1)] | None = None
    default_args: TaskDefaults = Field(default_factory=TaskDefaults)
    on_success_callback: Callbacks = None
    on_failure_callback: Callbacks = None
    doc_md: Text | None = None
    access_control: dict[str, list[Text]] | None = None
    conn_id: Text | None = None
    pool: Text | None = None
    on_quality_failure: QualityFailureAction | None = None
    inlets: list[Asset] = Field(default_factory=list)
    outlets: list[Asset] = Field(default_factory=list)
    granularity: Granularity = Granularity.PIPELINE
    shared_session: bool = False
    submit: bool = False
    groups: dict[str, list[Text]] = Field(default_factory=dict)
    tasks: dict[str, TaskConfig] = Field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.timezone is not None and self.start_date is None:
            raise ValueError(
                "expected a start_date together with the timezone, since a DAG takes its time zone from there"
            )
