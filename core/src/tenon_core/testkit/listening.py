"""Hearing every statement of an engine where it enters the driver, whichever way it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import Composable
from sqlalchemy import Engine, event

Heard = Callable[[str], None]


class Tap:
    """Passes statements on to who listens at the moment; to nobody most of the time."""

    def __init__(self) -> None:
        self._listeners: list[Heard] = []
        self.muted = False

    def hear(self, text: str) -> None:
        if self.muted:
            return
        for listener in self._listeners:
            listener(text)

    @contextmanager
    def heard_by(self, listener: Heard) -> Iterator[None]:
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)


def tap(engine: Engine) -> Tap:
    """A tap on all connections that `engine` opens from now on; those it holds are closed.

    Lists run on the driver's own cursor, so SQLAlchemy's events would not see them.
    """
    made = Tap()
    install = _on_sqlite if engine.dialect.name == "sqlite" else _on_postgresql
    event.listen(engine, "connect", lambda connection, _record: install(connection, made))
    if engine.dialect.name == "sqlite":
        _once_for_many(engine, made)
    engine.dispose()
    return made


def _on_sqlite(connection: Any, made: Tap) -> None:
    connection.set_trace_callback(made.hear)


def _once_for_many(engine: Engine, made: Tap) -> None:
    """SQLite's trace tells each row of an executemany, which is one statement."""

    def before(_c: Any, _cursor: Any, text: str, _p: Any, _x: Any, many: Any) -> None:
        if many:
            made.hear(text)
            made.muted = True

    def after(*_args: Any) -> None:
        made.muted = False

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", after)


def _on_postgresql(connection: Any, made: Tap) -> None:
    class HeardCursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            made.hear(_text(query, self))
            return super().execute(query, *args, **kwargs)

        def executemany(self, query: Any, *args: Any, **kwargs: Any) -> None:
            made.hear(_text(query, self))
            super().executemany(query, *args, **kwargs)

    connection.cursor_factory = HeardCursor


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, Composable):
        return query.as_string(cursor)
    return query.decode() if isinstance(query, bytes) else str(query)
