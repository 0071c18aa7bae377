from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from tenon_core.storage.engine import make_engine


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
