"""What the press shop contributes and decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement

from tenon_press import cli, demo, papers, queries
from tenon_press.entities import Machine, Part
from tenon_press.extensions import Customer
from tenon_press.hookspecs import CheckContext, PressHooks
from tenon_press.inputs import Limits, Strengthening
from tenon_press.jobs import JOBS
from tenon_press.permissions import REPORT, press_permissions
from tenon_press.services import commissioning, deciding
from tenon_press.workflows import MACHINE
from tenon_sdk.context import Context
from tenon_sdk.declarations import (
    Action,
    Command,
    DemoSet,
    Extension,
    Health,
    HealthCheck,
    Level,
    Measure,
    MenuItem,
    Page,
    Panel,
    Route,
    Slot,
    Widget,
)
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Refusal
from tenon_sdk.events import Handler
from tenon_sdk.hooks import (
    DeleteContext,
    Hooks,
    LimitContext,
    SaveContext,
    TransitionContext,
    implements,
)
from tenon_sdk.jobs import Job
from tenon_sdk.papers import Paper
from tenon_sdk.permissions import Permission
from tenon_sdk.text import _
from tenon_sdk.workflows import Workflow

VIEW = "press.machine.view"


@implements(Hooks.register_entities)
def entities() -> Sequence[type[Entity]]:
    return (Machine, Part)


@implements(Hooks.register_extensions)
def extensions() -> Sequence[Extension]:
    return (Extension(entity=Customer),)


@implements(Hooks.register_permissions)
def permissions() -> Sequence[Permission]:
    return press_permissions()


@implements(Hooks.register_workflows)
def workflows() -> Sequence[Workflow]:
    return (MACHINE,)


@implements(Hooks.register_routes)
def routes() -> Sequence[Route | Page]:
    return (
        Route(
            method="GET",
            path="press/strongest",
            run=queries.strongest,
            summary=_("The force of the strongest press"),
            permission=VIEW,
            inputs=Limits,
        ),
        Page(
            path="press/overview",
            title=_("Overview of presses"),
            template="press/overview.html",
            load=queries.overview,
            permission=REPORT,
        ),
    )


@implements(Hooks.register_menu)
def menu() -> Sequence[MenuItem]:
    return (
        MenuItem(
            key="press.machines",
            label=_("Presses"),
            icon="engine",
            path="/press/machine",
            permission=VIEW,
        ),
    )


@implements(Hooks.register_panels)
def panels() -> Sequence[Panel]:
    return (
        Panel(
            entity="core.account",
            key="press.machines",
            label=_("Presses"),
            load=queries.of_account,
            permission=VIEW,
            template="press/machines.html",
            slot=Slot.SIDE,
        ),
    )


@implements(Hooks.register_papers)
def register_papers() -> Sequence[Paper]:
    return papers.PAPERS


@implements(Hooks.register_actions)
def actions() -> Sequence[Action]:
    return (
        Action(
            entity="press.machine",
            key="press.strengthen",
            label=_("Give more force"),
            run=commissioning.strengthen,
            permission="press.machine.edit",
            inputs=Strengthening,
            bulk=True,
        ),
    )


@implements(Hooks.register_widgets)
def widgets() -> Sequence[Widget]:
    return (
        Widget(
            key="press.states",
            label=_("Presses by status"),
            load=queries.tile,
            permission=VIEW,
            template="press/overview.html",
        ),
    )


@implements(Hooks.register_measures)
def measures() -> Sequence[Measure]:
    return (
        Measure(
            entity="press.machine",
            key="press.force",
            label=_("Force of all presses"),
            expression=queries.total_tonnes,
            unit="t",
        ),
    )


@implements(Hooks.register_event_handlers)
def event_handlers() -> Sequence[Handler[Any]]:
    return (commissioning.count_with_customer, commissioning.tell_owner)


@implements(Hooks.register_jobs)
def jobs() -> Sequence[Job]:
    return JOBS


@implements(Hooks.register_commands)
def commands() -> Sequence[Command]:
    return (
        Command(
            name="strongest",
            help=_("Print the force of the strongest press in tonnes"),
            run=cli.show_strongest,
            inputs=Limits,
        ),
    )


@implements(Hooks.register_demo_data)
def demo_data() -> Sequence[DemoSet]:
    return (DemoSet(key="press.machines", load=demo.load),)


def _check(ctx: Context) -> Health:
    count = commissioning.count_machines(ctx, {})["machines"]
    return Health(level=Level.OK, message=_("{count} presses", count=count))


@implements(Hooks.register_health_checks)
def health_checks() -> Sequence[HealthCheck]:
    return (HealthCheck(key="press.machines", label=_("Presses"), run=_check),)


@implements(Hooks.guard_transition)
def guard_transition(decision: TransitionContext) -> Sequence[Refusal]:
    return deciding.without_customer(decision)


@implements(Hooks.guard_save)
def guard_save(decision: SaveContext) -> Sequence[Refusal]:
    return deciding.heavy(decision)


@implements(Hooks.guard_delete)
def guard_delete(decision: DeleteContext) -> Sequence[Refusal]:
    return deciding.running(decision)


@implements(Hooks.limit_records)
def limit_records(decision: LimitContext) -> ColumnElement[bool] | None:
    return deciding.locked(decision)


@implements(PressHooks.press_checks)
def own_checks(question: CheckContext) -> Sequence[str]:
    machine = question.context.session.get(Machine, question.machine_id)
    return ("safety",) if machine is not None and machine.name.startswith("Unsafe") else ()
