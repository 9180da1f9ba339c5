"""Operator that runs components of a pipeline as a task: `ComponentOperator`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_ppf.operators.pipeline import PipelineOperator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import jinja2
    from airflow.sdk import Context

    from airflow_ppf.handover.pipeline_part import PipelinePart
    from airflow_ppf.handover.xcom import UpstreamHandOvers
    from airflow_ppf.reporting.observers import RunObservers
    from airflow_ppf.submission import SubmittedOutcome
    from airflow_ppf.task.run_arguments import RunArguments
    from airflow_ppf.task.task_try import TaskTry
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import (
        CompletedComponents,
        PartialRun,
        PipelineResult,
        RunOptions,
        SelectedComponents,
    )
    from ppf_core.session import SharedSession

__all__ = ["ComponentOperator"]


@contextmanager
def _damage_named(makers: Mapping[str, str]) -> Iterator[None]:
    """Re-raise a damaged hand-over as an error that names the upstream task to clear."""
    from airflow_ppf.handover.xcom import UpstreamHandOverError
    from ppf_core.runner import HandOverDamagedError

    try:
        yield
    except HandOverDamagedError as error:
        raise UpstreamHandOverError(error.component, makers[error.component], error.reason) from error


class ComponentOperator(PipelineOperator):
    """Operator that runs components of a pipeline as a task, with the views that upstream tasks handed over.

    When the task begins, all temp views of upstream components exist, restored from the Parquet that their tasks wrote
    under `checkpoint.root`. The XCom `ppf_handover` of each task says where they are. A failed task is retried alone.
    If an upstream task handed over nothing, or its hand-over is damaged, the task fails at once and names the task to
    clear.

    The tasks of a pipeline share a DAG run, a task group and a map index; they must be in one group, in the order of
    the pipeline's components. `pipeline_dags` and `PipelineTaskGroup` create them this way.

    In a run of a part of the pipeline, a task has nothing to do if none of its components is selected and no other
    task needs their views. It still succeeds, so that downstream tasks run.

    With `submit` a separate driver runs the components and the task waits for it, as for `PipelineOperator`. The driver
    of an earlier try is used only if its upstream hand-overs are unchanged.

    The rendered field `config` shows the settings that the components used, with secrets as references.

    Args:
        components: Names of the components, which run in the pipeline's order.
        begins: Whether the task runs the quality checks that come before the pipeline.
        ends: Whether the task runs the quality checks that come after the pipeline, and removes the run's hand-overs
            unless `checkpoint.keep` is set. It must be downstream of all other tasks of the pipeline.
        shared_session: Whether the tasks of the pipeline share a session on a Spark Connect server in a DAG run. Then
            only views with `materialize` are written, and a task that needs a view that is no longer in the session
            replays its component. An `EndSharedSessionOperator` ends the session.
        kwargs: Further arguments of `PipelineOperator`.
    """

    template_fields: Sequence[str] = (*PipelineOperator.template_fields, "config")
    template_fields_renderers = {**PipelineOperator.template_fields_renderers, "config": "json"}  # noqa: RUF012 - as Airflow declares it

    def __init__(
        self,
        *,
        components: Sequence[str] = (),
        begins: bool = False,
        ends: bool = False,
        shared_session: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.components = components
        self.begins = begins
        self.ends = ends
        self.shared_session = shared_session
        self.config: dict[str, Any] | None = None
        self._read_part: PipelinePart | None = None

    def render_template_fields(self, context: Context, jinja_env: jinja2.Environment | None = None) -> None:
        """Render the template fields, and `config` from the pipeline that they name."""
        super().render_template_fields(context, jinja_env)
        self._read_part = None  # it was read with unrendered fields
        self.config = self.render_template(self._part().settings, context, jinja_env)

    def _own_components(self) -> Collection[str]:
        return self.components

    def _part(self) -> PipelinePart:
        """Return the part of the pipeline that this task runs; the file is read once per process."""
        from airflow_ppf.handover.pipeline_part import PipelinePart

        if self._read_part is None:
            pipeline = self._source().load(self.overrides)
            self._read_part = PipelinePart(pipeline, self.components, self.begins, self.ends)
        return self._read_part

    def _load(self, context: Context) -> PipelineConfig:
        part = self._part()
        settings = self.config
        if settings is None:
            settings = self.render_template(part.settings, context)
        return part.with_settings(settings).pipeline

    def _shares_a_session(self) -> bool:
        return self.shared_session

    def _effective_config(self, context: Context, arguments: RunArguments) -> PipelineConfig:
        from airflow_ppf.hooks.effective_config import effective_config

        return effective_config(
            self._load(context),
            self.hook.connection,
            arguments,
            self._part(),
            shared_session=self.shared_session,
        )

    def _run(
        self, config: PipelineConfig, task_try: TaskTry, context: Context, observers: RunObservers
    ) -> PipelineResult:
        from ppf_core.runner import PipelineResultStatus, load_checkpoint_for_resume

        with _damage_named(self._makers(self._part())):
            result = super()._run(config, task_try, context, observers)
        if result.status is PipelineResultStatus.SUCCESS:
            completed = load_checkpoint_for_resume(task_try.store, task_try.identity.run_id, config)
            self._hand_over(completed, config, context)
        return result

    def _options(self, config: PipelineConfig, task_try: TaskTry, context: Context) -> RunOptions:
        upstream = self._upstream(context)
        part = self._partial_run(task_try, context, upstream)
        if self.shared_session:
            part = replace(part, replayed=lambda component: self._replayed(component, upstream, context))
        return replace(task_try.options(), scope=self._scope(context), part=part)

    def _session_to_share(self, config: PipelineConfig, task_try: TaskTry) -> SharedSession | None:
        from airflow_ppf.handover.shared_session import shared_session
        from airflow_ppf.task.identity import group_id_of

        if not self.shared_session:
            return None
        return shared_session(task_try.identity, group_id_of(self), config.name)

    def _run_submitted(self, config: PipelineConfig, context: Context) -> SubmittedOutcome:
        submitted = self._submitted_task(config, context)
        upstream = self._upstream(context)
        with _damage_named(upstream.makers):
            outcome = submitted.execute(
                resume=self.resume,
                selection=self._partial_run(submitted.task_try, context, upstream),
                on_quality_failure=self.on_quality_failure,
            )
        self._hand_over(submitted.completed(), config, context)
        return outcome

    def _upstream(self, context: Context) -> UpstreamHandOvers:
        """Return the hand-overs of the upstream tasks, from their XComs."""
        from airflow_ppf.handover.xcom import HANDOVER_XCOM, UpstreamHandOvers
        from airflow_ppf.task.identity import TaskIdentity

        makers = self._makers(self._part())
        map_index = TaskIdentity.of(context).map_index
        xcoms = {
            task_id: context["ti"].xcom_pull(task_ids=task_id, key=HANDOVER_XCOM, map_indexes=map_index)
            for task_id in dict.fromkeys(makers.values())
        }
        return UpstreamHandOvers(makers, xcoms, shared=self.shared_session)

    def _scope(self, context: Context) -> tuple[str, str, str]:
        """Return the scope in which a run id identifies a run of the pipeline; all of its tasks share it."""
        from airflow_ppf.task.identity import TaskIdentity, group_id_of

        identity = TaskIdentity.of(context)
        return identity.dag_id, group_id_of(self), str(identity.map_index)

    def _partial_run(self, task_try: TaskTry, context: Context, upstream: UpstreamHandOvers) -> PartialRun:
        from ppf_core.runner import PartialRun, RunKey

        part = self._part()
        selected = self._selected(part, task_try, context)
        if self.components and not selected.names:
            self.outlets = []  # nothing runs, so a success must not create asset events
        key = RunKey(self._scope(context), part.pipeline.name, context["ti"].run_id)
        return PartialRun(key, selected, upstream.completed, part.settings)

    def _replayed(
        self, component: ComponentConfig, upstream: UpstreamHandOvers, context: Context
    ) -> ComponentConfig:
        """Return a component of another task with the settings that it ran with, to be replayed here."""
        from airflow_ppf.handover.shared_session import settings_digest
        from airflow_ppf.handover.xcom import UpstreamHandOverError

        task_id = upstream.makers[component.name]
        try:
            settings = self.render_template(component.config, context)
        except Exception as error:
            reason = f"the shared session has lost them, and the component's settings cannot be rendered here: {error}"
            raise UpstreamHandOverError(component.name, task_id, reason) from error
        if settings_digest(settings) != upstream.settings_digest(component.name):
            reason = (
                "the shared session has lost them, and the component cannot be replayed here, where its settings, or "
                "the templates in them, have other values"
            )
            raise UpstreamHandOverError(component.name, task_id, reason)
        self.log.warning("The shared session has lost the views of %s; this task replays it", component.name)
        return replace(component, config=settings)

    def _selected(self, part: PipelinePart, task_try: TaskTry, context: Context) -> SelectedComponents:
        """Return the task's components that are selected, or whose views other selected components need."""
        from ppf_core.runner import Action, SelectedComponents, make_plan

        chosen = self._selection(part.pipeline, task_try, context)
        if not chosen:
            return SelectedComponents(frozenset(self.components))
        selected = chosen.of_pipeline(part.pipeline)
        plan = make_plan(part.pipeline, selected=selected)
        names = frozenset(self.components).intersection(plan.names(Action.RUN) + plan.names(Action.REPLAY))
        return SelectedComponents(names, selected.forced & names)

    def _makers(self, part: PipelinePart) -> dict[str, str]:
        """Return the task of each upstream component."""
        from ppf_core.config import ConfigError, Problem

        makers: dict[str, str] = {}
        for task in self._upstream_tasks():
            makers |= dict.fromkeys(part.upstream.intersection(task.components), task.task_id)
        if missing := sorted(part.upstream - makers.keys()):
            raise ConfigError(
                [
                    Problem(
                        "components",
                        f"expected tasks upstream of {self.task_id} that run what its components depend on, "
                        f"got none for {', '.join(missing)}",
                    )
                ]
            )
        return makers

    def _upstream_tasks(self) -> list[ComponentOperator]:
        """Return all upstream tasks of the same pipeline and group, direct or indirect."""
        from airflow_ppf.task.identity import group_id_of

        if (dag := self.get_dag()) is None:
            return []
        # Compared unrendered, as in the other tasks: this task's own field has been rendered by now.
        pipeline = getattr(dag.get_task(self.task_id), "pipeline", None)
        return [
            task
            for task in self.get_flat_relatives(upstream=True)
            if isinstance(task, ComponentOperator)
            and (task.pipeline, group_id_of(task)) == (pipeline, group_id_of(self))
        ]

    def _hand_over(self, completed: CompletedComponents, config: PipelineConfig, context: Context) -> None:
        """Push the XCom from which downstream tasks restore the views of this task's components."""
        from airflow_ppf.handover.shared_session import settings_digest
        from airflow_ppf.handover.xcom import HANDOVER_XCOM, handover_xcom

        settings: dict[str, str] | None = None
        if self.shared_session:
            settings = {name: settings_digest(config.get_component(name).config) for name in self.components}
        context["ti"].xcom_push(HANDOVER_XCOM, handover_xcom(completed, self.components, settings))
