"""Gantt charts and relationship networks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tenon_core.web.api.calls import Answer, Endpoint, json_answer
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.views.rows import filters_of
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _, translate
from tenon_sdk.views import Bar, Gantt, Network

# Beyond this a bar has slipped out of every plan and a typing error is likelier.
FARTHEST = timedelta(days=20 * 365)


def add_charts(router: Router) -> None:
    router.add("GET", "{plugin}/gantt/{key}", Endpoint(show_gantt))
    router.add("GET", "{plugin}/gantt/{key}/bars", Endpoint(gantt_bars))
    router.add("POST", "{plugin}/gantt/{key}/foresee", Endpoint(foresee_bar))
    router.add("POST", "{plugin}/gantt/{key}/move", Endpoint(move_bar))


def show_gantt(call: PageCall, params: Mapping[str, str]) -> Answer:
    chart = _gantt(call, params)
    return call.pages.renderer.page(
        call,
        "core/gantt.html",
        chart=chart,
        base=f"/{params['plugin']}/gantt/{params['key']}",
        columns=[translate(column) for column in chart.columns],
    )


def gantt_bars(call: PageCall, params: Mapping[str, str]) -> Answer:
    chart = _gantt(call, params)
    with call.reading() as ctx:
        ctx.require(chart.permission)
        bars = chart.load(ctx, dict(filters_of(call)))
        return json_answer({"bars": [_bar(bar) for bar in bars]})


def foresee_bar(call: PageCall, params: Mapping[str, str]) -> Answer:
    """What the move would bring about; nothing is stored."""
    chart = _gantt(call, params)
    if chart.foresee is None:
        return json_answer({"lines": [], "tone": "gray"})
    bar, start, end = _target(call)
    with call.reading() as ctx:
        ctx.require(chart.permission)
        told = chart.foresee(ctx, bar, start, end)
        return json_answer({"lines": list(told.lines), "tone": told.tone})


def move_bar(call: PageCall, params: Mapping[str, str]) -> Answer:
    chart = _gantt(call, params)
    if chart.move is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    bar, start, end = _target(call)
    with call.writing() as ctx:
        ctx.require(chart.permission)
        chart.move(ctx, bar, start, end, call.form.get("reason"))
    return json_answer({"moved": True})


def show_network(call: PageCall, params: Mapping[str, str]) -> Answer:
    """The graph of one record as JSON, for `<tenon-network>`."""
    found = call.site.registry.views.get(f"network:{call.target.__tenon__.name}:{params['key']}")
    if not isinstance(found, Network):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    id_ = UUID(params["id"])
    with call.reading() as ctx:
        ctx.require(found.permission)
        if ctx.session.get(call.target, id_) is None:
            raise NotFound(call.target.__tenon__.name, id_)
        return json_answer(found.load(ctx, id_))


def _gantt(call: PageCall, params: Mapping[str, str]) -> Gantt:
    found = call.site.registry.views.get(f"gantt:{params['plugin']}.{params['key']}")
    if not isinstance(found, Gantt):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    if call.guardian.access.scope(found.permission) is None:
        raise Fault(403, "forbidden", _("You are not allowed to do this."))
    return found


def _bar(bar: Bar) -> Mapping[str, Any]:
    return {
        "id": bar.id,
        "name": bar.label,
        "start": bar.start.isoformat(),
        "end": bar.end.isoformat(),
        "progress": bar.progress,
        "tone": bar.tone,
        "dependencies": list(bar.after),
        "planned": [day.isoformat() for day in bar.planned] if bar.planned else None,
        "cells": list(bar.cells),
        "url": bar.url,
        "movable": bar.movable,
    }


def _target(call: PageCall) -> tuple[str, date, date]:
    start, end = _day(call, "start"), _day(call, "end")
    if end < start:
        raise Invalid({"end": _("The end is before the beginning.")})
    if abs(start - call.site.clock().date()) > FARTHEST:
        raise Invalid({"start": _("This date is too far away.")})
    return call.form.get("id"), start, end


def _day(call: PageCall, name: str) -> date:
    try:
        return date.fromisoformat(call.form.get(name)[:10])
    except ValueError:
        raise Invalid({name: _("Enter a date.")}) from None
