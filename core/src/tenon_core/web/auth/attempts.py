"""Slowing down who guesses: attempts are counted by log-in name and by address.

After `FREE` failures in a row a log-in name has to wait, one second at first and twice as long
after each further failure, a quarter of an hour at most. An address may fail more often, as many
people can share one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from tenon_core.entities.system import LoginAttempt
from tenon_core.web.problems import Fault
from tenon_sdk.text import _

FREE = 5
FREE_BY_ADDRESS = 50
WINDOW = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)

_table: Any = LoginAttempt.__table__


def begin_attempt(connection: Connection, login: str, ip: str | None, now: datetime) -> int:
    """Notes an attempt as failed before anything is compared, and returns its id.

    So a burst of attempts cannot outrun the count. Raises Fault 429 while the log-in name or the
    address has to wait; such a try does not count.
    """
    login = login[:80]
    if connection.dialect.name == "postgresql":
        for name in filter(None, (login, ip)):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 7))))
    wait = max(
        _wait(connection, _table.c.login == login, FREE, now),
        _wait(connection, _table.c.ip == ip, FREE_BY_ADDRESS, now) if ip else timedelta(0),
    )
    if wait > timedelta(0):
        seconds = max(1, round(wait.total_seconds()))
        raise Fault(
            429,
            "too_many_attempts",
            _("Too many attempts. Try again in {seconds} seconds.", seconds=seconds),
            {"Retry-After": str(seconds)},
        )
    made = insert(_table).values(login=login, ip=ip, at=now, succeeded=False)
    id_: int = connection.execute(made.returning(_table.c.id)).scalar_one()
    return id_


def succeed(connection: Connection, attempt: int) -> None:
    connection.execute(update(_table).where(_table.c.id == attempt).values(succeeded=True))


def _wait(connection: Connection, whose: Any, free: int, now: datetime) -> timedelta:
    """How long it still has to wait, from its failures since the last success."""
    recent = whose & (_table.c.at > now - WINDOW)
    success = select(func.max(_table.c.at)).where(recent, _table.c.succeeded).scalar_subquery()
    failed = recent & ~_table.c.succeeded & (success.is_(None) | (_table.c.at > success))
    count, last = connection.execute(
        select(func.count(), func.max(_table.c.at)).where(failed)
    ).one()
    if count < free or last is None:
        return timedelta(0)
    pause = min(timedelta(seconds=2 ** min(count - free, 20)), LONGEST_WAIT)
    waiting: timedelta = last + pause - now
    return waiting
