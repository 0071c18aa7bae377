"""What the pages of administration share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tenon_core.web.api.calls import Answer
from tenon_core.web.api.routing import is_id
from tenon_core.web.pages.calls import PageCall, redirect
from tenon_core.web.pages.gateway import toast
from tenon_sdk.errors import Forbidden, NotFound
from tenon_sdk.text import Text, translate

Params = Mapping[str, str]
PAGE = 50


def need(call: PageCall, *permissions: str) -> None:
    """Raises Forbidden unless the person holds each permission for all records.

    Whoever administers a part of the company only does so on the pages of its records.
    """
    for permission in permissions:
        scope = call.guardian.access.scope(permission)
        if scope is None or scope != "all":
            raise Forbidden(permission)


def id_of(params: Params, entity: str, name: str = "id") -> UUID:
    """The id in the path. Raises NotFound for what is none."""
    if not is_id(params[name]):
        raise NotFound(entity, params[name])
    return UUID(params[name])


def show(call: PageCall, template: str, /, status: int = 200, **context: Any) -> Answer:
    """A page of `templates/core/admin/`."""
    return call.pages.renderer.page(call, f"core/admin/{template}", status=status, **context)


def done(call: PageCall, to: str, message: Text) -> Answer:
    """Back to a page, which is read anew."""
    return redirect(to, toast(translate(message)), call=call)


def asked(call: PageCall, name: str) -> str:
    """A parameter of the address, "" when it is missing."""
    return dict(call.query).get(name, "").strip()


def offset_of(call: PageCall) -> int:
    given = asked(call, "from")
    return int(given) if given.isdecimal() and len(given) < 9 else 0
