"""What plugins contribute to surfaces: frozen, validated at start, collected once.

Handlers are plain functions of a context and plain data, so that the same declaration serves the
page, the API, the command line and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from attrs import field, frozen
from sqlalchemy import ColumnElement

from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context
    from tenon_sdk.entities import Entity

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


@frozen(kw_only=True)
class Route:
    """An API endpoint `/api/v1/<path>`.

    `run` gets the context and an instance of `inputs` (an attrs class filled from the query and
    path for GET and DELETE, else from path and JSON body; None without inputs) and returns plain
    data: attrs instances, mappings, sequences, values. Names a permission or is `public`. With
    `upload` the body may hold a file in base64 and be as large as that asks for.
    """

    method: Method
    path: str
    run: Callable[[Context, Any], Any]
    summary: Text
    permission: str | None = None
    public: bool = False
    inputs: type[Any] | None = None
    upload: bool = False


@frozen(kw_only=True)
class Page:
    """A page at `/<path>` drawn from `template` with what `load` returns."""

    path: str
    title: Text
    template: str
    load: Callable[[Context, Mapping[str, str]], Mapping[str, Any]]
    permission: str | None = None
    public: bool = False


@frozen(kw_only=True)
class MenuItem:
    """An entry of the sidebar, shown to who has `permission`; None is everybody logged in.

    `section` is the heading it stands below; `phone` puts it into the bar at the bottom of small
    screens, which holds four; `shortcut` are keys pressed one after the other (`g c`).
    """

    key: str
    label: Text
    icon: str
    path: str
    permission: str | None = None
    section: Text | None = None
    order: int = 100
    phone: bool = False
    shortcut: str | None = None


class Slot(StrEnum):
    """Where on a record's page a panel stands."""

    FACT = "fact"
    MAIN = "main"
    SIDE = "side"
    TAB = "tab"


@frozen(kw_only=True)
class Panel:
    """A part of another entity's record page and of its unified view.

    `load` gets the record's id and returns the data of the panel in a bounded number of
    statements; one without data is not shown. `template` draws them as `data`; without one they
    are drawn by their types: names with values, a sequence of mappings or attrs instances as a
    table, `{"text", "tone"}` as a tag, `{"amount", "currency"}` as money. A key that is a `Text`
    is a label. In the slot `FACT` the first value stands alone. A panel that raises shows its
    error in its own place.
    """

    entity: str
    key: str
    label: Text
    load: Callable[[Context, UUID], Mapping[str, Any]]
    permission: str
    template: str | None = None
    slot: Slot = Slot.MAIN
    icon: str = "layout-grid"
    order: int = 100


@frozen(kw_only=True)
class Action:
    """Something that can be done with one record, or with a selection when `bulk`."""

    entity: str
    key: str
    label: Text
    run: Callable[[Context, Sequence[UUID], Any], Any]
    permission: str
    inputs: type[Any] | None = None
    bulk: bool = False
    icon: str = "bolt"
    confirm: Text | None = None
    order: int = 100


@frozen(kw_only=True)
class Widget:
    """A tile of the home page; `load` returns its data for the person who looks."""

    key: str
    label: Text
    load: Callable[[Context], Mapping[str, Any]]
    permission: str
    template: str | None = None
    width: int = 6
    order: int = 100


@frozen(kw_only=True)
class Measure:
    """A number that can be summed over an entity's records: `expression(cls)` is its SQL."""

    entity: str
    key: str
    label: Text
    expression: Callable[[type[Entity]], ColumnElement[Any]]
    unit: str | None = None


@frozen(kw_only=True)
class Command:
    """`tenon <plugin> <name>`; options come from the attrs class `inputs`."""

    name: str
    help: Text
    run: Callable[[Context, Any], str | None]
    inputs: type[Any] | None = None


@frozen(kw_only=True)
class DemoContext:
    """What demo data is made from: the same seed and day give the same data.

    `context.at(moment, user_id)` writes history: records of another moment and person.
    """

    context: Context
    seed: int
    today: date
    report: Callable[[str], None]


@frozen(kw_only=True)
class DemoSet:
    """A plugin's part of the demo company, loaded after the sets it comes `after`."""

    key: str
    load: Callable[[DemoContext], None]
    after: Sequence[str] = ()


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@frozen(kw_only=True)
class Health:
    level: Level
    message: Text
    details: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class HealthCheck:
    key: str
    label: Text
    run: Callable[[Context], Health]


@frozen(kw_only=True)
class Extension:
    """Fields added to another plugin's entity; `entity` is a class with `extends=`."""

    entity: type[Entity]
