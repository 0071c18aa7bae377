from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import func

from lathe.entities import MARGIN, Hidden, Line, Machine, Order
from tenon_sdk.declarations import Action, Extension, Measure, Panel, Route
from tenon_sdk.errors import Refusal, Refused
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import Permission
from tenon_sdk.text import Text, _
from tenon_sdk.views import Bar, Board, Consequence, Edge, Gantt, Graph, Network, Node, Schedule
from tenon_sdk.workflows import State, Transition, Workflow


@frozen
class Quote:
    id: UUID
    quantity: int = 1
    days: Sequence[date] = ()


@frozen
class Echo:
    word: str
    price: Decimal = Decimal(0)


@frozen
class Done:
    remark: str


@frozen
class Price:
    order: UUID
    total: Decimal
    days: Sequence[date]


def quote(ctx, inputs: Quote) -> Price:
    return Price(inputs.id, Decimal(2) * inputs.quantity, inputs.days)


def echo(ctx, inputs: Echo) -> dict[str, Any]:
    return {"word": inputs.word, "price": inputs.price, "text": _("This field is required.")}


def ping(ctx, inputs):
    return {
        "who": ctx.actor.login,
        "system": ctx.actor.is_system,
        "sees": ctx.can("core.account.view"),
    }


def crash(ctx, inputs):
    raise RuntimeError("the password is swordfish")


def leak(ctx, inputs):
    return {"record": Order(name="x")}


def stamp(ctx, ids, inputs):
    for order in ctx.session.query(Order).filter(Order.id.in_(ids)):
        order.name = inputs.word
    return {"stamped": len(ids)}


def panel(ctx, record_id):
    return {"id": record_id, "lines": 3}


def note(ctx, record, inputs):
    record.code = inputs.remark


@implements(Hooks.register_entities)
def entities():
    return (Order, Line, Hidden)


@implements(Hooks.register_extensions)
def extensions():
    return (Extension(entity=Machine),)


@implements(Hooks.register_permissions)
def permissions():
    return (Permission(name=MARGIN, label=Text("Margin")),)


@implements(Hooks.register_measures)
def measures():
    return (
        Measure(
            entity="lathe.order",
            key="gain",
            label=Text("Gain"),
            expression=lambda order: func.sum(order.margin * 1),
        ),
    )


@implements(Hooks.register_workflows)
def workflows():
    return (
        Workflow(
            entity="lathe.order",
            initial="open",
            states=(State(key="open", label=Text("Open")), State(key="done", label=Text("Done"))),
            transitions=(
                Transition(
                    name="finish", label=Text("Finish"), source=("open",), target="done",
                    inputs=Done, apply=note,
                ),
                Transition(name="reopen", label=Text("Reopen"), source=("done",), target="open"),
            ),
        ),
    )  # fmt: skip


def bars(ctx, asked):
    return [
        Bar(id="a", label="A", start=date(2026, 3, 2), end=date(2026, 3, 9), movable=True),
        Bar(id="b", label=asked.get("name", "B"), start=date(2026, 3, 9), end=date(2026, 3, 16),
            after=("a",), cells=("late",)),
    ]  # fmt: skip


def foresee(ctx, bar, start, end):
    return Consequence(lines=[f"{bar} ends on {end}"])


def move_bar(ctx, bar, start, end, reason):
    if not reason:
        raise Refused(_("Say why."))


def ties(ctx, id_):
    return Graph(
        nodes=(Node(id=str(id_), label="it", category="order"),),
        edges=(Edge(source=str(id_), target=str(id_)),),
        categories={"order": "Orders"},
    )


@implements(Hooks.register_views)
def views():
    return (
        Board(entity="lathe.order", key="state", label=Text("By status"), field="state",
              cards=("amount", "margin", "account_id"), total="amount"),
        Board(entity="lathe.order", key="kind", label=Text("By kind"), field="kind"),
        Schedule(entity="lathe.order", key="plan", label=Text("Plan"), start="begins_at",
                 end="begins_at", mine="owner_id", resource="owner_id", tone="kind", note="code",
                 pool=(("begins_at__isnull", "true"),)),
        Gantt(key="lathe.works", label=Text("Works"), permission="lathe.order.view", load=bars,
              foresee=foresee, move=move_bar, columns=(Text("Late"),)),
        Network(entity="lathe.order", key="ties", label=Text("Ties"),
                permission="lathe.order.view", load=ties),
    )  # fmt: skip


@implements(Hooks.register_routes)
def routes():
    view = "lathe.order.view"
    text = Text("A route")
    return (
        Route(method="GET", path="lathe/order/{id}/quote", run=quote, inputs=Quote,
              summary=text, permission=view),
        Route(method="POST", path="lathe/echo", run=echo, inputs=Echo, summary=text, permission=view),
        Route(method="GET", path="lathe/ping", run=ping, summary=text, public=True),
        Route(method="GET", path="lathe/crash", run=crash, summary=text, public=True),
        Route(method="GET", path="lathe/leak", run=leak, summary=text, public=True),
    )  # fmt: skip


@implements(Hooks.register_actions)
def actions():
    common = {"entity": "lathe.order", "run": stamp, "inputs": Echo, "label": Text("Stamp")}
    return (
        Action(key="stamp", bulk=True, permission="lathe.order.edit", **common),
        Action(key="stamp_one", permission="lathe.order.edit", **common),
    )


@implements(Hooks.register_panels)
def panels():
    return (
        Panel(entity="lathe.order", key="lines", label=Text("Lines"), load=panel,
              permission="lathe.order.view"),
    )  # fmt: skip


@implements(Hooks.guard_save)
def keep_out(decision):
    name = getattr(decision.record, "name", None)
    if name == "forbidden":
        return (Refusal(_("This value is not allowed."), code="bad_name", field="name"),)
    return ()


@implements(Hooks.guard_delete)
def keep_in(decision):
    if getattr(decision.record, "name", None) == "eternal":
        return (Refusal(_("This value is not allowed."), code="eternal"),)
    return ()
