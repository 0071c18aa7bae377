"""Three small plugins, copied from `smithy/`, on both databases.

forge    presses with every kind of column, an extension of core's tags, a plain table
anvil    requires forge and refers to its presses
bellows  has glue to forge: a table between its pumps and forge's presses
"""

import importlib
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from tenon_core.kernel.discovery import Found
from tenon_core.kernel.installation import Installation, installation, required_by
from tenon_core.manifest import plugin as core_plugin
from tenon_core.storage.engine import make_engine
from tenon_core.storage.migrate import upgrade
from tenon_core.storage.revisions import make_revision

MANIFEST = """
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def plugin():
    return Plugin(key="{key}", title=Text("{key}"), package="{package}", {more})
"""


def write_package(root, key, files, more=""):
    """Writes `<key>_plugin` and returns its manifest."""
    package = f"{key}_plugin"
    folder = root / package
    folder.mkdir()
    (folder / "__init__.py").write_text(MANIFEST.format(key=key, package=package, more=more))
    for name, code in files.items():
        (folder / name).write_text(code)
    importlib.invalidate_caches()
    return importlib.import_module(package).plugin()


@pytest.fixture(scope="session")
def smithy(tmp_path_factory):
    """The manifests by key, with migrations made by our own autogenerate."""
    root = tmp_path_factory.mktemp("packages") / "smithy"
    shutil.copytree(Path(__file__).with_name("smithy"), root)
    sys.path.insert(0, str(root))
    names = ("forge", "anvil", "bellows")
    found = {name: importlib.import_module(f"{name}_plugin").plugin() for name in names}
    for name in names:
        assert make_revision(required_by(found, [name]), name, "Initial")
    both = required_by(found, ["bellows", "forge"])
    assert make_revision(both, "bellows", "Glue", other="forge")
    yield found
    sys.path.remove(str(root))


@pytest.fixture(scope="session")
def rows():
    """The functions of `sitetables.py`."""
    spec = spec_from_file_location("sitetables", Path(__file__).with_name("sitetables.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def core():
    return core_plugin()


@pytest.fixture
def scratch_package(tmp_path):
    """Writes a plugin package of this test alone."""
    root = tmp_path / "packages"
    root.mkdir()
    sys.path.insert(0, str(root))
    written = []

    def write(key, files, more=""):
        written.append(f"{key}_plugin")
        return write_package(root, key, files, more)

    yield write
    sys.path.remove(str(root))
    for name in [m for m in sys.modules if m.partition(".")[0] in written]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """A database with core's tables, made when first asked for and copied for every test."""
    return SimpleNamespace(folder=tmp_path_factory.mktemp("templates"), postgres=None)


def _migrated(url):
    engine = make_engine(url)
    upgrade(engine, [core_plugin()])
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, templates):
    """A database of this test's own with core's tables in it."""
    if request.param == "sqlite":
        template = templates.folder / "core.sqlite3"
        if not template.exists():
            _migrated(f"sqlite:///{template}")
        (tmp_path / "site.sqlite3").write_bytes(template.read_bytes())
        yield f"sqlite:///{tmp_path / 'site.sqlite3'}"
        return
    base = request.getfixturevalue("postgres_url")
    server = create_engine(base, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        if templates.postgres is None:
            templates.postgres = f"tenon_life_{uuid4().hex[:8]}"
            connection.execute(text(f"CREATE DATABASE {templates.postgres}"))
            _migrated(base.set(database=templates.postgres).render_as_string(False))
        name = f"{templates.postgres}_{uuid4().hex[:8]}"
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {templates.postgres}"))
        yield base.set(database=name).render_as_string(False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def engine(url):
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def open_site(url, tmp_path, smithy):
    """Opens the life cycle on a site with the smithy's plugins installed, or with `found`."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "tenon.toml").write_text(f'[site]\nname = "Smithy"\n[database]\nurl = "{url}"\n')
    opened: list[Installation] = []

    def open_with(plugins=None, found=None):
        known = {
            key: Found(key, f"tenon-{key}", "1.2", manifest=plugin)
            for key, plugin in (smithy if plugins is None else plugins).items()
        }
        manager = installation(Path(folder), found={**known, **(found or {})})
        opened.append(manager)
        return manager.__enter__()

    yield open_with
    for manager in opened:
        manager.__exit__(None, None, None)
