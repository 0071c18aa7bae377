"""A company starts: from an empty folder to a restored backup, on both databases."""

import json
import zipfile
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from tenon_core.cli.app import App
from tenon_core.kernel.config import write_config
from tenon_core.kernel.installation import installation
from tenon_core.web.app import create_app

CUSTOMERS = "Name,Phone\n上海重型机器厂,+86 21 5555 0001\nGießerei Süd,+49 89 1234567\n=cmd,+86 20 8551 2345\n"


def account_names(folder, token):
    app = App(given=str(folder))
    try:
        with TestClient(create_app(app.site())) as client:
            answer = client.get(
                "/api/v1/core/account?fields=name&sort=name",
                headers={"Authorization": f"Bearer {token}"},
            )
            return answer.status_code, [item["name"] for item in answer.json().get("items", ())]
    finally:
        app.close()


@pytest.fixture
def second_url(database, tenon_databases, tmp_path):
    """Where a backup is restored to: another empty database of the same kind."""
    with tenon_databases.empty(database) as url:
        path = Path(url.removeprefix("sqlite:///"))
        if database == "sqlite":
            path.unlink(missing_ok=True)
        yield url


@pytest.mark.usefixtures("installed")
def test_from_an_empty_folder_to_a_restored_backup(
    tenon_, database, empty_url, second_url, tmp_path
):
    site = tmp_path / "site"
    tenon_("init", site, "--database", empty_url, "--plugins", "paint")
    tenon_.site = site
    tenon_("plugin", "enable", "press")
    tenon_("user", "add", "ann", "--role", "administrator")
    token = tenon_("token", "add", "ann").last

    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8-sig")
    assert "3 rows: 3 created" in tenon_("import", "core.account", file, "--dry-run").out
    assert account_names(site, token) == (200, [])
    said = tenon_("import", "core.account", file, "--as", "ann")
    assert "3 rows: 3 created, 0 updated, 0 unchanged, 0 refused." in said.out
    said = tenon_("import", "core.account", file, "--key", "name", "--json")
    assert (said.json["created"], said.json["unchanged"]) == (0, 3)
    status, names = account_names(site, token)
    assert (status, set(names)) == (200, {"=cmd", "Gießerei Süd", "上海重型机器厂"})

    said = tenon_("export", "core.account", "--fields", "name,phone", "--sort", "name")
    assert said.out.startswith("\ufeffName,Phone\n'=cmd,")
    assert "3 records were exported." in said.err

    documents = site / "documents" / "ab"
    documents.mkdir(parents=True, exist_ok=True)
    (documents / "drawing.bin").write_bytes(bytes(range(256)) * 5000)
    backup = tmp_path / "backup.zip"
    tenon_("backup", backup)
    assert backup.stat().st_mode & 0o077 == 0
    assert "exists already." in tenon_.fails("backup", backup)

    copy = tmp_path / "copy"
    url = ("--database", second_url) if database == "postgresql" else ()
    tenon_.site = None
    assert "The site of 2" in tenon_("restore", backup, copy, *url).out
    assert copy.stat().st_mode & 0o077 == 0
    assert account_names(copy, token) == (status, names)
    assert (copy / "documents" / "ab" / "drawing.bin").read_bytes() == bytes(range(256)) * 5000
    assert "is not empty." in tenon_.fails("restore", backup, copy, *url)
    assert "Nothing is wrong." in tenon_("plugin", "doctor", "--site", copy).out
    said = tenon_("import", "core.account", file, "--site", copy)
    assert "3 rows: 3 created" in said.out
    assert len(account_names(copy, token)[1]) == 6
    assert len(account_names(site, token)[1]) == 3
    assert tenon_("audit", "seal", "--site", copy)
    assert "Nothing was changed" in tenon_("audit", "verify", "--site", copy).out


