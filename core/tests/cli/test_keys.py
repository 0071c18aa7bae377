"""The keys of stored secrets on the command line, and in a backup."""

import pytest

from tenon_core.cli.app import App
from tenon_core.entities.facts import Webhook
from tenon_core.entities.people import User
from tenon_core.events.webhooks import secret_place
from tenon_core.vault.hidden import shown, stored_secrets

pytestmark = pytest.mark.tenon_database("sqlite")


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch):
    monkeypatch.delenv("TENON_KEYS", raising=False)


@pytest.fixture
def secret(cli):
    """Reads the secret of the site's one webhook, wherever the site is."""
    cli("user", "add", "boss", "--role", "administrator")

    def read(folder):
        app = App(given=str(folder))
        try:
            with app.work("test", read_only=True) as ctx:
                (stored,) = stored_secrets(ctx.connection)
                return shown(ctx.site, stored.value, secret_place(stored.id))
        finally:
            app.close()

    app = App(given=str(cli.site))
    with app.work("test") as ctx:
        boss = ctx.session.query(User).filter_by(login="boss").one()
        ctx.session.add(
            Webhook(name="ERP", url="https://erp.example", events=["core.*"], user_id=boss.id)
        )
    app.close()
    return read


def test_keys_are_rotated_and_forgotten(cli, secret):
    before = secret(cli.site)
    (only,) = cli("key", "list", "--json").json
    assert (only["here"], only["encrypts"], only["secrets"]) == (True, True, 1)
    said = cli("key", "rotate").out
    assert "1 secrets were encrypted anew." in said
    new, old = cli("key", "list", "--json").json
    assert new["id"] in said
    assert (new["encrypts"], new["secrets"], old["id"], old["secrets"]) == (True, 1, only["id"], 0)
    assert secret(cli.site) == before
    assert "0 secrets" in cli("key", "renew").out
    assert "1 keys were forgotten." in cli("key", "prune").out
    assert [row["id"] for row in cli("key", "list", "--json").json] == [new["id"]]
    assert secret(cli.site) == before


def test_keys_of_the_environment_are_changed_there(cli, secret, monkeypatch):
    path = cli.site / "tenon.keys"
    monkeypatch.setenv("TENON_KEYS", path.read_text())
    path.unlink()
    assert secret(cli.site).startswith("whs_")
    assert "change them there" in cli.fails("key", "rotate")


def test_a_lost_key_is_told(cli, secret):
    (cli.site / "tenon.keys").unlink()
    (row,) = cli("key", "list", "--json").json
    assert row["here"] is False
    assert f"The key {row['id']} is missing" in cli.fails("key", "renew")
    assert f"Keys of stored secrets are missing: {row['id']}" in cli.try_("doctor").out


def test_a_backup_holds_the_keys_and_a_restored_site_opens_its_secrets(cli, secret, tmp_path):
    before = secret(cli.site)
    cli("backup", tmp_path / "b.zip")
    cli("restore", tmp_path / "b.zip", tmp_path / "again")
    keys = tmp_path / "again" / "tenon.keys"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert secret(tmp_path / "again") == before
