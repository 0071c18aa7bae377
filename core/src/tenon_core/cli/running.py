"""Work that is written as a job, done in this process with its progress on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any
from uuid import UUID

from attrs import fields
from uuid_utils.compat import uuid7

from tenon_core.cli.output import Tell
from tenon_core.jobs.running import RunningJob, as_current
from tenon_core.jobs.runs import Run


class _Shown:
    """A sink of progress, see `tenon_core.jobs.running.ProgressSink`."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def report(self, run_id: UUID, lease: str, values: Mapping[str, Any]) -> bool:
        del run_id, lease
        self.tell(values["done"], values["total"])
        return True


class _Here(RunningJob):
    """No record is kept of it, so a checkpoint only commits."""

    def checkpoint(self, state: Any) -> None:
        self._session.commit()
        self.resumed = state


@contextmanager
def shown_as_job(ctx: Any, name: str, tell: Tell) -> Iterator[None]:
    """Inside, `ctx.progress` shows and `ctx.checkpoint` commits."""
    nothing: dict[str, Any] = dict.fromkeys(field.name for field in fields(Run))
    run = Run(**{**nothing, "id": uuid7(), "job": name, "lease": "here"})
    with as_current(_Here(run, ctx.session, _Shown(tell), None, Event())):
        yield
