"""Ways by which records leave the system besides the session and the entity's own API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from tenon_core.customers.view import panels, unified_view
from tenon_core.entities.accounts import Account
from tenon_core.events.timeline import timeline
from tenon_core.papers.printing import RECORD, PaperRequest, compose
from tenon_core.transfer.exporting import ExportRequest, Headers, export
from tenon_sdk.entities import Entity, fields_of

HEADERS: tuple[Headers, ...] = ("labels", "names")


def exits_of(site: Any, user_id: UUID, record: Any) -> Mapping[str, Callable[[], Any]]:
    """By name: exports, its timeline, and timelines, panels and views of what it refers to."""
    entity = record.__tenon__.name
    found = {
        f"timeline of {entity}": _asking(site, user_id, timeline, entity, record.id),
        **{
            f"export with {headers}": _asking(site, user_id, _exported, type(record), headers)
            for headers in HEADERS
        },
        **dict(_papers(site, user_id, type(record), record.id)),
    }
    for target, id_ in _targets(site, record):
        name = target.__tenon__.name
        found[f"timeline of {name}"] = _asking(site, user_id, timeline, name, id_)
        found[f"panels of {name}"] = _asking(site, user_id, panels, name, id_)
        found.update(_papers(site, user_id, target, id_))
        if target is Account:
            found["unified view"] = _asking(site, user_id, unified_view, id_)
    return found


def _papers(
    site: Any, user_id: UUID, entity: type[Entity], id_: UUID
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What stands on each paper of a record, its sheet among them, before it is drawn."""
    name = entity.__tenon__.name
    keys = {paper.key for paper in site.registry.papers if paper.entity == name}
    for key in sorted({*keys, RECORD}):
        request = PaperRequest(entity=entity, id=id_, key=key)
        yield f"paper {key} of {name}", _asking(site, user_id, _composed, request)


def _composed(ctx: Any, request: PaperRequest) -> Any:
    composed = compose(ctx, request)
    return [composed.data, composed.about["number"], composed.about["subject"]]


def _exported(ctx: Any, entity: type[Entity], headers: Headers) -> str:
    target = BytesIO()
    export(ctx, ExportRequest(entity=entity, headers=headers), target)
    ctx.session.rollback()
    return target.getvalue().decode("utf-8-sig")


def _targets(site: Any, record: Entity) -> Iterator[tuple[type[Entity], UUID]]:
    for name, info in fields_of(type(record)).items():
        id_ = getattr(record, name)
        if info.kind == "reference" and info.target and id_ is not None:
            yield site.registry.entity(info.target), id_


def _asking(site: Any, user_id: UUID, ask: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    def call() -> Any:
        with site.context(user_id) as ctx:
            return ask(ctx, *args)

    return call
