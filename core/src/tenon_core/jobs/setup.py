"""How DBOS lives in the site's own database.

On PostgreSQL its tables are in the schema `dbos` of the site's database, on SQLite in the site's
own file: only so can enqueueing be part of the business transaction. The executor has an engine
of its own beside the site's: its pool cannot starve requests, and on SQLite its transactions
take the write lock only when they write.
"""

import logging
from datetime import timedelta
from typing import Any

from attrs import frozen
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import URL, Engine, create_engine, event

from tenon_core.jobs.failures import WorkerRefused
from tenon_sdk.text import _

APPLICATION = "tenon"
SCHEMA = "dbos"
QUEUE = "tenon"
RUN_WORKFLOW = "tenon.run_job"
TICK_WORKFLOW = "tenon.tick"
SERIALIZER = DBOSPortableJSONSerializer()
"""Plain JSON instead of DBOS's pickle, so that nothing in the database can become code."""

VERSION = "1"
"""DBOS resumes work only under the version that began it. Ours stays the same over releases,
because a workflow holds nothing but the id of a run; it changes only if that changes."""

BUSY_MILLISECONDS = 30_000


@frozen(kw_only=True)
class WorkerSettings:
    """How a worker works.

    concurrency  runs at the same time in one process
    poll         seconds between two looks at the queue
    watch        seconds between two looks for workers that died; a run of theirs is taken over
                 after twice this time
    keep         how long ended runs are kept

    The first two are kept in the database and hold for all workers of it, as last launched.
    """

    concurrency: int = 4
    poll: float = 0.25
    watch: float = 5.0
    keep: timedelta = timedelta(days=30)


def system_tables() -> frozenset[str]:
    """The names of DBOS's tables, which no plugin owns; on SQLite they stand among ours."""
    named = {t.name for t in SystemSchema.metadata_obj.tables.values()}
    return frozenset(named | {"dbos_migrations", "event_dispatch_kv"})


def install(engine: Engine) -> None:
    """Creates or migrates DBOS's tables in the site's database; part of `tenon migrate`."""
    _quiet()
    DBOS.migrate(_written(_file_or_server(engine)), schema=SCHEMA)
    # A worker that finds the queue at its start begins at once, else a second later.
    client_of(engine).register_queue(QUEUE)


def client_of(engine: Engine) -> DBOSClient:
    """What enqueues without executing; it connects when it is first used."""
    return DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        serializer=SERIALIZER,
        application_name=APPLICATION,
        lazy=True,
    )


def executor_engine(engine: Engine) -> Engine:
    """An engine of the same database for DBOS's own short transactions."""
    url = _file_or_server(engine)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=4, max_overflow=8, pool_pre_ping=True)
    made = create_engine(url)

    @event.listens_for(made, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    return made


def configuration(engine: Engine, executor_id: str) -> DBOSConfig:
    """DBOS without console, without hints in the log and without a connection kept for LISTEN."""
    _quiet()
    return DBOSConfig(
        name=APPLICATION,
        system_database_url=_written(engine.url),
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        serializer=SERIALIZER,
        application_version=VERSION,
        executor_id=executor_id,
        use_listen_notify=False,
        notification_listener_polling_interval_sec=0.2,
        log_level="WARNING",
    )


def _file_or_server(engine: Engine) -> URL:
    url = engine.url
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise WorkerRefused(_("Background work needs a database in a file or on a server."))
    return url


def _written(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _quiet() -> None:
    """Sends DBOS's messages through our logging; by itself it would write to the console."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
