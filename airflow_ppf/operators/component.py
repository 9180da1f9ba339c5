"""A component of a pipeline, or several, as an Airflow task."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_ppf.operators.pipeline import PipelineOperator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import jinja2
    from airflow.sdk import Context

    from airflow_ppf.pipeline_part import PipelinePart
    from airflow_ppf.run_context import RunContext
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import PipelineResult, SelectedComponents

__all__ = ["ComponentOperator"]


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
        from airflow_ppf.pipeline_part import PipelinePart

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

    def _run(
        self, config: PipelineConfig, run: RunContext, context: Context, **arguments: Any
    ) -> PipelineResult:
        from airflow_ppf.handover_xcom import HANDOVER_XCOM, UpstreamHandOverError, handovers_of
        from airflow_ppf.task_identity import group_id_of
        from ppf_core.runner import HandOverDamagedError, PipelineResultStatus

        part = self._part()
        makers = self._makers(part)
        told = {
            task_id: context["ti"].xcom_pull(
                task_ids=task_id, key=HANDOVER_XCOM, map_indexes=run.identity.map_index
            )
            for task_id in dict.fromkeys(makers.values())
        }
        elsewhere = handovers_of(told, makers, shared=self.shared_session)
        selected = self._selected(part, run, context)
        if self.components and not selected.names:
            self.outlets = []  # what does not run updates nothing, and a success would say so
        config = part.to_run(config, shared=self.shared_session)
        if self.shared_session:
            from airflow_ppf.shared_session import shared_session

            arguments["shared_session"] = shared_session(run.identity, group_id_of(self), config.name)
            arguments["replayed"] = lambda one: self._replayed(one, makers[one.name], told, context)
        try:
            result = super()._run(
                config,
                run,
                context,
                run_scope=(run.identity.dag_id, group_id_of(self), str(run.identity.map_index)),
                selection=selected,
                elsewhere=elsewhere,
                as_written=part.pipeline,
                **arguments,
            )
        except HandOverDamagedError as error:
            raise UpstreamHandOverError(error.component, makers[error.component], error.reason) from error
        if result.status is PipelineResultStatus.SUCCESS:
            self._hand_over(config, run, context)
        return result

    def _replayed(
        self, component: ComponentConfig, task_id: str, told: Mapping[str, Any], context: Context
    ) -> ComponentConfig:
        """A component of another task as it ran there, to be run again here."""
        from airflow_ppf.handover_xcom import UpstreamHandOverError, told_settings
        from airflow_ppf.shared_session import settings_digest

        try:
            settings = self.render_template(component.config, context)
        except Exception as error:
            reason = (
                f"it is not in the shared session any more, and its settings cannot be rendered here: {error}"
            )
            raise UpstreamHandOverError(component.name, task_id, reason) from error
        if settings_digest(settings) != told_settings(told, component.name, task_id):
            reason = (
                "it is not in the shared session any more, and cannot be run again here, where its settings, or the "
                "templates in them, mean something else"
            )
            raise UpstreamHandOverError(component.name, task_id, reason)
        self.log.warning(
            "The views of %s are not in the shared session any more; it runs again in this task",
            component.name,
        )
        return replace(component, config=settings)

    def _selected(self, part: PipelinePart, run: RunContext, context: Context) -> SelectedComponents:
        """Those of the task's components that the run is for, or whose views the run's other tasks need."""
        from ppf_core.runner import Action, SelectedComponents, make_plan

        chosen = self._selection(part.pipeline, run, context)
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
        from airflow_ppf.task_identity import group_id_of

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

    def _hand_over(self, config: PipelineConfig, run: RunContext, context: Context) -> None:
        from airflow_ppf.handover_xcom import HANDOVER_XCOM, handovers_to_xcom
        from airflow_ppf.shared_session import settings_digest
        from ppf_core.runner import load_checkpoint_for_resume

        completed = load_checkpoint_for_resume(run.store, run.identity.run_id, config)
        settings: dict[str, str] | None = None
        if self.shared_session:
            settings = {name: settings_digest(config.get_component(name).config) for name in self.components}
        told = handovers_to_xcom(completed, self.components, settings)
        context["ti"].xcom_push(HANDOVER_XCOM, told)
