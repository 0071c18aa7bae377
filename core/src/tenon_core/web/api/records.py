"""The handlers of every entity: list, aggregate, one record, create, change, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from tenon_core.context import WorkContext
from tenon_core.storage.lists import (
    ListSpec,
    aggregate_json,
    list_json,
    parse_list,
    record_json,
)
from tenon_core.storage.lists.paths import kept
from tenon_core.web.api.calls import Answer, Call
from tenon_core.web.api.conditions import etag, expected, unchanged
from tenon_core.web.api.repeated import write
from tenon_core.web.api.writing import (
    change,
    check_version,
    load,
    make,
    read_input,
    repeats,
    shown,
    storing,
    taken,
)
from tenon_core.workflow.archiving import remove
from tenon_sdk.errors import Duplicate, Invalid, NotFound, Stale
from tenon_sdk.text import _

# Longer queries are read anew each time.
KEPT_LENGTH = 1_000

Params = Mapping[str, str]
Work = Callable[[], Answer]


def list_records(call: Call, _params: Params) -> Answer:
    return Answer(200, list_json(call.site, call.guardian, _list(call)))


def _list(call: Call) -> ListSpec:
    """The list asked for; what was read from a query lasts as long as the rights it depends on."""

    def read() -> ListSpec:
        most = call.api.settings.max_page
        return parse_list(call.site, call.guardian, call.target, call.query, max_limit=most)

    if len(call.query_string) > KEPT_LENGTH:
        return read()
    spec: ListSpec = kept(call.guardian.requests, (call.target, call.query_string), read)
    return spec


def aggregate_records(call: Call, _params: Params) -> Answer:
    return Answer(200, aggregate_json(call.site, call.guardian, call.target, call.query))


def get_record(call: Call, params: Params) -> Answer:
    id_ = UUID(params["id"])
    found = record_json(call.site, call.guardian, call.target, id_, _fields(call))
    if found is None:
        raise NotFound(call.target.__tenon__.name, id_)
    body, version = found
    headers = [(b"etag", etag(version))]
    if unchanged(call, version):
        return Answer(304, b"", headers)
    return Answer(200, body, headers)


def create_record(call: Call, _params: Params) -> Answer:
    """201 with the record; 200 if the same request with the same `id` was here before."""
    call.no_query()

    def work(ctx: WorkContext) -> Answer:
        values = read_input(call, ctx, call.object, creating=True)
        if values.version is not None:
            raise Invalid({"version": _("A new record has no version yet.")})
        known = ctx.session.get(call.target, values.id) if values.id is not None else None
        if known is not None:
            if repeats(known, values):
                return shown(call, ctx, known)
            raise taken()
        record = make(ctx, call.target, values)
        storing(call, values.id, values, ctx.session.flush)
        return shown(call, ctx, record, 201)

    try:
        return write(call, work)
    except Duplicate as error:
        if set(error.fields) != {"id"}:
            raise
        # The same request may have run beside this one; now its record can be compared.
        return write(call, work)


def change_record(call: Call, params: Params) -> Answer:
    call.no_query()
    id_, wanted = UUID(params["id"]), expected(call)

    def work(ctx: WorkContext) -> Answer:
        values = read_input(call, ctx, call.object, creating=False)
        if values.id not in {None, id_}:
            raise Invalid({"id": _("The id of a record never changes.")})
        record = load(ctx, call.target, id_)
        check_version(record, wanted, values.version)
        change(ctx, record, values)
        storing(call, id_, values, ctx.session.flush)
        return shown(call, ctx, record)

    return current(call, id_, lambda: write(call, work))


def delete_record(call: Call, params: Params) -> Answer:
    """To the recycle bin if the entity has one, and for good from there or with `permanent`."""
    query = call.no_query("permanent")
    if query.get("permanent", "false") not in {"true", "false"}:
        raise Invalid({"permanent": _("Enter yes or no.")})
    id_, wanted = UUID(params["id"]), expected(call)

    def work(ctx: WorkContext) -> Answer:
        record = load(ctx, call.target, id_)
        check_version(record, wanted)
        if query.get("permanent") == "true":
            ctx.session.delete(record)
            storing(call, id_, None, ctx.session.flush, deleting=True)
        else:
            storing(call, id_, None, lambda: remove(ctx, record), deleting=True)
        return Answer(204)

    return current(call, id_, lambda: write(call, work))


def current(call: Call, id_: UUID, work: Work) -> Answer:
    """Tells a stale write the version that is stored now."""
    try:
        return work()
    except Stale as stale:
        if stale.version is None:
            found = record_json(call.site, call.guardian, call.target, id_, ("id",))
            stale.version = found[1] if found is not None else None
        raise


def _fields(call: Call) -> tuple[str, ...] | None:
    query = call.no_query("fields")
    if "fields" not in query:
        return None
    spec = parse_list(call.site, call.guardian, call.target, [("fields", query["fields"])])
    return spec.fields or None
