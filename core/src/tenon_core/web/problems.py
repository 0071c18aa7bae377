"""Errors as RFC 9457 problem documents, in the language of whoever asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from attrs import field, frozen
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from uuid_utils.compat import uuid4

from tenon_core.papers.errors import PaperError
from tenon_core.storage.integrity import translate_integrity
from tenon_core.storage.scanning import Unscoped
from tenon_core.vault.keys import KeyMissing
from tenon_sdk.errors import (
    Duplicate,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Stale,
    TenonError,
)
from tenon_sdk.text import Text, _, translate

log = logging.getLogger("tenon.web")

MEDIA_TYPE = b"application/problem+json"
# PostgreSQL: a transaction that another one got in the way of; it may be tried again.
_TRY_AGAIN = frozenset({"40001", "40P01", "55P03", "53300", "57P01"})


class Fault(TenonError):
    """A request that fails on its way in: who asks, how it is written, what it asks for."""

    def __init__(
        self,
        status: int,
        code: str,
        message: Text,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.headers, self.more = dict(headers or {}), more


@frozen(kw_only=True)
class Problem:
    """A problem document: `members` is its JSON, ready in one language."""

    status: int
    members: Mapping[str, Any]
    headers: Mapping[str, str] = field(factory=dict)

    def body(self) -> bytes:
        return msgspec.json.encode(self.members)


TITLES: Mapping[str, Text] = {
    "invalid": _("Invalid input"),
    "duplicate": _("Already there"),
    "refused": _("Refused"),
    "forbidden": _("Not allowed"),
    "not_found": _("Not found"),
    "stale": _("Changed meanwhile"),
    "unauthenticated": _("Log-in needed"),
    "busy": _("Busy"),
    "too_long": _("Too much to read"),
    "internal": _("Internal error"),
}
_STATUS: Mapping[type[TenonError], int] = {
    Duplicate: 409,
    Invalid: 422,
    Refused: 409,
    Forbidden: 403,
    NotFound: 404,
    Stale: 412,
    PaperError: 500,
    KeyMissing: 503,
}
_BY_STATUS: Mapping[int, Text] = {
    400: _("Malformed request"),
    401: TITLES["unauthenticated"],
    403: TITLES["forbidden"],
    404: TITLES["not_found"],
    405: _("Method not allowed"),
    409: _("Conflict"),
    413: _("Too large"),
    415: _("Unknown media type"),
    422: TITLES["invalid"],
    429: _("Too many attempts"),
}


def problem_of(error: Exception, locale: str, request_id: str = "") -> Problem:
    """The problem document of any exception; one that is no user's mistake is logged.

    Nothing of the inside is told: an unexpected error gives an id that stands in the log.
    """
    known = _known(error)
    if known is None:
        return _unexpected(error, locale, request_id)
    if isinstance(known, Fault):
        return _document(known.status, known.code, known, locale, known.headers, **known.more)
    status = next((s for cls, s in _STATUS.items() if isinstance(known, cls)), 422)
    more: dict[str, Any] = {}
    if isinstance(known, Invalid):
        more["fields"] = _fields(known.fields, locale)
    elif isinstance(known, Refused):
        return _refused(known, locale)
    elif isinstance(known, Stale):
        more["version"] = known.version
    elif isinstance(known, Forbidden):
        more["permission"] = known.permission
    return _document(status, known.code, known, locale, **more)


def _known(error: Exception) -> TenonError | None:
    """The user's mistake that an exception stands for, None for one of ours."""
    if isinstance(error, Unscoped):
        return None
    if isinstance(error, TenonError):
        return error
    if isinstance(error, StaleDataError):
        return Stale("", None)
    if isinstance(error, IntegrityError):
        return translate_integrity(error)
    if is_busy(error):
        log.warning("the database is busy: %s", error)
        return Fault(
            503,
            "busy",
            _("The system is busy. Try again in a moment."),
            {"Retry-After": "1"},
        )
    return None


def is_busy(error: Exception) -> bool:
    """Whether the database was held by others, so that the same request may succeed later."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error, OperationalError) and "database is locked" in str(error.orig):
        return True
    return getattr(error.orig, "sqlstate", None) in _TRY_AGAIN or error.connection_invalidated


def _refused(error: Refused, locale: str) -> Problem:
    refusals = [
        {"code": r.code, "message": translate(r.message, locale), "field": r.field}
        for r in error.refusals
    ]
    fields: dict[str, list[Text]] = {}
    for refusal in error.refusals:
        if refusal.field is not None:
            fields.setdefault(refusal.field, []).append(refusal.message)
    code = error.refusals[0].code if error.refusals else error.code
    detail = " ".join(str(r["message"]) for r in refusals) or translate(error.message, locale)
    members = _members(409, code, detail, locale, TITLES["refused"])
    return Problem(
        status=409,
        members={**members, "fields": _fields(fields, locale), "refusals": refusals},
    )


def _unexpected(error: Exception, locale: str, request_id: str) -> Problem:
    id_ = uuid4().hex
    log.error("unexpected error %s in request %s", id_, request_id, exc_info=error)
    text = _("Something went wrong on our side. Tell the administrator the number {id}.", id=id_)
    members = _members(500, "internal", translate(text, locale), locale)
    return Problem(status=500, members={**members, "id": id_})


def _document(
    status: int,
    code: str,
    error: TenonError,
    locale: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Problem:
    members = _members(status, code, translate(error.message, locale), locale)
    return Problem(status=status, members=members | more, headers=headers or {})


def _members(
    status: int, code: str, detail: str, locale: str, title: Text | None = None
) -> dict[str, Any]:
    shown = title or TITLES.get(code) or _BY_STATUS.get(status) or TITLES["internal"]
    return {
        "type": f"urn:tenon:problem:{code}",
        "title": translate(shown, locale),
        "status": status,
        "detail": detail,
        "code": code,
        "fields": {},
    }


def _fields(fields: Mapping[str, Sequence[Text]], locale: str) -> dict[str, list[str]]:
    return {name: [translate(text, locale) for text in texts] for name, texts in fields.items()}
