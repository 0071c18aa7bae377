"""The fixtures of the kit, registered with pytest by `tenon-sdk[testing]`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tenon_sdk.testing.backend import Backend
    from tenon_sdk.testing.clock import Clock
    from tenon_sdk.testing.databases import Databases
    from tenon_sdk.testing.harness import Tenon

FOLDER = "tenon_folder"
DATA = "TENON_SHARED_DATA"
LOCAL = ["127.0.0.1", "::1", "localhost"]
DIALECTS = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tenon")
    group.addoption(
        "--tenon-database",
        choices=DIALECTS,
        help="run tests with a database on this one only (default: on both)",
    )
    group.addoption(
        "--tenon-postgres",
        metavar="URL",
        help="a PostgreSQL server to make databases on (default: TENON_TEST_POSTGRES, else one "
        "is started for the run)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "tenon_plugins(*keys): the plugins that the test's site runs with"
    )
    config.addinivalue_line("markers", "tenon_database(dialect): run on this database only")


def _folder(config: pytest.Config) -> Path:
    """The folder of the run: made by the process that was started, known to its workers."""
    given = getattr(config, "workerinput", {}).get(FOLDER) or getattr(config, f"_{FOLDER}", None)
    if given is None:
        from tenon_sdk.testing.databases import new_folder

        given = new_folder()
        setattr(config, f"_{FOLDER}", given)
    return Path(given)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput[FOLDER] = str(_folder(node.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    made = getattr(config, f"_{FOLDER}", None)
    if made is not None:
        from tenon_sdk.testing.databases import Databases, remove_folder

        Databases(made, config.getoption("tenon_postgres")).drop_templates()
        remove_folder(made)


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test reaches beyond this machine; databases and servers of its own it may."""
    try:
        from pytest_socket import socket_allow_hosts
    except ImportError:
        if "tenon" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(
                "install tenon-sdk[testing]: pytest-socket is missing"
            ) from None
        return
    socket_allow_hosts(LOCAL, allow_unix_socket=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("tenon_database")
        marker = metafunc.definition.get_closest_marker("tenon_database")
        wanted = marker.args if marker is not None else DIALECTS
        dialects = [d for d in wanted if chosen in {None, d}]
        metafunc.parametrize("database", dialects, indirect=True, scope="function")


@pytest.fixture(scope="session")
def tenon_backend() -> Backend:
    """The core's part of the kit."""
    from tenon_sdk.testing.backend import find_backend

    return find_backend()


@pytest.fixture(scope="session")
def tenon_databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """The databases of the run: templates, made once, and copies of them."""
    from tenon_sdk.testing.databases import Databases

    databases = Databases(_folder(request.config), request.config.getoption("tenon_postgres"))
    yield databases
    databases.close()


@pytest.fixture
def tenon_plugins(request: pytest.FixtureRequest) -> Sequence[str]:
    """The plugins of the test's site, with what they require.

    The marker `tenon_plugins("sales")` of a test or a class says it, or the module's variable
    `tenon_plugins = ["sales"]`; else there are none.
    """
    marker = request.node.get_closest_marker("tenon_plugins")
    if marker is not None:
        return tuple(marker.args)
    named = getattr(request.module, "tenon_plugins", ())
    return tuple(named) if isinstance(named, list | tuple) else ()


@pytest.fixture
def clock() -> Clock:
    """The site's clock; it stands still until the test moves it."""
    from tenon_sdk.testing.clock import Clock

    return Clock()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The dialect that the test runs on: once `sqlite` and once `postgresql`."""
    return str(request.param)


@pytest.fixture
def tenon_site(
    database: str,
    tenon_plugins: Sequence[str],
    tenon_backend: Backend,
    tenon_databases: Databases,
    tmp_path: Path,
) -> Iterator[Path]:
    """The folder of a site on a database of this test's own, not booted."""
    from tenon_sdk.testing.sites import prepared_site

    plugins, folder = tenon_backend.order(tenon_plugins), tmp_path / "site"
    with prepared_site(tenon_backend, tenon_databases, database, plugins, folder) as site:
        yield site


@pytest.fixture
def tenon(
    tenon_site: Path,
    tenon_plugins: Sequence[str],
    tenon_backend: Backend,
    clock: Clock,
    database: str,
) -> Iterator[Tenon]:
    """A booted site on a database of this test's own, see `tenon_sdk.testing.Tenon`."""
    from tenon_sdk.testing.harness import Tenon

    plugins = tenon_backend.order(tenon_plugins)
    made = Tenon(tenon_backend, tenon_site, plugins, clock, database)
    yield made
    made.close()


@pytest.fixture(scope="session")
def shared_data(request: pytest.FixtureRequest) -> Path:
    """The folder with the real data: `$TENON_SHARED_DATA`, or `../shared/data` by the checkout.

    Without it the test is skipped; in continuous integration (`CI=true`) that is an error.
    """
    named = os.environ.get(DATA)
    folder = Path(named) if named else request.config.rootpath.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    message = f"the real data is missing: name its folder in {DATA}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(message)
    pytest.skip(message)
