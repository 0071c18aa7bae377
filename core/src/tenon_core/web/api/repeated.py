"""`Idempotency-Key`: a request that is sent twice is done once.

The answer is stored in the transaction of the work itself, so that it is there if and only if
the work was done: a crash in between leaves neither, and the repetition does it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import define, field
from sqlalchemy import func, insert, select

from tenon_core.context import WorkContext
from tenon_core.entities.system import RepeatedRequest
from tenon_core.web.api.calls import Answer
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

if TYPE_CHECKING:
    from tenon_core.web.api.calls import Call

LONGEST = 200
HEADER = b"idempotency-key"


@define
class Flights:
    """The keys of requests that this process is working on."""

    _under_way: set[tuple[UUID, str]] = field(factory=set, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    @contextmanager
    def hold(self, user_id: UUID, key: str) -> Iterator[None]:
        """Raises Fault 409 while another request with this key is under way."""
        with self._lock:
            if (user_id, key) in self._under_way:
                raise _under_way()
            self._under_way.add((user_id, key))
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard((user_id, key))


def write(call: Call, work: Callable[[WorkContext], Answer]) -> Answer:
    """Does `work` in a transaction of the caller and commits it; once for one idempotency key.

    Raises what `work` raises, with nothing stored; Fault 422 when the key came with another
    request before, 409 while the first one is under way.
    """
    key = _key(call) if call.method == "POST" else None
    if key is None or call.who is None:
        with call.site.acting(call.guardian, origin=call.origin, locale=call.locale) as ctx:
            return _done(ctx, work)
    user_id = call.who.user_id
    digest = _digest(call)
    with (
        call.api.flights.hold(user_id, key),
        call.site.acting(call.guardian, origin=call.origin, locale=call.locale) as ctx,
    ):
        stored = _recall(ctx, user_id, key, digest)
        if stored is not None:
            return stored
        answer = _done(ctx, work)
        _remember(ctx, user_id, key, digest, answer)
        return answer


def _done(ctx: WorkContext, work: Callable[[WorkContext], Answer]) -> Answer:
    answer = work(ctx)
    ctx.session.flush()
    return answer


def _key(call: Call) -> str | None:
    key = call.header(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST or not (key.isascii() and key.isprintable()):
        raise Invalid(
            {"Idempotency-Key": _("Give 1 to {limit} printable characters.", limit=LONGEST)}
        )
    return key


def _digest(call: Call) -> str:
    """What makes it the same request: what is asked, and with which of the user's rights."""
    found = hashlib.sha256()
    rights = call.who.permissions if call.who is not None else None
    shown = b"*" if rights is None else ",".join(sorted(rights)).encode()
    for part in (call.method.encode(), call.path.encode(), call.query_string, call.body, shown):
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.hexdigest()


def _recall(ctx: WorkContext, user_id: UUID, key: str, digest: str) -> Answer | None:
    connection = ctx.connection
    if connection.dialect.name == "postgresql":
        # On SQLite the transaction holds the write lock already.
        lock = func.pg_try_advisory_xact_lock(func.hashtextextended(f"{user_id} {key}", 0))
        if not connection.execute(select(lock)).scalar_one():
            raise _under_way()
    table = RepeatedRequest.__table__
    row = connection.execute(
        select(table).where(table.c.user_id == user_id, table.c.key == key)
    ).first()
    if row is None:
        return None
    if row.digest != digest:
        raise Fault(
            422, "key_reused", _("This Idempotency-Key was sent with another request before.")
        )
    headers = [(k.encode(), v.encode()) for k, v in (row.headers or {}).items()]
    replayed = (b"idempotency-replayed", b"true")
    return Answer(row.status, (row.body or "").encode(), [*headers, replayed])


def _remember(ctx: WorkContext, user_id: UUID, key: str, digest: str, answer: Answer) -> None:
    ctx.connection.execute(
        insert(RepeatedRequest),
        {
            "user_id": user_id,
            "key": key,
            "digest": digest,
            "status": answer.status,
            "headers": {k.decode(): v.decode() for k, v in answer.headers},
            "body": answer.body.decode(),
            "at": ctx.now,
        },
    )


def _under_way() -> Fault:
    return Fault(
        409,
        "under_way",
        _("A request with this Idempotency-Key is under way."),
        {"Retry-After": "1"},
    )
