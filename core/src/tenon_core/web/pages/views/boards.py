"""Boards: records as cards in columns, moved by dragging or by a menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from tenon_core.context import WorkContext
from tenon_core.web.api.calls import Answer, json_answer
from tenon_core.web.api.writing import check_version, load, storing
from tenon_core.web.pages.calls import PageCall, record_id
from tenon_core.web.pages.fields import Fields, cell
from tenon_core.web.pages.lists.page import call_permission
from tenon_core.web.pages.views.rows import filters_of, index_of, needs, read_rows, sums
from tenon_core.web.problems import Fault
from tenon_core.workflow.transitions import available
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Refusal, Refused
from tenon_sdk.text import _, translate
from tenon_sdk.views import Board, BoardColumn
from tenon_sdk.workflows import Transition

CARDS = 40


@frozen(kw_only=True)
class Card:
    id: Any
    version: int
    title: str
    values: Sequence[tuple[str, str]]


@frozen(kw_only=True)
class ColumnView:
    """A column as it is drawn: `count` and `total` are of all its records, not of those shown."""

    key: str
    label: str
    tone: str
    count: int
    total: str | None
    cards: Sequence[Card]


def show_board(call: PageCall, params: Mapping[str, str]) -> Answer:
    """Two statements, and one for each column."""
    board = board_of(call, params["key"])
    entity = call.target
    context: dict[str, Any] = {
        "board": board,
        "info": entity.__tenon__,
        "columns": _columns(call, board),
        "filters": filters_of(call),
        "boards": boards_of(call, entity),
    }
    if call.fragment:
        return call.pages.renderer.part(call, "core/_board.html", **context)
    return call.pages.renderer.page(call, "core/board.html", **context)


def move_card(call: PageCall, params: Mapping[str, str]) -> Answer:
    """Moves the card `id` to `column`; 409 with the reasons where that is refused."""
    board = board_of(call, params["key"])
    id_, column = record_id(call.form.get("id")), call.form.get("column")
    version = call.form.get("version")

    with call.writing() as ctx:
        record = load(ctx, call.target, id_)
        check_version(record, int(version) if version.isdigit() else None)
        storing(call, id_, None, lambda: _move(ctx, board, record, column))
        ctx.session.flush()
        stored = record.version
    return json_answer({"id": id_, "version": stored, "totals": _totals_shown(call, board)})


def board_of(call: PageCall, key: str) -> Board:
    """Raises Fault 404 for a board that is not declared, 403 for who may not see its records."""
    call_permission(call)
    found = call.site.registry.views.get(f"board:{call.target.__tenon__.name}:{key}")
    if not isinstance(found, Board):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return found


def boards_of(call: PageCall, entity: type[Entity]) -> list[Board]:
    name = entity.__tenon__.name
    views = [v for v in call.site.registry.views if isinstance(v, Board) and v.entity == name]
    return sorted(views, key=lambda view: view.order)


def _columns(call: PageCall, board: Board) -> list[ColumnView]:
    fields = Fields(call, call.target)
    totals = _totals(call, board)
    return [_column(call, board, fields, column, totals) for column in _declared(call, board)]


def _declared(call: PageCall, board: Board) -> Sequence[BoardColumn]:
    if board.columns is not None:
        with call.reading() as ctx:
            return board.columns(ctx)
    fields = Fields(call, call.target)
    shown = fields.find(board.field)
    if shown is None:
        raise Fault(403, "forbidden", _("You may not see what this board is arranged by."))
    tones: Mapping[str, Any] = shown.tones
    return [
        BoardColumn(key=code, label=label, tone=tones.get(code, "gray"))
        for code, label in shown.choices.items()
    ]


def _column(
    call: PageCall,
    board: Board,
    fields: Fields,
    column: BoardColumn,
    totals: Mapping[str, Mapping[str, Any]],
) -> ColumnView:
    title = call.target.__tenon__.title
    shown, paths = needs(fields, board.cards)
    pairs = [*board.only, *filters_of(call), (board.field, column.key), ("sort", board.sort)]
    names, rows = read_rows(call, call.target, ["id", "version", title, *paths], pairs, CARDS)
    index = index_of(names)
    fmt = call.pages.renderer.formats(call)
    cells = [(field.label, cell(field, index, fmt)) for field in shown]
    found = totals.get(column.key, {})
    return ColumnView(
        key=column.key,
        label=column.label,
        tone=column.tone,
        count=int(found.get("count") or 0),
        total=_total_text(call, board, found),
        cards=[
            Card(
                id=row[index["id"]],
                version=row[index["version"]],
                title=str(row[index[title]] or ""),
                values=[(label, write(row)) for label, write in cells],
            )
            for row in rows
        ],
    )


def _totals(call: PageCall, board: Board) -> dict[str, dict[str, Any]]:
    measure = f"count,sum:{board.total}" if board.total else "count"
    pairs = [*board.only, *filters_of(call)]
    found = sums(call, call.target, board.field, measure, pairs)
    return {str(row[board.field]): row for row in found}


def _total_text(call: PageCall, board: Board, row: Mapping[str, Any]) -> str | None:
    if board.total is None:
        return None
    fmt = call.pages.renderer.formats(call)
    return fmt.compact(row.get(f"sum:{board.total}") or 0, fmt.currency)


def _totals_shown(call: PageCall, board: Board) -> dict[str, Any]:
    totals = _totals(call, board)
    return {
        key: {"count": int(row.get("count") or 0), "total": _total_text(call, board, row)}
        for key, row in totals.items()
    }


def _move(ctx: WorkContext, board: Board, record: Any, column: str) -> None:
    if board.move is not None:
        board.move(ctx, record.id, column)
        return
    if board.field == "state":
        _transition(ctx, record, column)
        return
    ctx.require(type(record).__tenon__.permission("edit"), record)
    value: Any = column
    if board.columns is not None:
        value = record_id(column, "column")
    setattr(record, board.field, value)


def _transition(ctx: WorkContext, record: Any, target: str) -> None:
    """The move that leads there. Raises Refused where none does, or where it asks for more."""
    if record.state == target:
        return
    leading: list[Transition] = [t for t in available(ctx, record) if t.target == target]
    if not leading:
        raise Refused(_("There is no step from here to there that you may take."))
    transition = leading[0]
    if transition.inputs is not None:
        text = _(
            "“{label}” asks for more: open the record to take this step.",
            label=translate(transition.label),
        )
        raise Refused(Refusal(text, "inputs_needed"))
    ctx.transition(record, transition.name)
