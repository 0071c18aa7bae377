"""Secrets that are stored encrypted: what opens them, what does not, and changing keys."""

import stat

import pytest
from sqlalchemy import select, update

from tenon_core.entities import User
from tenon_core.entities.facts import Webhook
from tenon_core.vault.hidden import hide, keys_used, place_of, renew, shown
from tenon_core.vault.keys import FILE, VARIABLE, KeyMissing, Vault, key_of, make_key
from tenon_sdk.declarations import Level


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def vault(tmp_path):
    made = Vault(tmp_path)
    made.begin()
    return made


def test_a_secret_opens_where_it_was_put_and_nowhere_else(vault):
    one, again = vault.encrypt("JBSWY3DP", "a:1"), vault.encrypt("JBSWY3DP", "a:1")
    assert "JBSWY3DP" not in one
    assert one != again
    assert vault.decrypt(one, "a:1") == vault.decrypt(again, "a:1") == "JBSWY3DP"
    with pytest.raises(KeyMissing, match="belongs to another record"):
        vault.decrypt(one, "a:2")
    head, _dot, body = one.rpartition(".")
    changed = f"{head}.{'B' if body[0] == 'A' else 'A'}{body[1:]}"
    with pytest.raises(KeyMissing, match="was changed"):
        vault.decrypt(changed, "a:1")
    with pytest.raises(KeyMissing, match="not encrypted"):
        vault.decrypt("JBSWY3DP", "a:1")


def test_only_the_owner_reads_the_key_file(vault):
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    vault.store((make_key(), *vault.ring()))
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
    assert [path.name for path in vault.folder.iterdir()] == [FILE]


def test_the_first_key_is_made_once(vault):
    before = vault.path.read_bytes()
    vault.begin()
    Vault(vault.folder).begin()
    other = Vault(vault.folder)
    other._write((make_key(),), new=True)  # as of two processes the later one would
    assert vault.path.read_bytes() == before


def test_an_old_key_still_opens_and_the_first_one_encrypts(vault):
    old = vault.encrypt("x", "p")
    running = Vault(vault.folder)
    assert running.decrypt(old, "p") == "x"
    vault.store((make_key(), *vault.ring()))
    new = vault.encrypt("y", "p")
    assert key_of(new) != key_of(old)
    # A process that runs since before reads the new key when it meets it.
    assert running.decrypt(new, "p") == "y"
    vault.store(vault.ring()[:1])
    with pytest.raises(KeyMissing, match=f"The key {key_of(old)} is missing"):
        Vault(vault.folder).decrypt(old, "p")


def test_keys_may_come_from_the_environment(tmp_path, monkeypatch):
    first, second = make_key(), make_key()
    monkeypatch.setenv(VARIABLE, f"{first.line},{second.line}")
    vault = Vault(tmp_path)
    assert vault.ring() == (first, second)
    assert key_of(vault.encrypt("x", "p")) == first.id
    assert not vault.path.exists()
    with pytest.raises(KeyMissing, match="change them there"):
        vault.store((make_key(),))


@pytest.mark.parametrize("line", ["short", "ä" * 44, "A" * 44 + "\n?"])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path, line):
    (tmp_path / FILE).write_text(line)
    with pytest.raises(KeyMissing, match=r"tenon\.keys holds something that is no key") as refused:
        Vault(tmp_path).ring()
    assert line not in refused.value.message.translate()


def test_a_key_is_not_shown_by_accident(vault):
    (key,) = vault.ring()
    vault.encrypt("x", "p")
    assert repr(key.value)[2:-1] not in f"{key!r} {vault!r}"
    assert key.line not in f"{key!r} {vault!r}"


# ------------------------------------------------------------------------- in a site


def raw(tenon, cls, name, id_):
    with tenon.system(read_only=True) as ctx:
        return ctx.connection.scalar(select(cls.__table__.c[name]).where(cls.id == id_))


@pytest.fixture
def hook(tenon):
    admin = tenon.user("administrator")
    return tenon.make(
        Webhook, by=admin, name="ERP", url="https://erp.example/x", events=["core.*"],
        user_id=admin.id,
    )  # fmt: skip


def test_a_webhook_has_an_encrypted_secret_from_the_beginning(tenon, hook):
    stored = raw(tenon, Webhook, "secret", hook.id)
    assert key_of(stored) == tenon.site.vault.ring()[0].id
    place = place_of(Webhook, "secret", hook.id)
    assert shown(tenon.site, stored, place).startswith("whs_")


def test_without_its_key_a_site_makes_no_second_one(tenon, hook):
    tenon.site.vault.path.unlink()
    with tenon.system() as ctx, pytest.raises(KeyMissing, match=r"Put tenon\.keys back"):
        hide(ctx.site, ctx.connection, "x", "p")
    assert not tenon.site.vault.path.exists()


def test_everything_is_encrypted_anew_with_the_first_key(tenon, hook):
    user = tenon.user()
    table = User.__table__
    with tenon.system() as ctx:
        # As before secrets were encrypted.
        ctx.connection.execute(
            update(table).where(table.c.id == user.id).values(second_factor_secret="JBSWY3DP")
        )
    vault = tenon.site.vault
    secret = shown(
        tenon.site, raw(tenon, Webhook, "secret", hook.id), place_of(Webhook, "secret", hook.id)
    )
    old = vault.ring()[0].id
    vault.store((make_key(), *vault.ring()))
    new = vault.ring()[0].id
    with tenon.system() as ctx:
        assert keys_used(ctx.connection) == {None: 1, old: 1}
        assert renew(vault, ctx.connection) == 2
        assert keys_used(ctx.connection) == {new: 2}
        assert renew(vault, ctx.connection) == 0
    stored = raw(tenon, User, "second_factor_secret", user.id)
    place = place_of(User, "second_factor_secret", user.id)
    assert shown(tenon.site, stored, place) == "JBSWY3DP"
    stored = raw(tenon, Webhook, "secret", hook.id)
    assert shown(tenon.site, stored, place_of(Webhook, "secret", hook.id)) == secret


def health(tenon):
    check = tenon.site.registry.health_checks["core.keys"]
    with tenon.system(read_only=True) as ctx:
        return check.run(ctx)


def test_health_tells_which_key_is_missing(tenon, hook):
    assert health(tenon).level is Level.OK
    missing = tenon.site.vault.ring()[0].id
    tenon.site.vault.store((make_key(),))
    assert health(tenon).level is Level.ERROR
    assert missing in health(tenon).message.translate()
