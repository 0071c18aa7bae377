import importlib.util
import sys
import time
from pathlib import Path
from uuid import uuid4

import attrs
import pytest
from sqlalchemy import create_engine, select, text

from tenon_core.jobs.queue import DbosQueue
from tenon_core.jobs.runs import job_run
from tenon_core.jobs.setup import install
from tenon_core.jobs.worker import launch
from tenon_core.storage.engine import make_engine


def _load(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def mini():
    return _load("minisite")


def _prepare(mini, url):
    engine = make_engine(url)
    job_run.create(engine)
    mini.business.create_all(engine)
    install(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_url, mini):
    name = f"tenon_jobs_{uuid4().hex[:8]}"
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
        _prepare(mini, postgres_url.set(database=name).render_as_string(False))
        yield name
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory, mini):
    path = tmp_path_factory.mktemp("jobs") / "template.sqlite"
    _prepare(mini, f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of a database of this test's own, with the tables of DBOS and of the queue."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        (tmp_path / "site.sqlite").write_bytes(template.read_bytes())
        yield f"sqlite:///{tmp_path / 'site.sqlite'}"
        return
    template = request.getfixturevalue("postgres_template")
    base = request.getfixturevalue("postgres_url")
    name = f"{template}_{uuid4().hex[:8]}"
    server = create_engine(base, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield base.set(database=name).render_as_string(False)
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


class Desk:
    """One site with its queue, and what the tests do with them."""

    def __init__(self, url, mini):
        self.url, self.mini = url, mini
        self.site = mini.MiniSite(make_engine(url))
        self.queue = DbosQueue(self.site)
        self.started = []

    def start(self, **settings):
        """Starts the worker of this process; it is stopped after the test, if not before."""
        chosen = attrs.evolve(self.mini.QUICK, **settings)
        self.started.append(launch(self.site, self.queue, chosen))
        return self.started[-1]

    def stop(self):
        self.started.pop().shutdown(5)

    def enqueue(self, *args, **options):
        with self.site.engine.begin() as conn:
            return self.queue.enqueue(conn, *args, **options)

    def run(self, run_id):
        with self.site.read_engine.connect() as conn:
            return self.queue.run(conn, run_id)

    def runs(self, job):
        with self.site.read_engine.connect() as conn:
            return self.queue.runs(conn, job=job)

    def ended(self, run_id):
        """Waits until a run has ended and returns it."""
        return self.eventually(lambda: (run := self.run(run_id)).finished_at and run)

    def entries(self, column="text"):
        entry = self.mini.entry
        with self.site.read_engine.connect() as conn:
            return conn.execute(select(entry.c[column]).order_by(entry.c.id)).scalars().all()

    def eventually(self, condition, seconds=15.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            time.sleep(0.03)
        raise AssertionError(f"not within {seconds} s")


@pytest.fixture
def desk(url, mini):
    made = Desk(url, mini)
    yield made
    while made.started:
        made.stop()
    made.site.engine.dispose()
