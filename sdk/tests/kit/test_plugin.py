"""What the kit adds to pytest, seen from outside: in a run of its own."""

import os
import re
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from tenon_sdk.testing.databases import DIALECTS, Databases

SAMPLE = """
from tenon_core.entities import Account

def test_one(tenon):
    tenon.make(Account)

def test_two(tenon):
    tenon.make(Account)
"""


@pytest.fixture
def run_pytest(tmp_path):
    """Runs pytest on a file in a folder of its own and returns how it ended, and what it said."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "TENON", "CI"))}

    def run(source, *options, **more):
        (tmp_path / "test_sample.py").write_text(source)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**environ, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr

    return run


def test_both_databases_in_several_processes(run_pytest):
    code, said = run_pytest(SAMPLE, "-n", "2", "-v")
    assert code == 0, said
    for dialect in DIALECTS:
        for test in ("one", "two"):
            assert f"test_{test}[{dialect}]" in said


def test_one_database_can_be_chosen(run_pytest):
    code, said = run_pytest(SAMPLE, "-v", "--tenon-database", "sqlite")
    assert code == 0, said
    assert "2 passed" in said
    assert "postgresql" not in said


MARKED = """
import pytest

@pytest.mark.tenon_database("sqlite")
def test_marked(database):
    assert database == "sqlite"

tenon_plugins = ["nobody"]

def test_unknown(tenon):
    pass
"""


def test_a_marker_chooses_the_database_and_a_missing_plugin_is_named(run_pytest):
    code, said = run_pytest(MARKED, "--tenon-database", "sqlite")
    assert code == 1
    assert "1 passed, 1 error" in said
    assert "Plugin “nobody” is not installed" in said


def test_a_given_server_is_used_and_left_clean(run_pytest, tenon_databases):
    server = tenon_databases.server.url.render_as_string(hide_password=False)
    code, said = run_pytest(SAMPLE, "--tenon-database", "postgresql", TENON_TEST_POSTGRES=server)
    assert code == 0, said
    kit = re.compile(r"tenon_(?P<run>[0-9a-f]{8})_[0-9a-f]{12}(_new)?")
    with tenon_databases.server.connect() as connection:
        names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
    runs = {found["run"] for name in names if (found := kit.fullmatch(name))}
    assert runs <= {tenon_databases.run}


DATA = "def test_data(shared_data):\n    assert shared_data.is_dir()\n"


def test_real_data_may_be_missing_but_not_in_continuous_integration(run_pytest, tmp_path):
    missing = str(tmp_path / "nowhere")
    code, said = run_pytest(DATA, TENON_SHARED_DATA=missing)
    assert (code, "1 skipped" in said) == (0, True), said
    assert "TENON_SHARED_DATA" in said
    code, said = run_pytest(DATA, TENON_SHARED_DATA=missing, CI="true")
    assert (code, "1 error" in said) == (1, True), said
    assert run_pytest(DATA, TENON_SHARED_DATA=str(tmp_path), CI="true")[0] == 0


def test_a_template_is_filled_once_and_copies_do_not_share(database, tmp_path, tenon_databases):
    server = tenon_databases.server.url.render_as_string(hide_password=False)
    folder = tmp_path / "run"
    folder.mkdir()
    filled = []

    def fill(url):
        filled.append(url)
        run_sql(url, "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")

    databases = Databases(folder, server)
    try:
        with (
            databases.database(database, ["a"], fill) as one,
            databases.database(database, ["a"], fill) as two,
        ):
            run_sql(one, "INSERT INTO t VALUES (2)")
            assert run_sql(two, "SELECT count(*) FROM t") == 1
            assert run_sql(one, "SELECT count(*) FROM t") == 2
        assert len(filled) == 1
    finally:
        databases.drop_templates()
        databases.close()


def run_sql(url, *statements):
    """Runs statements and returns the value of the last one, if it gives any."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as connection:
            results = [connection.execute(text(statement)) for statement in statements]
            return results[-1].scalar() if results[-1].returns_rows else None
    finally:
        engine.dispose()
