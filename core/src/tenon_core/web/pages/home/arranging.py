"""How a person has arranged her home page; kept among her preferences as `home`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from tenon_sdk.declarations import Widget

WIDTHS = (3, 4, 6, 8, 12)


@frozen
class Placed:
    """A widget where it stands; `width` is in twelfths of the page."""

    widget: Widget
    width: int
    hidden: bool = False


def arranged(widgets: Iterable[Widget], kept: object) -> list[Placed]:
    """All of them: in the order that was kept, and new ones behind, in their own.

    `kept` may be anything: it is read from the database, and plugins come and go.
    """
    home: Mapping[str, Any] = kept if isinstance(kept, Mapping) else {}
    order = {key: at for at, key in enumerate(_list(home.get("order")))}
    hidden = set(_list(home.get("hidden")))
    widths = home.get("widths")
    own: Mapping[str, Any] = widths if isinstance(widths, Mapping) else {}
    known = sorted(widgets, key=lambda w: (order.get(w.key, len(order)), w.order, w.key))
    return [
        Placed(widget, width_of(own.get(widget.key), widget.width), widget.key in hidden)
        for widget in known
    ]


def width_of(wanted: object, declared: int) -> int:
    """What was chosen if there is such a width, else the next one to what is declared."""
    if isinstance(wanted, int) and wanted in WIDTHS:
        return wanted
    return min(WIDTHS, key=lambda width: abs(width - declared))


def to_keep(placed: Sequence[Placed]) -> dict[str, Any]:
    return {
        "order": [one.widget.key for one in placed],
        "widths": {
            one.widget.key: one.width
            for one in placed
            if one.width != width_of(None, one.widget.width)
        },
        "hidden": [one.widget.key for one in placed if one.hidden],
    }


def _list(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
