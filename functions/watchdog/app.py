"""Every few minutes: compare all states with Glue and Athena, repair differences, and report what is overdue."""

from functools import partial
from typing import Any

from landfall.model.errors import SweepError, VersionConflictError
from landfall.model.observations import Observations
from landfall.model.pipelines import Pipeline
from landfall.model.state import State
from landfall.rules import reactions, sweep
from landfall.rules.transition import Transition
from landfall.service.application import Application, application
from landfall.service.observe import Answers

_TRIES = 50  # as many as other writers have: a stream of uploads may change the state of a pipeline all the time


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sweep every pipeline. One that fails does not stop the others, but raises SweepError at the end."""
    app = application().bind_request(context)
    pipelines = app.registry.pipelines(fresh=True).by_name
    # States are read before AWS is queried. A run is completed even when its definition is gone.
    known = {*pipelines, *app.registry.problems_by_name, *app.transitions.state_table.names()}
    states = app.transitions.state_table.load_all(sorted(known))
    app.metrics.report_open_incidents({name: len(state.incidents) for name, state in states.items()})
    answers = app.observe.many((pipelines.get(name), state) for name, state in states.items())
    troubled = [name for name, state in sorted(states.items()) if not _sweep(app, pipelines.get(name), state, answers)]
    if troubled:
        raise SweepError(f"{len(troubled)} of {len(states)} pipelines could not be swept: {', '.join(troubled[:20])}")
    return {"swept": len(states)}


def _sweep(app: Application, pipeline: Pipeline | None, state: State, answers: Answers) -> bool:
    try:
        observed = _observe(app, pipeline, state, answers)
        for _ in range(_TRIES):
            try:
                app.transitions.apply_to(state, pipeline, partial(_react, app, pipeline, observed))
            except VersionConflictError:  # try again here: a steady stream of uploads would defeat every sweep
                before, state = state, app.transitions.state_table.load(state.pipeline)
                # Queries take longer than some uploads: repeated after each upload, they might never lead to a write.
                if not sweep.is_same(before, state):
                    observed = _observe(app, pipeline, state, app.observe.many([(pipeline, state)]))
            else:
                return True
        app.log.info("Other invocations change the pipeline all the time", pipeline=state.pipeline)
    except Exception:
        app.log.exception("A pipeline could not be swept", pipeline=state.pipeline)
        return False
    return True


def _observe(app: Application, pipeline: Pipeline | None, state: State, answers: Answers) -> Observations:
    return app.observe.one(state, pipeline, answers, app.registry.problems_by_name.get(state.pipeline, ""))


def _react(app: Application, pipeline: Pipeline | None, observed: Observations, state: State, now: float) -> Transition:
    return reactions.on_sweep(state, observed, pipeline, app.transitions.moment(now, may_adopt=True))
