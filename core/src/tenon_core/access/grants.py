"""What a person may do: grants of her roles, added up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import define, evolve, field, frozen
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from tenon_core.entities.facts import Webhook
from tenon_core.entities.people import Epoch, Grant, Role, Unit, User, UserRole
from tenon_core.entities.records import CustomField, Label
from tenon_sdk.context import Actor
from tenon_sdk.permissions import Scope

# A change of somebody's rights made by another process is noticed after this many seconds at
# the latest; one made by this process at once.
EPOCH_SECONDS = 1.0
ACCESS_EPOCH = "access"


@frozen
class Access:
    """An actor with the widest scope that her roles give her for each permission."""

    actor: Actor
    grants: Mapping[str, Scope]

    def scope(self, permission: str) -> Scope | None:
        return self.grants.get(permission)

    def narrowed(self, permissions: Iterable[str]) -> Access:
        """Only what stands in `permissions`; for tokens that may do less than their person."""
        allowed = frozenset(permissions)
        return evolve(self, grants={p: s for p, s in self.grants.items() if p in allowed})


def load_access(session: Session, user_id: UUID, today: date, locale: str, zone: str) -> Access:
    """Reads a user's roles, grants, unit tree and whom she stands in for; 4 statements."""
    user = session.execute(
        select(User.login, User.name, User.unit_id, User.locale, User.zone, Unit.path)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id == user_id)
    ).one()
    granted = session.execute(
        select(Role.key, Grant.permission, Grant.scope)
        .join(UserRole, UserRole.role_id == Role.id)
        .outerjoin(Grant, (Grant.role_id == Role.id) & Grant.revoked.is_(False))
        .where(UserRole.user_id == user_id)
    ).all()
    below = (
        session.scalars(select(Unit.id).where(Unit.path.startswith(user.path, autoescape=True)))
        if user.path
        else ()
    )
    actor = Actor(
        user_id=user_id,
        login=user.login,
        name=user.name,
        unit_id=user.unit_id,
        unit_tree=frozenset(below),
        for_users=frozenset(_substituted(session, user_id, today)),
        roles=frozenset(row.key for row in granted),
        locale=user.locale or locale,
        zone=ZoneInfo(user.zone or zone),
    )
    return Access(actor, _widest((row.permission, row.scope) for row in granted))


def _substituted(session: Session, user_id: UUID, today: date) -> Iterable[UUID]:
    return session.scalars(
        select(User.id).where(
            User.substitute_id == user_id,
            User.substitute_from.is_(None) | (User.substitute_from <= today),
            User.substitute_until.is_(None) | (User.substitute_until >= today),
        )
    )


def _widest(grants: Iterable[tuple[str | None, str | None]]) -> dict[str, Scope]:
    widest: dict[str, Scope] = {}
    for permission, value in grants:
        if permission is None or value is None:
            continue
        scope = Scope(value)
        if permission not in widest or scope.width > widest[permission].width:
            widest[permission] = scope
    return widest


@define
class _Cached:
    value: Any
    epoch: int
    day: date


@define
class AccessBook:
    """Accesses by user, kept until somebody's rights change anywhere.

    `make` turns a loaded access into what the site keeps with it (its compiled conditions).
    """

    locale: str
    zone: str
    make: Callable[[Access], Any]
    _known: dict[UUID, _Cached] = field(factory=dict, init=False)
    _epoch: int = field(default=-1, init=False)
    _asked: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def get(self, session: Session, user_id: UUID, now: datetime) -> Any:
        """What `make` gave for this user; loads it when rights changed or a new day began."""
        epoch = self.current_epoch(session)
        today = now.astimezone(ZoneInfo(self.zone)).date()
        known = self._known.get(user_id)
        if known is None or known.epoch != epoch or known.day != today:
            access = load_access(session, user_id, today, self.locale, self.zone)
            known = self._known[user_id] = _Cached(self.make(access), epoch, today)
        return known.value

    def known(self, user_id: UUID, now: datetime) -> Any | None:
        """What `get` would give without asking the database; None if it has to."""
        if time.monotonic() - self._asked >= EPOCH_SECONDS:
            return None
        known = self._known.get(user_id)
        if known is None or known.epoch != self._epoch:
            return None
        return known.value if known.day == now.astimezone(ZoneInfo(self.zone)).date() else None

    @property
    def epoch(self) -> int:
        """Rises whenever rights or definitions of the site have changed, as far as known."""
        return self._epoch

    def forget(self) -> None:
        """Looks again at the next call."""
        with self._lock:
            self._known.clear()
            self._asked = 0.0

    def current_epoch(self, session: Session | Connection) -> int:
        """`epoch`, looked up in the database unless that was done a moment ago."""
        moment = time.monotonic()
        if moment - self._asked >= EPOCH_SECONDS or self._epoch < 0:
            stored = session.scalar(select(Epoch.value).where(Epoch.name == ACCESS_EPOCH))
            with self._lock:
                self._epoch = stored or 0
                self._asked = moment
        return self._epoch


def bump_epoch(connection: Connection) -> None:
    """Tells every process that rights changed, with the commit of this transaction."""
    connection.execute(
        text(
            "INSERT INTO core_epoch (name, value) VALUES (:name, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = core_epoch.value + 1"
        ),
        {"name": ACCESS_EPOCH},
    )


RIGHTS = (Unit, User, Role, UserRole, Grant, CustomField, Label, Webhook)


def changes_rights(entities: Iterable[type[Any]]) -> bool:
    """Whether a change of these entities outdates what processes keep: rights, definitions."""
    return any(entity in RIGHTS for entity in entities)
