"""What tests of the core share that work below the test kit's site."""

from typing import Any

import pytest


@pytest.fixture(scope="session")
def postgres_url(tenon_databases: Any) -> Any:
    """The URL of the run's one PostgreSQL server; a test makes databases of its own on it."""
    return tenon_databases.server.url
