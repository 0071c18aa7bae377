"""How an entity looks on pages: declared by the plugin that owns it, and added to by others.

Without any of these core derives a list, a form and a record page from the fields alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from attrs import frozen

from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context

Tone = Literal["blue", "green", "amber", "red", "violet", "teal", "gray"]


@frozen(kw_only=True)
class Section:
    """Fields of a form and of a record's details that belong together.

    `fields` are names of the entity, `<extension table>.<name>` of an extension, or
    `custom.<key>`. Who may not read a field does not see it.
    """

    key: str
    label: Text
    fields: Sequence[str]
    help: Text | None = None
    order: int = 100


@frozen(kw_only=True)
class FormSection:
    """A section that a plugin adds to the form and details of another one's entity."""

    entity: str
    section: Section


@frozen(kw_only=True)
class Lines:
    """Parts of a record that are edited in place as lines of a table.

    `field` is the reference of `entity` to the record; `sums` are number fields whose total
    stands below.
    """

    entity: str
    field: str
    label: Text
    fields: Sequence[str]
    sums: Sequence[str] = ()
    order: int = 100


@frozen(kw_only=True)
class Layout:
    """How the lists, forms and pages of one entity look; empty parts are derived.

    columns   fields of a list before anybody chooses others; `<reference>.title` is implied
    filters   fields that stand beside the search box
    facts     fields of the strip below a record's title, at most eight
    status    field whose value stands beside the title as a tag
    tones     colour of each code of a choice field or state
    sections  fields of the form, in groups; fields that stand nowhere come last
    lines     parts that are edited in place
    related   reference fields of other entities (`core.contact_account.account_id`) whose records
              are listed on this one's page; None for all, () for none
    sort      order of a list before anybody chooses another
    """

    entity: str
    columns: Sequence[str] = ()
    filters: Sequence[str] = ()
    facts: Sequence[str] = ()
    status: str | None = None
    tones: Mapping[str, Mapping[str, Tone]] = {}
    sections: Sequence[Section] = ()
    lines: Sequence[Lines] = ()
    related: Sequence[str] | None = None
    sort: str | None = None


@frozen(kw_only=True)
class Column:
    """A computed column of another plugin's list: `values` is called once for a page of ids.

    A value is shown by its type: text, number, `Decimal`, date, datetime, or a mapping with
    `text` and `tone`. Ids that are missing in the answer show nothing.
    """

    entity: str
    key: str
    label: Text
    values: Callable[[Context, Sequence[UUID]], Mapping[UUID, Any]]
    permission: str
    order: int = 100
    shown: bool = True


@frozen(kw_only=True)
class BoardColumn:
    """A column of a board: `key` is the value that its records have in the board's field."""

    key: str
    label: str
    tone: Tone = "gray"


@frozen(kw_only=True)
class Board:
    """Records as cards in columns, at `/<plugin>/<entity>/board/<key>`.

    field    state, choice field or reference whose value is the column
    columns  the columns in order where `field` is a reference; else they are its codes
    cards    fields shown on a card below the title, at most five
    total    money or number field whose sum stands above each column
    only     filters as in the API (`("archived_at__isnull", "true")`) that every card fulfils
    sort     order within a column, as in the API
    move     what dragging a card to another column does; by default the transition that leads
             there, or an edit of the field. Raises Refused with the reasons; the card goes back.
    """

    entity: str
    key: str
    label: Text
    field: str
    columns: Callable[[Context], Sequence[BoardColumn]] | None = None
    cards: Sequence[str] = ()
    total: str | None = None
    only: Sequence[tuple[str, str]] = ()
    sort: str = "-updated_at"
    move: Callable[[Context, UUID, str], None] | None = None
    order: int = 100


@frozen(kw_only=True)
class Resource:
    """A row of a dispatch board; `hours` says when it works, as (weekday 0–6, from, to)."""

    id: UUID
    name: str
    note: str = ""
    group: str = ""
    hours: Sequence[tuple[int, str, str]] = ()


@frozen(kw_only=True)
class Schedule:
    """Records that take place at a time: in the calendar, and on a dispatch board.

    start, end  datetime fields; a record without `start` waits in the pool
    resource    reference field to who or what is booked; with it there is a dispatch board at
                `/<plugin>/<entity>/dispatch/<key>`
    resources   rows of the board, all that may be booked; None takes the records of the target
    tone        field whose code gives the colour, by the entity's tones
    mine        reference field to the user in whose own calendar the record stands
    only        filters as in the API that every record shown fulfils
    pool        filters as in the API of the records that wait to be planned
    move        what dragging does: (context, id, start, end, resource) -> None; by default an
                edit of the fields. Raises Refused with the reasons; the record goes back.
    """

    entity: str
    key: str
    label: Text
    start: str
    end: str
    resource: str | None = None
    resources: Callable[[Context], Sequence[Resource]] | None = None
    tone: str | None = None
    mine: str | None = None
    only: Sequence[tuple[str, str]] = ()
    pool: Sequence[tuple[str, str]] = ()
    note: str | None = None
    move: Callable[[Context, UUID, datetime, datetime, UUID | None], None] | None = None
    order: int = 100


@frozen(kw_only=True)
class Bar:
    """A bar of a gantt chart; `after` are the ids of bars that it depends on.

    `planned` draws a thin second bar behind it: the other side's dates. `cells` are shown in the
    table on its left, in the order of the chart's `columns`.
    """

    id: str
    label: str
    start: date
    end: date
    progress: int = 0
    tone: Tone = "blue"
    after: Sequence[str] = ()
    planned: tuple[date, date] | None = None
    cells: Sequence[str] = ()
    url: str | None = None
    movable: bool = False


@frozen(kw_only=True)
class Consequence:
    """What a move on a gantt chart would bring about, told before it is confirmed."""

    lines: Sequence[str]
    tone: Tone = "amber"


@frozen(kw_only=True)
class Gantt:
    """A chart of bars in time; `key` is `<plugin>.<name>`, its page `/<plugin>/gantt/<name>`.

    load     (context, the page's parameters) -> the bars in order, in few statements
    foresee  (context, bar, start, end) -> what the move would bring about; stores nothing
    move     (context, bar, start, end, reason) makes it. Raises Refused with the reasons
    """

    key: str
    label: Text
    permission: str
    load: Callable[[Context, Mapping[str, str]], Sequence[Bar]]
    columns: Sequence[Text] = ()
    foresee: Callable[[Context, str, date, date], Consequence] | None = None
    move: Callable[[Context, str, date, date, str], None] | None = None


@frozen(kw_only=True)
class Node:
    """A node of a network; `size` 1–5, `category` one of the network's."""

    id: str
    label: str
    category: str
    size: int = 2
    url: str | None = None
    tone: Tone | None = None


@frozen(kw_only=True)
class Edge:
    source: str
    target: str
    label: str = ""
    width: int = 1
    tone: Tone | None = None


@frozen(kw_only=True)
class Graph:
    """What a relationship network draws; `categories` are names by key, in legend order."""

    nodes: Sequence[Node]
    edges: Sequence[Edge]
    categories: Mapping[str, str]


@frozen(kw_only=True)
class Network:
    """A relationship network of one record, drawn in a tab of its page."""

    entity: str
    key: str
    label: Text
    permission: str
    load: Callable[[Context, UUID], Graph]
    order: int = 100


View = Board | Schedule | Gantt | Network
