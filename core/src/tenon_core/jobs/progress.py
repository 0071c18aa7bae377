"""Where progress goes that must be seen before the job's own transaction ends."""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError

from tenon_core.jobs.runs import change_owned, job_run
from tenon_core.jobs.setup import BUSY_MILLISECONDS


class StoredProgress:
    """Writes progress on a connection of its own, and gives way where that would have to wait.

    On SQLite the job itself may hold the one write lock; then the progress is seen with its
    next checkpoint. Whether the run is still ours can be read at any time.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"

    def report(self, run_id: UUID, lease: str, values: dict[str, Any]) -> bool:
        if not self._sqlite:
            with self.engine.begin() as conn:
                return change_owned(conn, run_id, lease, **values)
        with self.engine.connect() as conn:
            conn.exec_driver_sql("PRAGMA busy_timeout = 0")
            try:
                owned = change_owned(conn, run_id, lease, **values)
                conn.commit()
            except OperationalError:
                conn.rollback()
                owner = select(job_run.c.lease).where(job_run.c.id == run_id)
                owned = conn.execute(owner).scalar() == lease
            finally:
                conn.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            return owned


class UnseenProgress:
    """Keeps progress for the next checkpoint only."""

    def report(self, run_id: UUID, lease: str, values: dict[str, Any]) -> bool:
        del run_id, lease, values
        return True
