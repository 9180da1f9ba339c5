"""A component of a pipeline, or several, as an Airflow task."""

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
    from airflow_ppf.submission import SubmittedOutcome
    from airflow_ppf.task.task_try import TaskTry
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import CompletedComponents, PipelineResult, RunPart, SelectedComponents

__all__ = ["ComponentOperator"]


@contextmanager
def _damage_named(makers: Mapping[str, str]) -> Iterator[None]:
    """Let an error that says whose hand-over is damaged say as well which task to clear."""
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

    def _run(
        self, config: PipelineConfig, run: TaskTry, context: Context, **arguments: Any
    ) -> PipelineResult:
        from airflow_ppf.task.identity import group_id_of
        from ppf_core.runner import PipelineResultStatus

        part = self._part()
        makers = self._makers(part)
        told = self._told(makers, context)
        run_part = self._run_part(part, run, context, self._elsewhere(told, makers))
        config = part.to_run(config, shared=self.shared_session)
        if self.shared_session:
            from airflow_ppf.handover.shared_session import shared_session

            arguments["shared_session"] = shared_session(run.identity, group_id_of(self), config.name)
            arguments["replayed"] = lambda one: self._replayed(one, makers[one.name], told, context)
        with _damage_named(makers):
            result = super()._run(
                config,
                run,
                context,
                run_scope=self._run_scope(context),
                **run_part.runner_arguments(config),
                **arguments,
            )
        if result.status is PipelineResultStatus.SUCCESS:
            self._hand_over(config, run, context)
        return result

    def _run_submitted(self, config: PipelineConfig, context: Context) -> SubmittedOutcome:
        part = self._part()
        makers = self._makers(part)
        elsewhere = self._elsewhere(self._told(makers, context), makers)
        config = part.to_run(config)
        submitted = self._submitted_task(config, context)
        with _damage_named(makers):
            outcome = submitted.execute(
                resume=self.resume,
                selection=self._run_part(part, submitted.run, context, elsewhere),
                on_quality_failure=self.on_quality_failure,
            )
        self._hand_over(config, submitted.run, context)
        return outcome

    def _told(self, makers: Mapping[str, str], context: Context) -> dict[str, Any]:
        """What the tasks upstream have told of their hand-overs, by their ids."""
        from airflow_ppf.handover.xcom import HANDOVER_XCOM
        from airflow_ppf.task.identity import TaskIdentity

        map_index = TaskIdentity.of(context).map_index
        return {
            task_id: context["ti"].xcom_pull(task_ids=task_id, key=HANDOVER_XCOM, map_indexes=map_index)
            for task_id in dict.fromkeys(makers.values())
        }

    def _elsewhere(self, told: Mapping[str, Any], makers: Mapping[str, str]) -> CompletedComponents:
        from airflow_ppf.handover.xcom import handovers_of

        return handovers_of(told, makers, shared=self.shared_session)

    def _run_scope(self, context: Context) -> tuple[str, str, str]:
        """Within this a run id names one run of the pipeline, whichever of its tasks it is."""
        from airflow_ppf.task.identity import TaskIdentity, group_id_of

        identity = TaskIdentity.of(context)
        return identity.dag_id, group_id_of(self), str(identity.map_index)

    def _run_part(
        self, part: PipelinePart, run: TaskTry, context: Context, elsewhere: CompletedComponents
    ) -> RunPart:
        from ppf_core.runner import RunPart

        selected = self._selected(part, run, context)
        if self.components and not selected.names:
            self.outlets = []  # what does not run updates nothing, and a success would say so
        handover_run = (*self._run_scope(context), part.pipeline.name, context["ti"].run_id)
        return RunPart(handover_run, selected, elsewhere, part.settings)

    def _replayed(
        self, component: ComponentConfig, task_id: str, told: Mapping[str, Any], context: Context
    ) -> ComponentConfig:
        """A component of another task as it ran there, to be run again here."""
        from airflow_ppf.handover.shared_session import settings_digest
        from airflow_ppf.handover.xcom import UpstreamHandOverError, told_settings

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

    def _selected(self, part: PipelinePart, run: TaskTry, context: Context) -> SelectedComponents:
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

    def _hand_over(self, config: PipelineConfig, run: TaskTry, context: Context) -> None:
        from airflow_ppf.handover.shared_session import settings_digest
        from airflow_ppf.handover.xcom import HANDOVER_XCOM, handovers_to_xcom
        from ppf_core.runner import load_checkpoint_for_resume

        completed = load_checkpoint_for_resume(run.store, run.identity.run_id, config)
        settings: dict[str, str] | None = None
        if self.shared_session:
            settings = {name: settings_digest(config.get_component(name).config) for name in self.components}
        told = handovers_to_xcom(completed, self.components, settings)
        context["ti"].xcom_push(HANDOVER_XCOM, told)
