import json
from pathlib import Path

import pytest
from attrs import define
from click.testing import CliRunner

from tenon_core.cli.main import root
from tenon_sdk.testing.checkout import describe_checkout
from tenon_sdk.testing.sites import preparing, write_site

FIXTURE_PLUGINS = Path(__file__).parents[3] / "tests" / "fixture_plugins"


@define
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def last(self):
        return self.out.splitlines()[-1]


class Terminal:
    """Types commands as a user would, in this process."""

    def __init__(self):
        self.site = None

    def try_(self, *args, input=None):
        given = [str(arg) for arg in args]
        if self.site is not None and "--site" not in given:
            given += ["--site", str(self.site)]
        result = CliRunner().invoke(root, given, input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return Said(result.exit_code, result.stdout, result.stderr)

    def __call__(self, *args, input=None):
        said = self.try_(*args, input=input)
        assert said.code == 0, f"{args}: {said.out}\n{said.err}"
        return said

    def fails(self, *args, code=1, input=None):
        """One line on standard error and nothing else; returns it."""
        said = self.try_(*args, input=input)
        assert said.code == code, f"{args}: {said.out}\n{said.err}"
        lines = said.err.splitlines()
        assert len(lines) == 1, said.err
        assert "Traceback" not in said.err
        return lines[0]


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch, tmp_path):
    for name in ("TENON_SITE", "TENON_DATABASE_URL", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def tenon_():
    """The command without a site."""
    return Terminal()


@pytest.fixture
def cli(tenon_, database, tenon_backend, tenon_databases, tmp_path):
    """The command on a migrated site without plugins and users."""
    prepare = preparing(tenon_backend, tenon_databases, ())
    with tenon_databases.database(database, (), prepare) as url:
        tenon_.site = write_site(tenon_backend, tmp_path / "site", url)
        yield tenon_


@pytest.fixture
def empty_url(database, tenon_databases):
    """The address of a database without any table."""
    with tenon_databases.empty(database) as url:
        yield url


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """The fixture plugins press and paint, as if they were installed."""
    for name in ("press", "paint"):
        folder = FIXTURE_PLUGINS / name
        held = tmp_path / f"installed-{name}"
        describe_checkout(folder, held)
        monkeypatch.syspath_prepend(str(folder / "src"))
        monkeypatch.syspath_prepend(str(held))
