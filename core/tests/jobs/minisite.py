"""The smallest site that runs jobs; run as a script it is a worker process of one.

python minisite.py URL NAME: executes what is queued until it is killed.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert
from sqlalchemy.orm import Session

from tenon_core.jobs.queue import DbosQueue
from tenon_core.jobs.running import current_run
from tenon_core.jobs.setup import WorkerSettings
from tenon_core.storage.engine import READ_ONLY, make_engine
from tenon_sdk.jobs import Every, Job
from tenon_sdk.text import Text

business = MetaData()
entry = Table(
    "entry",
    business,
    Column("id", Integer, primary_key=True),
    Column("text", String(100), nullable=False),
    Column("process", String(100), nullable=False),
)
PORTIONS = 25
QUICK = WorkerSettings(poll=0.05, watch=0.3)


def write(ctx, text):
    process = getattr(ctx, "process", "test")
    ctx.session.connection().execute(insert(entry).values(text=text, process=process))


def note(ctx, args):
    write(ctx, args.get("text", "noted"))
    return {"noted": args.get("text")}


def portions(ctx, args):
    """Works through its portions slowly, and can go on after any of them."""
    running = current_run()
    for number in range(running.resumed or 0, PORTIONS):
        time.sleep(0.05)
        write(ctx, f"portion {number}")
        running.progress(number + 1, PORTIONS, Text("{n} done", {"n": number + 1}))
        running.checkpoint(number + 1)
    return {"portions": PORTIONS}


def at_once(ctx, args):
    """Does everything in one transaction, and takes its time."""
    write(ctx, "begun")
    if "log" in args:
        with Path(args["log"]).open("a") as log:
            log.write("x")
    time.sleep(args.get("seconds", 0.01))
    write(ctx, "ended")


def failing(ctx, args):
    write(ctx, "must not stay")
    raise ValueError("the printer is on fire")


def endless(ctx, args):
    write(ctx, "must not stay")
    while True:
        current_run().progress(1, None)
        time.sleep(0.02)


def job(name, run, **options):
    return Job(name=name, title=Text(name), run=run, **options)


def standard_jobs():
    made = [
        job("mini.note", note),
        job("mini.portions", portions),
        job("mini.at_once", at_once),
        job("mini.failing", failing, retries=2, backoff=0.1),
        job("mini.endless", endless, retries=0),
        job("mini.limited", endless, retries=0, timeout=1.0),
        job("mini.hourly", note, schedule=Every(60)),
    ]
    return {j.name: j for j in made}


class MiniSite:
    def __init__(self, engine: Engine, process: str = "test") -> None:
        self.engine = engine
        self.read_engine = engine.execution_options(**{READ_ONLY: True})
        self.jobs = standard_jobs()
        self.zone = ZoneInfo("Asia/Shanghai")
        self.process = process
        self.reasons = []

    @contextmanager
    def open_context(self, reason: str) -> Iterator[SimpleNamespace]:
        self.reasons.append(reason)
        with Session(self.engine) as session:
            yield SimpleNamespace(session=session, process=self.process)
            session.commit()


if __name__ == "__main__":
    from tenon_core.jobs.worker import launch

    site = MiniSite(make_engine(sys.argv[1]), process=sys.argv[2])
    settings = WorkerSettings(poll=0.05, watch=0.3, keep=timedelta(days=1))
    launch(site, DbosQueue(site), settings)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        time.sleep(1)
