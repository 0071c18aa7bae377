import hashlib
import json
from contextlib import ExitStack
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import select

from tenon_core.access.roles import READY_ROLES
from tenon_core.demo.loading import load, make_world
from tenon_core.demo.workdays import Days
from tenon_sdk.declarations import DemoContext
from tenon_sdk.entities import Base
from tenon_sdk.testing.clock import Clock
from tenon_sdk.testing.harness import Tenon
from tenon_sdk.testing.sites import prepared_site

SEED = 20261123
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)

# What is drawn anew in each site: ids of what followers write, and the ready roles.
DRAWN = {
    "core_care_due": ("id",),
    "core_comment": (),
    "core_document_link": ("id",),
    "core_document_version": ("id",),
    "core_duplicate_pair": ("id",),
    "core_mention": ("id",),
    "core_notification": ("id",),
    "core_relationship": ("id",),
    "core_user_role": ("role_id",),
}
LEFT_OUT = (
    "core_role", "core_grant", "core_audit", "core_stored_event", "core_epoch", "core_search",
    "core_job_run",
)  # fmt: skip


@pytest.fixture(scope="session")
def world():
    """The demo data before they are stored."""
    roles = {role.key: UUID(int=n) for n, role in enumerate(READY_ROLES)}
    return make_world(SEED, Days(TODAY), roles)


@pytest.fixture(scope="session")
def open_demo(tenon_backend, tenon_databases, tmp_path_factory):
    """Opens a site with the demo company on a database; each copy is loaded once for the run."""
    opened = {}
    with ExitStack() as stack:

        def made(dialect, copy=0):
            if (dialect, copy) not in opened:
                folder = tmp_path_factory.mktemp(f"demo-{dialect}")
                site = stack.enter_context(
                    prepared_site(tenon_backend, tenon_databases, dialect, [], folder / "site")
                )
                tenon = Tenon(tenon_backend, site, [], Clock(NOW), dialect)
                stack.callback(tenon.close)
                said = []
                with tenon.system() as ctx:
                    load(DemoContext(context=ctx, seed=SEED, today=TODAY, report=said.append))
                opened[dialect, copy] = SimpleNamespace(tenon=tenon, said=said, now=Days(TODAY).now)
            return opened[dialect, copy]

        yield made


@pytest.fixture
def demo(open_demo, database):
    return open_demo(database)


@pytest.fixture
def ctx(demo):
    """A look into the demo site without limits."""
    with demo.tenon.system(read_only=True) as context:
        yield context


def written(row):
    """A row as text; PostgreSQL orders the keys of JSON in its own way."""
    return json.dumps([v if isinstance(v, dict | list) else repr(v) for v in row], sort_keys=True)


@pytest.fixture(scope="session")
def digests():
    """A digest of the rows of each table, without what is drawn anew in each site."""

    def of(tenon):
        found = {}
        with tenon.site.read_engine.connect() as connection:
            for name, table in sorted(Base.metadata.tables.items()):
                if not name.startswith("core_") or name.startswith(LEFT_OUT):
                    continue
                columns = [c for c in table.columns if c.name not in DRAWN.get(name, ())]
                rows = sorted(map(written, connection.execute(select(*columns))))
                text = "\n".join(rows).encode()
                found[name] = (len(rows), hashlib.sha256(text).hexdigest())
        return found

    return of
