"""What every part of a record's page says first: which record it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from attrs import frozen

from tenon_core.storage.lists import record_json
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.form.values import Stored, title_of
from tenon_sdk.entities import EntityInfo
from tenon_sdk.errors import NotFound

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall


@frozen
class Heading:
    """A record that the person sees, by its name."""

    info: EntityInfo
    id: UUID
    title: str

    @property
    def url(self) -> str:
        return "/" + self.info.name.replace(".", "/") + f"/{self.id}"


def read_heading(call: PageCall, id_: UUID) -> Heading:
    """One statement. Raises NotFound unless the person sees the record."""
    fields = Fields(call, call.target)
    shown = fields.find(call.target.__tenon__.title)
    names = tuple(dict.fromkeys(("id", *(shown.needs if shown is not None else ()))))
    found = record_json(call.site, call.guardian, call.target, id_, names)
    if found is None:
        raise NotFound(fields.name, id_)
    stored = Stored(id_, found[1], msgspec.json.decode(found[0]))
    return Heading(call.target.__tenon__, id_, title_of(fields, stored))


def part(
    call: PageCall,
    template: str,
    heading: Heading,
    *headers: tuple[bytes, bytes],
    status: int = 200,
    **context: Any,
) -> Answer:
    """A part of a record's page; for who has no script, a page of its own around it."""
    renderer = call.pages.renderer
    context = {"heading": heading, "info": heading.info, **context}
    if call.fragment:
        return renderer.part(call, template, status=status, headers=headers, **context)
    return renderer.page(
        call, "core/record/alone.html", status=status, headers=headers, inner=template, **context
    )
