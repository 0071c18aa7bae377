"""Log-in, sessions, tokens, second factor: who comes in, and who does not."""

from datetime import date, timedelta
from uuid import uuid4

import argon2
import pyotp
import pytest
from sqlalchemy import func, select

from tenon_core.entities import ApiToken, AuditEntry, LoginSession, User
from tenon_core.vault.keys import make_key
from tenon_core.web.auth import identities, passwords
from tenon_core.web.auth.identities import identities_of
from tenon_core.web.auth.secrets import digest
from tenon_core.web.auth.tokens import make_token, revoke_token
from tenon_sdk.errors import Invalid, NotFound

ME, LOGIN = "/api/v1/auth/me", "/api/v1/auth/login"
ORDERS = "/api/v1/lathe/order"
PASSWORD = "correct horse"
USER, TOKEN, SESSION = User.__table__, ApiToken.__table__, LoginSession.__table__


def code_of(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def logged_in(web):
    """`own` in a browser: the cookie is in the client, the form token in its headers."""
    web.set_password("own")
    answer = web.log_in("own")
    assert answer.status_code == 200, answer.text
    web.client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return web


def test_a_log_in_gives_a_cookie_and_a_form_token(web):
    web.set_password("own")
    answer = web.log_in("OWN ")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("tenon_session=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert "Secure" not in cookie
    me = web.client.get(ME).json()
    assert (me["user"]["login"], me["by"]) == ("own", "session")
    assert me["permissions"]["lathe.order.view"] == "own"
    assert me["csrf_token"] == answer.json()["csrf_token"]
    with web.site.engine.connect() as connection:
        row = connection.execute(select(SESSION)).one()
        acts = connection.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert row.token_hash == digest(web.client.cookies["tenon_session"])
    assert acts[-1] == "logged_in"


def test_a_cookie_changes_nothing_without_the_form_token(logged_in):
    client, body = logged_in.client, {"name": "x"}
    assert client.post(ORDERS, json=body).status_code == 201
    for headers in ({"X-CSRF-Token": ""}, {"X-CSRF-Token": "guess"}):
        assert code_of(client.post(ORDERS, json=body, headers=headers)) == (403, "csrf")
    assert client.get(ORDERS, headers={"X-CSRF-Token": ""}).status_code == 200
    # A public endpoint takes such a request for one of nobody.
    crossing = client.post(
        LOGIN, json={"login": "own", "password": PASSWORD}, headers={"X-CSRF-Token": ""}
    )
    assert crossing.status_code == 200


def test_logging_out_ends_it_at_once(logged_in):
    client = logged_in.client
    secret = client.cookies["tenon_session"]
    gone = client.post("/api/v1/auth/logout")
    assert gone.status_code == 204
    assert "Max-Age=0" in gone.headers["set-cookie"]
    client.cookies.set("tenon_session", secret)
    assert code_of(client.get(ME)) == (401, "unauthenticated")


def test_a_session_ends_unless_it_is_used(logged_in):
    web, client = logged_in, logged_in.client
    book = identities_of(web.site)
    web.later(hours=11)
    book.forget()
    assert client.get(ME).status_code == 200
    book.settle()
    web.later(hours=11)
    book.forget()
    assert client.get(ME).status_code == 200
    book.settle()
    web.later(hours=13)
    book.forget()
    assert client.get(ME).status_code == 401


def test_wrong_log_ins_look_alike(web):
    web.set_password("own")
    texts = {
        web.log_in(login, password).text
        for login, password in (
            ("own", "wrong"),
            ("nosuch", PASSWORD),
            ("team", PASSWORD),
            ("", ""),
        )
    }
    assert len(texts) == 1
    web.execute(USER, USER.c.login == "own", active_until=date(2026, 3, 1))
    assert web.log_in("own").text in texts


def test_an_unknown_name_costs_as_much_as_a_wrong_password(web, monkeypatch):
    checked = []

    class Watched:
        def verify(self, stored, password):
            checked.append(stored.startswith("$argon2id$"))
            raise argon2.exceptions.VerifyMismatchError

        def hash(self, _password):
            return "$argon2id$x"

    web.set_password("own")
    monkeypatch.setattr(passwords, "HASHER", Watched())
    for login in ("own", "nosuch", "team"):
        assert web.log_in(login).status_code == 401
    assert checked == [True, True, True]


def test_guessing_is_slowed_down(web):
    web.set_password("own")
    for _n in range(5):
        assert code_of(web.log_in("own", "wrong")) == (401, "wrong_login")
    locked = web.log_in("own")
    assert code_of(locked) == (429, "too_many_attempts")
    assert int(locked.headers["retry-after"]) == 1
    web.later(seconds=2)
    assert web.log_in("own", "wrong").status_code == 401
    assert web.log_in("own").headers["retry-after"] == "2"
    web.later(seconds=3)
    assert web.log_in("own").status_code == 200
    assert web.log_in("own", "wrong").status_code == 401  # the count began anew
    # Another person at the same address is not locked out.
    web.set_password("team")
    assert web.log_in("team").status_code == 200
    for _n in range(12):
        web.log_in("nosuch", "x")
        web.later(minutes=15)
    assert code_of(web.log_in("nosuch", "x"))[0] == 401


def test_many_guesses_from_one_address_are_slowed_down(web):
    web.set_password("own")
    for n in range(50):
        assert web.log_in(f"guess{n}", "x").status_code == 401
    assert web.log_in("own").status_code == 429


def test_a_hash_with_old_parameters_is_made_anew(web):
    web.set_password("own")
    old = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    web.execute(USER, USER.c.login == "own", password_hash=old)
    assert web.log_in("own").status_code == 200
    with web.site.engine.connect() as connection:
        new = connection.scalar(select(USER.c.password_hash).where(USER.c.login == "own"))
    assert new != old
    assert passwords.renewed(new, PASSWORD) is None


def test_a_password_is_changed_by_who_knows_it(logged_in):
    web, client = logged_in, logged_in.client
    change = "/api/v1/auth/password"
    wrong = client.post(change, json={"current": "nope", "new": "another horse"})
    assert list(wrong.json()["fields"]) == ["current"]
    for weak in ("short", "own" * 3, "aaaaaaaaaaaa", "x" * 300):
        answer = client.post(change, json={"current": PASSWORD, "new": weak})
        assert list(answer.json()["fields"]) == ["new"], weak
    other = web.log_in("own")
    elsewhere = dict(web.client.cookies)
    client.headers["X-CSRF-Token"] = other.json()["csrf_token"]
    assert (
        client.post(change, json={"current": PASSWORD, "new": "another horse"}).status_code == 204
    )
    assert client.get(ME).status_code == 200
    assert web.log_in("own").status_code == 401
    assert web.log_in("own", "another horse").status_code == 200
    client.cookies.clear()
    client.cookies.update(elsewhere)
    assert client.get(ME).status_code == 200
    with web.site.engine.connect() as connection:
        ended = select(func.count()).select_from(SESSION).where(SESSION.c.revoked_at.is_not(None))
        assert connection.scalar(ended) == 1
        changes = connection.scalars(
            select(AuditEntry.changes).where(AuditEntry.entity == "core.user")
        ).all()
    assert "argon2" not in str(changes)


def test_set_password_refuses_what_is_no_password_or_no_user(web):
    with web.site.system("test") as ctx:
        with pytest.raises(NotFound):
            passwords.set_password(ctx, uuid4(), "long enough")
        user = ctx.session.scalar(select(User.id).where(User.login == "own"))
        with pytest.raises(Invalid):
            passwords.set_password(ctx, user, "short")


# ------------------------------------------------------------------------------------- tokens


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_until_it_is_revoked(web):
    with web.site.system("test") as ctx:
        user = ctx.session.scalar(select(User.id).where(User.login == "own"))
        token = make_token(ctx, user, "ERP", None, ctx.now + timedelta(days=1))
    assert token.startswith("tnn_")
    assert len(token) > 40
    assert web.client.get(ME, headers=bearer(token)).json()["by"] == "token"
    with web.site.engine.connect() as connection:
        row = connection.execute(select(TOKEN)).one()
    assert (row.token_hash, row.prefix) == (digest(token), token[:12])
    assert token not in str(row)
    with web.site.system("test") as ctx:
        revoke_token(ctx, row.id)
    assert code_of(web.client.get(ME, headers=bearer(token))) == (401, "unauthenticated")


def test_a_revocation_elsewhere_shows_within_a_second(web, monkeypatch):
    token = web.token("own")
    assert web.client.get(ME, headers=bearer(token)).status_code == 200
    web.execute(TOKEN, TOKEN.c.token_hash == digest(token), revoked_at=web.site.clock())
    now = identities.time.monotonic()
    monkeypatch.setattr(identities.time, "monotonic", lambda: now + 1.01)
    assert web.client.get(ME, headers=bearer(token)).status_code == 401


def test_a_token_ends_by_its_date_and_with_its_person(web):
    with web.site.system("test") as ctx:
        user = ctx.session.scalar(select(User.id).where(User.login == "own"))
        token = make_token(ctx, user, "x", None, ctx.now + timedelta(hours=1))
    web.later(minutes=59)
    assert web.client.get(ME, headers=bearer(token)).status_code == 200
    web.later(minutes=2)
    assert web.client.get(ME, headers=bearer(token)).status_code == 401
    lasting = web.token("team")
    assert web.client.get(ME, headers=bearer(lasting)).status_code == 200
    with web.site.system("leaves") as ctx:
        ctx.session.scalar(select(User).where(User.login == "team")).active_until = date(2026, 3, 1)
    assert web.client.get(ME, headers=bearer(lasting)).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer tnn_wrong", "Basic b3duOng=", "tnn_x", "Bearer tnn_\xff"],
)
@pytest.mark.tenon_database("sqlite")
def test_what_is_no_token_is_refused_even_where_nobody_may_ask(web, header):
    for path in (ME, ORDERS, "/api/v1/lathe/ping"):
        answer = web.client.get(path, headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.tenon_database("sqlite")
def test_make_token_refuses_nonsense(web):
    with web.site.system("test") as ctx:
        user = ctx.session.scalar(select(User.id).where(User.login == "own"))
        for name, given in (
            ("name", {"name": " "}), ("name", {"name": "x" * 121}),
            ("permissions", {"name": "x", "permissions": ["lathe.order.melt"]}),
            ("expires_at", {"name": "x", "expires_at": ctx.now}),
        ):  # fmt: skip
            with pytest.raises(Invalid) as error:
                make_token(ctx, user, **given)
            assert list(error.value.fields) == [name]
        with pytest.raises(NotFound):
            make_token(ctx, uuid4(), "x")


def test_the_use_of_a_token_is_noted_once_a_minute(web, monkeypatch):
    token, book = web.token("own"), identities_of(web.site)
    now = [identities.time.monotonic()]
    monkeypatch.setattr(identities.time, "monotonic", lambda: now[0])

    def used():
        web.client.get(ME, headers=bearer(token))
        book.settle()
        with web.site.engine.connect() as connection:
            return connection.scalar(select(TOKEN.c.last_used_at))

    first = used()
    assert first == web.site.clock()
    web.later(seconds=30)
    now[0] += 30
    assert used() == first
    web.later(seconds=31)
    now[0] += 31
    assert used() == web.site.clock()


@pytest.mark.tenon_database("sqlite")
def test_a_known_token_costs_no_statement(web):
    from sqlalchemy import event

    token = web.token("own")
    web.client.get(ME, headers=bearer(token))
    identities_of(web.site).settle()
    statements = []
    event.listen(web.site.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    for _n in range(5):
        web.client.get(ME, headers=bearer(token))
    # A second may have passed: then the token and the rights are looked at once more.
    assert len(statements) <= 2


def test_people_keep_their_own_tokens(logged_in):
    client = logged_in.client
    made = client.post(
        "/api/v1/auth/tokens", json={"name": "ERP", "permissions": ["lathe.order.view"]}
    )
    assert made.status_code == 201
    token = made.json()["token"]
    assert client.get(ORDERS, headers=bearer(token)).status_code == 200
    listed = client.get("/api/v1/auth/tokens").json()["items"]
    assert [(t["name"], t["prefix"]) for t in listed] == [("ERP", token[:12])]
    assert "token_hash" not in listed[0]
    # A token makes no tokens: a narrow one could widen itself.
    by_token = client.post("/api/v1/auth/tokens", json={"name": "x"}, headers=bearer(token))
    assert code_of(by_token) == (403, "session_only")
    foreign = logged_in.token("team")
    with logged_in.site.engine.connect() as connection:
        theirs = connection.scalar(select(TOKEN.c.id).where(TOKEN.c.token_hash == digest(foreign)))
    assert client.delete(f"/api/v1/auth/tokens/{theirs}").status_code == 404
    assert client.delete("/api/v1/auth/tokens/7").status_code == 404
    assert client.delete(f"/api/v1/auth/tokens/{listed[0]['id']}").status_code == 204
    assert client.get(ORDERS, headers=bearer(token)).status_code == 401
    unknown = client.post("/api/v1/auth/tokens", json={"name": "x", "permissions": ["a.b.c"]})
    assert list(unknown.json()["fields"]) == ["permissions"]


# ------------------------------------------------------------------------------ second factor


@pytest.fixture
def with_phone(logged_in):
    """`own` with a second factor: the secret on her phone and her recovery codes."""
    client = logged_in.client
    path = "/api/v1/auth/second_factor"
    assert client.post(path, json={"password": "x"}).status_code == 422
    begun = client.post(path, json={"password": PASSWORD}).json()
    assert begun["uri"].startswith("otpauth://totp/Works:own?secret=")
    phone = pyotp.TOTP(begun["secret"])
    wrong = client.post(f"{path}/confirm", json={"secret": begun["secret"], "code": "000000"})
    assert list(wrong.json()["fields"]) == ["code"]
    now = logged_in.site.clock()
    given = {"secret": begun["secret"], "code": phone.at(now)}
    codes = client.post(f"{path}/confirm", json=given).json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert client.get(ME).status_code == 200
    return logged_in, phone, codes


def test_the_second_factor_is_asked_for(with_phone):
    web, phone, codes = with_phone
    client = web.client
    web.later(seconds=60)
    begun = web.log_in("own")
    assert begun.json()["second_factor_needed"] is True
    client.headers["X-CSRF-Token"] = begun.json()["csrf_token"]
    assert code_of(client.get(ME)) == (401, "second_factor")
    assert code_of(client.get(ORDERS)) == (401, "second_factor")
    verify = "/api/v1/auth/verify"
    assert code_of(client.post(verify, json={"code": "000000"})) == (401, "wrong_code")
    code = phone.at(web.site.clock())
    assert client.post(verify, json={"code": code}).status_code == 204
    assert client.get(ME).status_code == 200
    # The same code opens no second time, neither here nor at the log-in.
    assert code_of(web.log_in("own", code=code)) == (401, "wrong_code")
    web.later(seconds=30)
    both = web.log_in("own", code=phone.at(web.site.clock()))
    assert both.json()["second_factor_needed"] is False
    assert client.get(ME).status_code == 200
    assert web.log_in("own", code=codes[0]).status_code == 200
    assert code_of(web.log_in("own", code=codes[0])) == (401, "wrong_code")


def test_the_secret_is_stored_encrypted_and_lost_keys_are_told(with_phone):
    web, phone, codes = with_phone
    web.later(seconds=60)
    with web.site.system("test", read_only=True) as ctx:
        stored = ctx.connection.scalar(
            select(User.__table__.c.second_factor_secret).where(User.login == "own")
        )
    assert phone.secret not in stored
    keys = web.site.vault.path
    kept = keys.read_bytes()
    web.site.vault.store((make_key(),))
    web.site.vault._keys = ()
    answer = web.log_in("own", code=phone.at(web.site.clock()))
    assert code_of(answer) == (503, "key_missing")
    assert "tenon.keys" in answer.json()["detail"]
    assert web.log_in("own", code=codes[1]).status_code == 200
    keys.write_bytes(kept)
    assert web.log_in("own", code=phone.at(web.site.clock())).status_code == 200


def test_guessing_codes_locks_as_guessing_passwords_does(with_phone):
    web, _phone, _codes = with_phone
    web.later(seconds=60)
    answers = [web.log_in("own", code=f"{n:06}").status_code for n in range(6)]
    assert answers == [401] * 5 + [429]
    assert web.log_in("own").status_code == 429


def test_the_second_factor_is_switched_off_by_password(with_phone):
    web, _phone, _codes = with_phone
    off = "/api/v1/auth/second_factor/off"
    assert web.client.post(off, json={"password": "x"}).status_code == 422
    assert web.client.post(off, json={"password": PASSWORD}).status_code == 204
    assert web.log_in("own").json()["second_factor_needed"] is False


def test_a_second_factor_is_not_replaced_without_the_password(with_phone):
    web, phone, _codes = with_phone
    web.later(seconds=60)
    theirs = pyotp.random_base32()
    given = {"secret": theirs, "code": pyotp.TOTP(theirs).at(web.site.clock())}
    answer = web.client.post("/api/v1/auth/second_factor/confirm", json=given)
    assert (answer.status_code, answer.json()["code"]) == (409, "second_factor")
    assert web.log_in("own", code=phone.at(web.site.clock())).status_code == 200


def test_digits_of_another_script_are_a_wrong_code(with_phone):
    web, _phone, _codes = with_phone
    assert code_of(web.log_in("own", code="\u0661\u0662\u0663\u0664\u0665\u0666")) == (
        401,
        "wrong_code",
    )
