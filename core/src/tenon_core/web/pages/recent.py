"""Records that somebody opened lately in this browser."""

from __future__ import annotations

from collections.abc import Sequence

from tenon_core.web.api.routing import is_id
from tenon_core.web.pages.calls import PageCall

COOKIE = "tenon_recent"
MOST = 12
MONTH = 30 * 24 * 3600
Seen = tuple[str, str]


def recent(call: PageCall, entity: str | None = None) -> list[Seen]:
    """(entity, id), the last one first. What a cookie says is checked like any other input:
    who reads these records asks for them as that person.
    """
    found: list[Seen] = []
    for part in call.cookies.get(COOKIE, "").split("|"):
        name, _sep, id_ = part.partition("~")
        known = call.site.registry.entities.get(name)
        if known is not None and not known.__tenon__.internal and is_id(id_):
            found.append((name, id_))
    return [seen for seen in found[:MOST] if entity in {None, seen[0]}]


def remember(call: PageCall, entity: str, id_: object) -> tuple[bytes, bytes]:
    """The header that puts a record first among the recent ones; for the record's page."""
    this = (entity, str(id_))
    kept: Sequence[Seen] = [this, *(seen for seen in recent(call) if seen != this)][:MOST]
    value = "|".join(f"{name}~{one}" for name, one in kept)
    secure = "; Secure" if call.secure else ""
    cookie = f"{COOKIE}={value}; Path=/; Max-Age={MONTH}; SameSite=Lax; HttpOnly{secure}"
    return (b"set-cookie", cookie.encode("ascii"))
