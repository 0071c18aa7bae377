"""Storing what a form says: the record and its lines in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.context import WorkContext
from tenon_core.web.api.shapes import Values, read_values
from tenon_core.web.api.writing import change, check_version, load, make, repeats, storing, taken
from tenon_core.web.pages.form.draft import Draft
from tenon_core.web.pages.form.lines import PLACE, LinesDraft, Row
from tenon_sdk.errors import Invalid, Stale
from tenon_sdk.text import Text, _

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

CHANGED_LINE = _("Somebody else changed this line meanwhile. Look at it and save again.")


def create(call: PageCall, draft: Draft) -> UUID:
    """Stores a new record with its lines; nothing if the same form was sent before.

    Raises Invalid that names every faulty field of the record and of its lines, and whatever the
    session refuses.
    """
    with call.writing() as ctx:
        record_values, lines = _read(call, draft)
        record_values.id = draft.id
        known = ctx.session.get(draft.entity, draft.id)
        if known is not None:
            if repeats(known, record_values):
                return draft.id
            raise taken()
        make(ctx, draft.entity, record_values)
        storing(call, draft.id, record_values, ctx.session.flush)
        _save_lines(call, ctx, lines)
    return draft.id


def update(call: PageCall, draft: Draft) -> None:
    """Stores what was changed. Raises Stale besides, where somebody else was faster."""
    with call.writing() as ctx:
        values, lines = _read(call, draft)
        record = load(ctx, draft.entity, draft.id)
        check_version(record, draft.version)
        touched = values.own or values.sides or values.custom
        if touched or not lines:
            change(ctx, record, values)
            storing(call, draft.id, values, ctx.session.flush)
        _save_lines(call, ctx, lines)


Line = tuple[LinesDraft, Row, Values]
Lines = list[Line]


def _read(call: PageCall, draft: Draft) -> tuple[Values, Lines]:
    faults: dict[str, tuple[Text, ...]] = {}
    values = Values()
    try:
        values = read_values(
            call.api.shape(draft.entity),
            draft.data(),
            call.guardian.fields,
            call.site.custom_fields(draft.fields.name),
            creating=draft.creating,
        )
    except Invalid as error:
        faults.update(error.fields)
    lines: Lines = []
    for table in draft.lines:
        places = _places(table)
        for row in table.rows:
            try:
                values_ = _read_line(call, table, row, draft.id, places.get(row.key))
                lines.append((table, row, values_))
            except Invalid as error:
                faults.update(_of_line(table, row, error))
    if faults:
        raise Invalid(faults)
    return values, lines


def _read_line(
    call: PageCall, table: LinesDraft, row: Row, record_id: UUID, place: int | None
) -> Values:
    data: dict[str, Any] = {} if row.removed else table.data(row)
    creating = row.version is None
    if creating:
        data[table.lines.field] = str(record_id)
    if place is not None and place != row.place:
        data[PLACE] = place
    return read_values(
        call.api.shape(table.entity),
        data,
        call.guardian.fields,
        call.site.custom_fields(table.fields.name),
        creating=creating,
    )


def _places(table: LinesDraft) -> dict[str, int]:
    """Where each line stands. Numbers rise; what has to move gets one that nobody had before."""
    if not table.placed:
        return {}
    found: dict[str, int] = {}
    last = 0
    fresh = max((row.place or 0 for row in table.rows), default=0)
    for row in table.rows:
        if row.removed:
            continue
        if row.place is not None and row.place > last:
            last = row.place
        else:
            fresh = last = max(fresh, last) + 1
        found[row.key] = last
    return found


def _of_line(table: LinesDraft, row: Row, error: Invalid) -> dict[str, tuple[Text, ...]]:
    return {table.name(row.key, name): texts for name, texts in error.fields.items()}


def _save_lines(call: PageCall, ctx: WorkContext, lines: Lines) -> None:
    """Removes first, so that a new line may take the place of a removed one; then one flush."""
    known = _known(ctx, lines)
    for _table, row, _values in lines:
        if row.removed and row.id in known:
            ctx.session.delete(known[row.id])
    ctx.session.flush()
    for table, row, values in lines:
        if row.removed:
            continue
        try:
            _save_line(call, ctx, (table, row, values), known.get(row.id))
        except Invalid as error:
            raise Invalid(_of_line(table, row, error)) from None
        except Stale:
            raise Invalid({table.name(row.key, "version"): CHANGED_LINE}) from None


def _save_line(call: PageCall, ctx: WorkContext, line: Line, stored: Any) -> None:
    table, row, values = line
    if stored is None:
        if row.version is not None:
            raise Stale(table.fields.name, row.id, None)
        make(ctx, table.entity, values)
    elif values.own or values.sides or values.custom:
        check_version(stored, row.version)
        change(ctx, stored, values)
    else:
        return
    storing(call, row.id, values, ctx.session.flush, entity=table.entity)


def _known(ctx: WorkContext, lines: Lines) -> dict[UUID, Any]:
    """The stored ones among the lines; one statement for each kind."""
    found: dict[UUID, Any] = {}
    for table in {id(t): t for t, _row, _values in lines}.values():
        ids = [row.id for t, row, _values in lines if t is table]
        if ids:
            statement = select(table.entity).where(table.entity.id.in_(ids)).with_for_update()
            found.update((record.id, record) for record in ctx.session.scalars(statement))
    return found