def test_a_restored_database_is_the_same_row_for_row(cli, second_url, database, tmp_path):
    for login in ("ann", "bob"):
        cli("user", "add", login, "--role", "planner")
    cli("audit", "seal")
    cli("backup", tmp_path / "backup.zip")
    copy = tmp_path / "copy"
    url = ("--database", second_url) if database == "postgresql" else ()
    before = contents(cli.site)
    cli("restore", tmp_path / "backup.zip", copy, *url)
    after = contents(copy)
    assert before.keys() == after.keys()
    for table, rows in before.items():
        assert after[table] == rows, table
    cli.site = copy
    said = cli("audit", "verify")
    assert "Nothing was changed after it was sealed." in said.out
    cli("user", "add", "eve", "--role", "planner")


def contents(folder):
    from tenon_core.storage.ownership import stored_tables
    from tenon_core.storage.rows import counters, lines_out, shape_of

    with installation(folder) as found, found.engine.connect() as connection:
        shapes = [shape_of(connection, name) for name in stored_tables(connection)]
        return {
            shape.table: (list(lines_out(connection, shape)), counters(connection, shape))
            for shape in shapes
        }


@pytest.mark.tenon_database("sqlite")
@pytest.mark.parametrize("kind", ["bytes", "manifest", "missing", "elsewhere"])
def test_a_damaged_backup_restores_nothing(kind, cli, tmp_path):
    whole, damaged = tmp_path / "whole.zip", tmp_path / "damaged.zip"
    cli("backup", whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "tenon.toml" and kind == "bytes":
                data += b"\n"
            if name == "tenon.toml" and kind == "missing":
                continue
            if name == "manifest.json" and kind != "bytes":
                manifest = json.loads(data)
                if kind == "manifest":
                    manifest["files"][0]["size"] += 1
                if kind == "elsewhere":
                    manifest["files"][0]["name"] = "../../outside"
                data = json.dumps(manifest).encode()
            target.writestr(name, data)
    assert "is damaged." in cli.fails("restore", damaged, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.tenon_database("sqlite")
def test_a_backup_goes_only_into_its_own_kind_of_database(cli, tmp_path):
    cli("backup", tmp_path / "backup.zip")
    line = cli.fails(
        "restore", tmp_path / "backup.zip", tmp_path / "copy", "--database", "postgresql://x/y"
    )
    assert "restored into sqlite" in line
    assert not (tmp_path / "copy").exists()


@pytest.mark.tenon_database("sqlite")
def test_a_backup_is_of_one_moment_while_others_write(cli, tmp_path):
    app = App(given=str(cli.site))
    site = app.site()
    with site.engine.begin() as writing:
        writing.execute(text("UPDATE core_role SET name = 'half-way'"))
        cli("backup", tmp_path / "backup.zip")
    app.close()
    cli("restore", tmp_path / "backup.zip", tmp_path / "copy")
    names = {row["name"] for row in cli("role", "list", "--json", "--site", tmp_path / "copy").json}
    assert "half-way" not in names


@pytest.mark.tenon_database("postgresql")
def test_a_dump_goes_from_postgresql_into_sqlite(cli, tmp_path):
    cli("user", "add", "ann", "--role", "planner")
    said = cli("dump", tmp_path / "dump.zip")
    assert "rows are in" in said.out
    assert "exists already." in cli.fails("dump", tmp_path / "dump.zip")
    target = tmp_path / "target"
    cli.site, origin = None, cli.site
    cli("init", target)
    cli("load", tmp_path / "dump.zip", "--site", target)
    assert [row["login"] for row in cli("user", "list", "--json", "--site", target).json] == ["ann"]
    assert "a dump is loaded into an empty one" in cli.fails(
        "load", tmp_path / "dump.zip", "--site", origin
    )


@pytest.mark.tenon_database("sqlite")
def test_documents_elsewhere_are_told(cli, tmp_path):
    write_config(cli.site, files={"url": "memory://documents"})
    said = cli("backup", tmp_path / "backup.zip")
    assert "Documents in memory://documents are not in it" in said.err
    said = cli("restore", tmp_path / "backup.zip", tmp_path / "copy")
    assert "Its documents are in memory://documents" in said.err
