"""Panels of plugins on a record's page: each is loaded by itself and fails alone."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
from attrs import frozen

from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import HTML
from tenon_core.web.pages.looks import tag
from tenon_core.web.pages.record.heading import part, read_heading
from tenon_core.web.problems import Fault
from tenon_sdk.declarations import Slot
from tenon_sdk.errors import TenonError
from tenon_sdk.text import Text, _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall
    from tenon_core.web.pages.formats import Formats

log = logging.getLogger("tenon.web")
MOST_ROWS = 50
NOT_LOADED = _("This part could not be loaded.")


def show_panel(call: PageCall, params: Mapping[str, str]) -> Answer:
    """The panel drawn by its template, or generically; an error stands in its own place."""
    panel = call.site.registry.panels.get(f"{call.target.__tenon__.name}:{params['key']}")
    if panel is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    heading = read_heading(call, UUID(params["id"]))
    context: dict[str, Any] = {"panel": panel, "fault": None, "data": {}, "drawn": None}
    try:
        with call.reading() as ctx:
            ctx.require(panel.permission)
            context["data"] = panel.load(ctx, heading.id)
        if not context["data"] and panel.slot in {Slot.MAIN, Slot.SIDE} and call.fragment:
            return Answer(200, b"", [], HTML)
        if panel.template is None:
            context["drawn"] = draw(context["data"], call.pages.renderer.formats(call))
        return part(call, _template(panel.slot), heading, **context)
    except TenonError as error:
        context["fault"] = translate(error.message)
    except Exception:
        log.exception("panel %s of %s failed", panel.key, panel.entity)
        context["fault"] = translate(NOT_LOADED)
    return part(call, _template(panel.slot), heading, **context)


def _template(slot: Slot) -> str:
    return "core/record/_panel_fact.html" if slot is Slot.FACT else "core/record/_panel.html"


@frozen
class Rows:
    """A table of a panel that has no template."""

    label: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    numeric: Sequence[bool]


@frozen
class Drawn:
    """What is shown of a panel's data without a template: names with values, then tables."""

    pairs: Sequence[tuple[str, Any]]
    tables: Sequence[Rows]


def draw(data: Mapping[str, Any], fmt: Formats) -> Drawn:
    """Values by their type; a sequence of mappings or attrs instances becomes a table.

    A key that is a `Text` is a label, any other is put into words. A mapping with `text` and
    `tone` is a tag; ids are left out, and a mapping with `title` and `url` is a link.
    """
    pairs: list[tuple[str, Any]] = []
    tables: list[Rows] = []
    for key, value in data.items():
        rows = _rows(value)
        if rows is not None:
            tables.append(_table(_label(key), rows[:MOST_ROWS], fmt))
        elif not isinstance(value, UUID):
            pairs.append((_label(key), _shown(value, fmt)))
    return Drawn(pairs, tables)


def _rows(value: Any) -> list[Mapping[str, Any]] | None:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        return None
    found = [attrs.asdict(v, recurse=False) if attrs.has(type(v)) else v for v in value]
    return found if all(isinstance(v, Mapping) for v in found) else None


def _table(label: str, rows: Sequence[Mapping[str, Any]], fmt: Formats) -> Rows:
    keys = [k for k in dict.fromkeys(key for row in rows for key in row) if not _is_id(rows, k)]
    return Rows(
        label=label,
        heads=[_label(key) for key in keys],
        rows=[[_shown(row.get(key), fmt) for key in keys] for row in rows],
        numeric=[all(_number(row.get(key)) for row in rows) for key in keys],
    )


def _is_id(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    return all(row.get(key) is None or isinstance(row.get(key), UUID) for row in rows)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _label(key: Any) -> str:
    if isinstance(key, Text):
        return translate(key)
    return str(key).replace("_", " ").strip().capitalize()


def _shown(value: Any, fmt: Formats) -> Any:
    if value is None or value == "":
        return "–"
    if isinstance(value, Text):
        return translate(value)
    if isinstance(value, bool):
        return translate(_("Yes") if value else _("No"))
    if isinstance(value, Mapping):
        return _mapping(value, fmt)
    if isinstance(value, datetime):
        return fmt.datetime(value)
    if isinstance(value, date):
        return fmt.date(value)
    if isinstance(value, Decimal):
        return fmt.number(value, 2)
    if _number(value):
        return fmt.number(round(value, 2))
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(_shown(one, fmt)) for one in value) or "–"
    return str(value)


def _mapping(value: Mapping[str, Any], fmt: Formats) -> Any:
    if "text" in value and "tone" in value:
        return tag(_shown(value["text"], fmt), str(value["tone"]))
    if "amount" in value and "currency" in value:
        return fmt.money(value["amount"], value["currency"])
    return ", ".join(f"{_label(k)}: {_shown(v, fmt)}" for k, v in value.items()) or "–"
