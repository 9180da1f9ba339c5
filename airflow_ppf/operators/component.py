"""Operator that runs one or more components of a pipeline as a task: `ComponentOperator`."""

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
    """Runs components of a pipeline as a task of its own, on what the tasks before it have handed over.

    All temp views of all components upstream are there when it begins, restored from the Parquet that their tasks
    wrote under `checkpoint.root`. Where that is they have told in their XCom `ppf_handover`, and so does this task of
    its own components. A task that fails is retried alone. One whose upstream handed nothing over, or something that
    is damaged by now, fails at once and says which task to clear.

    Tasks of one pipeline belong together by DAG run, task group and map index, and are to be in one group, in the order
    in which the pipeline has its components. `pipeline_dags` and `PipelineTaskGroup` see to all of that.

    In a run that is for a part of the pipeline a task has nothing to do if none of its components is selected and no
    other task needs their views; it succeeds all the same, so that those after it run.

    With `submit` a driver of its own runs the components and the task waits for it, as for `PipelineOperator`. One that
    is left over from an earlier try counts only if nothing upstream was made again since.

    The rendered field `config` shows the settings of the components as they were used; secrets are references in it.

    Args:
        components: Names of the components, which run in the pipeline's order.
        begins: Whether it makes the quality checks that come before the pipeline.
        ends: Whether it makes those that come after the pipeline, and removes what was handed over in the run unless
            `checkpoint.keep` says otherwise. It has to come after all other tasks of the pipeline.
        shared_session: Whether views are handed on in a session at a Spark Connect server that all tasks of the
            pipeline share in a DAG run. Then only what `materialize` says is written; what was not written, and is
            not in the session any more, is made again by the task that needs it. An `EndSharedSessionOperator` ends
            the session.
        kwargs: As for `PipelineOperator`.
    """

    template_fields: Sequence[str] = (*PipelineOperator.template_fields, "config")
    template_fields_renderers = {**PipelineOperator.template_fields_renderers, "config": "json"}  # noqa: RUF012 - Airflow's own shape

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
        """As any operator's; `config` comes out of the pipeline first."""
        super().render_template_fields(context, jinja_env)
        self._read_part = None  # of what the fields were before
        self.config = self.render_template(self._part().settings, context, jinja_env)

    def _own_components(self) -> Collection[str]:
        return self.components

    def _part(self) -> PipelinePart:
        """The part of the pipeline that is this task's; the file is read once in a task's process."""
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
        """Return what the upstream tasks have handed over, by their XComs."""
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
        """Return where a run id names one run of the pipeline, shared by all of its tasks."""
        from airflow_ppf.task.identity import TaskIdentity, group_id_of

        identity = TaskIdentity.of(context)
        return identity.dag_id, group_id_of(self), str(identity.map_index)

    def _partial_run(self, task_try: TaskTry, context: Context, upstream: UpstreamHandOvers) -> PartialRun:
        from ppf_core.runner import PartialRun, RunKey

        part = self._part()
        selected = self._selected(part, task_try, context)
        if self.components and not selected.names:
            self.outlets = []  # a component that does not run updates nothing, and a success would say so
        key = RunKey(self._scope(context), part.pipeline.name, context["ti"].run_id)
        return PartialRun(key, selected, upstream.completed, part.settings)

    def _replayed(
        self, component: ComponentConfig, upstream: UpstreamHandOvers, context: Context
    ) -> ComponentConfig:
        """Return a component of another task with its settings as they were there, to be replayed here."""
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
        """Those of the task's components that the run is for, or whose views the run's other tasks need."""
        from ppf_core.runner import Action, SelectedComponents, make_plan

        chosen = self._selection(part.pipeline, task_try, context)
        if not chosen:
            return SelectedComponents(frozenset(self.components))
        selected = chosen.of_pipeline(part.pipeline)
        plan = make_plan(part.pipeline, selected=selected)
        names = frozenset(self.components).intersection(plan.names(Action.RUN) + plan.names(Action.REPLAY))
        return SelectedComponents(names, selected.forced & names)

    def _makers(self, part: PipelinePart) -> dict[str, str]:
        """The task of each component upstream of this task's own."""
        from ppf_core.config import ConfigError, Problem

        makers: dict[str, str] = {}
        for task in self._tasks_before():
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

    def _tasks_before(self) -> list[ComponentOperator]:
        """All tasks of the same pipeline and group that come before this one, whatever is between them."""
        from airflow_ppf.task.identity import group_id_of

        if (dag := self.get_dag()) is None:
            return []
        # What this one says of its pipeline has been rendered meanwhile.
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
