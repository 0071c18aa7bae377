"""Tokens and sessions as the database has them, kept in memory for a second at most."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

from attrs import define, field
from sqlalchemy import Select, event, select, update

from tenon_core.access.grants import EPOCH_SECONDS
from tenon_core.access.guarding import AccessGuardian
from tenon_core.entities.people import ApiToken, LoginSession, User
from tenon_core.settings import CoreSettings
from tenon_core.web.auth.secrets import digest

if TYPE_CHECKING:
    from tenon_core.context import WorkContext
    from tenon_core.site import Site

log = logging.getLogger("tenon.web")

Kind = Literal["token", "session"]
TOUCH_SECONDS = 60.0
KEPT = 10_000


@define(eq=False)
class Identity:
    """A token or session that is in the database, whether or not it still opens anything.

    pending  a session whose second factor is still to be shown
    acting   log-in name of who is logged in as this user, by the session `acting_session`
    """

    kind: Kind
    id: UUID
    user_id: UUID
    secret: str = field(repr=False)
    active_from: date
    active_until: date | None
    expires_at: datetime | None
    revoked_at: datetime | None
    permissions: tuple[str, ...] | None = None
    csrf: str | None = field(default=None, repr=False)
    pending: bool = False
    acting: str | None = None
    acting_session: UUID | None = None
    read_at: float = 0.0
    touched_at: float = 0.0
    epoch: int = -1
    _narrow: tuple[AccessGuardian, AccessGuardian] | None = field(default=None, init=False)

    def holds(self, now: datetime, today: date) -> bool:
        """Whether it opens the door at this moment, and its user may come in today."""
        return (
            self.revoked_at is None
            and (self.expires_at is None or now < self.expires_at)
            and self.active_from <= today
            and (self.active_until is None or today <= self.active_until)
        )

    def narrow(self, guardian: AccessGuardian) -> AccessGuardian:
        """The user's rights, less what the token may not; kept, as compiled conditions are."""
        if self.permissions is None:
            return guardian
        if self._narrow is None or self._narrow[0] is not guardian:
            access = guardian.access.narrowed(self.permissions)
            self._narrow = (guardian, AccessGuardian(access, guardian.rules))
        return self._narrow[1]


class Identities:
    """Looks secrets up. What was read longer than a second ago is read again.

    A revocation made in this process shows at once, one made in another within that second.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._known: dict[str, Identity] = {}
        self._lock = threading.Lock()
        self._touches: ThreadPoolExecutor | None = None
        self._last: Future[None] | None = None

    def find(self, kind: Kind, secret: str) -> Identity | None:
        key = digest(secret)
        known = self._known.get(key)
        moment = time.monotonic()
        fresh = known is not None and moment - known.read_at < EPOCH_SECONDS
        if known is None or not fresh or known.epoch != self.site.book.epoch:
            known = self._read(kind, key, known)
            if known is None:
                return None
        return known if known.kind == kind else None

    def touch(self, identity: Identity) -> None:
        """Notes the use, once a minute and beside the request: reading must never wait to write."""
        moment = time.monotonic()
        if moment - identity.touched_at < TOUCH_SECONDS:
            return
        identity.touched_at = moment
        with self._lock:
            if self._touches is None:
                self._touches = ThreadPoolExecutor(1, "tenon-touch")
            self._last = self._touches.submit(self._write, identity.kind, identity.id)

    def settle(self) -> None:
        """Waits until every use is noted."""
        if self._last is not None:
            self._last.result()

    def forget(self) -> None:
        """Reads everything again at its next use."""
        with self._lock:
            self._known.clear()

    def close(self) -> None:
        """Waits until every use is noted; a later one begins anew."""
        with self._lock:
            touches, self._touches = self._touches, None
        if touches is not None:
            touches.shutdown()

    def _read(self, kind: Kind, key: str, old: Identity | None) -> Identity | None:
        epoch = self.site.book.epoch
        statement = _token(key) if kind == "token" else _session(key)
        with self.site.read_engine.connect() as connection:
            row = connection.execute(statement).mappings().first()
        with self._lock:
            if row is None:
                self._known.pop(key, None)
                return None
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            found = _identity(kind, key, dict(row), epoch)
            if old is not None:
                found.touched_at, found._narrow = old.touched_at, old._narrow  # noqa: SLF001
                if old.permissions != found.permissions:
                    found._narrow = None  # noqa: SLF001
            self._known[key] = found
            return found

    def _write(self, kind: Kind, id_: UUID) -> None:
        now = self.site.clock()
        table: Any = ApiToken.__table__ if kind == "token" else LoginSession.__table__
        values: dict[str, Any] = {"last_used_at" if kind == "token" else "last_seen_at": now}
        if kind == "session":
            hours = self.site.settings_of(CoreSettings).session_hours
            values["expires_at"] = now + timedelta(hours=hours)
        try:
            with self.site.engine.begin() as connection:
                connection.execute(update(table).where(table.c.id == id_).values(values))
        except Exception:
            log.exception("the use of a %s could not be noted", kind)


def _token(key: str) -> Select[Any]:
    token, user = ApiToken.__table__.c, User.__table__.c
    return (
        select(
            token.id,
            token.user_id,
            token.permissions,
            token.expires_at,
            token.revoked_at,
            user.active_from,
            user.active_until,
        )
        .join_from(ApiToken.__table__, User.__table__, user.id == token.user_id)
        .where(token.token_hash == key)
    )


def _session(key: str) -> Select[Any]:
    session, user = LoginSession.__table__.c, User.__table__.c
    return (
        select(
            session.id,
            session.user_id,
            session.csrf_token,
            session.expires_at,
            session.revoked_at,
            session.second_factor_at,
            session.custom,
            user.second_factor_secret.is_not(None).label("second_factor"),
            user.active_from,
            user.active_until,
        )
        .join_from(LoginSession.__table__, User.__table__, user.id == session.user_id)
        .where(session.token_hash == key)
    )


def _identity(kind: Kind, key: str, row: dict[str, Any], epoch: int) -> Identity:
    permissions = row.get("permissions")
    pending = bool(row.get("second_factor")) and row["second_factor_at"] is None
    marks = row.get("custom") or {}
    behind = marks.get("acting_session")
    return Identity(
        kind=kind,
        id=row["id"],
        user_id=row["user_id"],
        secret=key,
        active_from=row["active_from"],
        active_until=row["active_until"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        permissions=None if permissions is None else tuple(permissions),
        csrf=row.get("csrf_token"),
        pending=pending,
        acting=marks.get("acting"),
        acting_session=UUID(behind) if behind else None,
        read_at=time.monotonic(),
        epoch=epoch,
    )


_by_site: WeakKeyDictionary[Any, Identities] = WeakKeyDictionary()


def identities_of(site: Site) -> Identities:
    """The one book of identities of a booted site."""
    found = _by_site.get(site)
    if found is None:
        found = _by_site[site] = Identities(site)
    return found


def forget_on_commit(ctx: WorkContext) -> None:
    """What this transaction did to tokens and sessions holds here from its commit on."""
    book = identities_of(ctx.site)
    event.listen(ctx.session, "after_commit", lambda _session: book.forget(), once=True)
