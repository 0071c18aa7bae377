"""What the rules of core's entities demand beyond what their fields declare."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from babel.numbers import list_currencies
from uuid_utils.compat import uuid7

from tenon_core.entities.people import User
from tenon_sdk.testing.backend import Filler, Values


def _letters(number: int) -> str:
    known = sorted(list_currencies())
    return str(known[number % len(known)])


def _pair(_number: int) -> dict[str, UUID]:
    low, high = sorted((uuid7(), uuid7()))
    return {"first_id": low, "second_id": high}


def _block(number: int) -> Values:
    previous = "" if number == 1 else "x"
    return {
        "number": number,
        "previous": previous,
        "from_seq": -number,
        "to_seq": number,
        "count": 1,
    }


FILLERS: Mapping[str, Filler] = {
    "core.currency": lambda n: {"code": _letters(n)},
    "core.activity_participant": lambda _n: {"user_id": User},
    "core.webhook": lambda _n: {"events": ["core.*"]},
    "core.user": lambda n: {"login": f"user{n}"},
    "core.document_version": lambda n: {"sha256": f"{n:064x}"},
    "core.duplicate_pair": _pair,
    "core.audit_block": _block,
    "core.approval_flow": lambda n: {"revision": n},
}
