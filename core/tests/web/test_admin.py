"""Administration: who may, what it shows, what it stores, and who one is meanwhile."""

import json
from uuid import UUID

import pytest
from browsing import Browser, fields, text_of
from conftest import id_of
from sqlalchemy import insert, select

from tenon_core.entities import Grant, Role, User, UserRole, Webhook
from tenon_core.entities.audit import AuditEntry
from tenon_core.jobs.runs import job_run
from tenon_core.web.pages.admin.plugins import documented, settings_of
from tenon_core.web.pages.admin.routes import GETS, POSTS

RUN = UUID(int=7)
PERMISSIONS = (
    "core.site.manage", "core.user.edit", "core.user.impersonate", "core.user_role.create",
    "core.user_role.delete", "core.user_role.view", "core.role.view", "core.role.edit",
    "core.grant.view", "core.grant.create", "core.grant.edit", "core.grant.delete",
    "core.webhook.view", "core.webhook.edit", "core.approval_flow.view",
    "core.approval_flow.edit", "core.audit.view",
)  # fmt: skip


@pytest.fixture
def admin(web):
    """“all” with what administrators have, in a browser."""
    with web.site.system("test") as ctx:
        role = ctx.session.get(Role, id_of("all"))
        held = set(ctx.session.scalars(select(Grant.permission).where(Grant.role_id == role.id)))
        for name in PERMISSIONS:
            if name not in held:
                ctx.session.add(Grant(role_id=role.id, permission=name, scope="all"))
    return Browser(web, "all").open()


@pytest.fixture
def own(web):
    return Browser(web, "own").open()


def _path(path):
    filled = path.replace("{id}", str(id_of("own"))).replace("{key}", "core")
    return "/" + filled


@pytest.mark.parametrize("path", sorted(GETS))
def test_a_salesperson_meets_a_wall_on_every_page(own, path):
    assert own.get(_path(path)).status_code == 403


@pytest.mark.parametrize("path", sorted(set(POSTS) - {"log-in-as/end"}))
def test_a_salesperson_changes_nothing(own, path):
    assert own.post(_path(path)).status_code == 403


def test_the_menu_shows_administration_to_who_may(own, admin):
    assert "/admin" not in own.get("/").text
    menu = admin.get("/").text
    for path in ("/admin/users", "/admin/roles", "/admin/plugins", "/admin/jobs", "/admin/audit"):
        assert f'href="{path}"' in menu


def test_a_narrow_scope_does_not_administer(web, own):
    with web.site.system("test") as ctx:
        ctx.session.add(Grant(role_id=id_of("own"), permission="core.user.edit", scope="unit"))
    assert own.get("/admin/users").status_code == 403


def test_the_overview_tells_how_the_site_is(admin):
    shown = text_of(admin.get("/admin").text)
    assert "Active users 7" in shown
    assert "No worker is running" in shown
    checks = text_of(admin.get("/admin/checks", fragment=True).text)
    assert "Seal of the audit trail" in checks
    # The records of these tests are written beside the index.
    assert "records cannot be found" in checks


def test_users_are_found_and_shown_with_roles(admin):
    shown = admin.get("/admin/users?q=unit_t").text
    assert "Unit_Tree" in shown
    assert "Nobody" not in shown
    assert "Nobody matches" in admin.get("/admin/users?q=zzz").text


def test_roles_are_given_and_taken(web, admin):
    path = f"/admin/users/{id_of('own')}"
    answer = admin.post(f"{path}/roles", {"role": [str(id_of("team")), str(id_of("viewer"))]})
    assert answer.status_code == 303
    with web.site.system("test") as ctx:
        held = select(UserRole.role_id).where(UserRole.user_id == id_of("own"))
        assert set(ctx.session.scalars(held)) == {id_of("team"), id_of("viewer")}
    assert admin.post(f"{path}/roles", {"role": str(id_of("HQ"))}).status_code == 422


def test_a_new_password_is_told_once_and_ends_log_ins(web, own, admin):
    path = f"/admin/users/{id_of('own')}"
    page = admin.post(f"{path}/password").text
    password = page.partition('<code class="tn-code">')[2].partition("</code>")[0]
    assert len(password) == 16
    assert password not in admin.get(path).text
    assert own.get("/").status_code == 303
    assert web.log_in("own", password).status_code == 200


def test_log_ins_are_listed_and_ended(own, admin):
    path = f"/admin/users/{id_of('own')}"
    assert "testclient" in admin.get(path).text
    admin.post(f"{path}/sessions")
    assert "Not logged in anywhere" in admin.get(path).text
    assert own.get("/").status_code == 303


def test_nobody_closes_her_own_log_in(web, admin):
    answer = admin.post(f"/admin/users/{id_of('all')}/disable")
    assert answer.status_code == 409
    assert "You cannot close your own log-in." in answer.text
    admin.post(f"/admin/users/{id_of('nobody')}/disable")
    assert "Open the log-in again" in admin.get(f"/admin/users/{id_of('nobody')}").text
    admin.post(f"/admin/users/{id_of('nobody')}/enable")
    with web.site.system("test") as ctx:
        assert ctx.session.get(User, id_of("nobody")).active_until is None


def test_the_matrix_stores_only_what_differs(web, admin):
    path = f"/admin/roles/{id_of('viewer')}"
    form = fields(admin.get(path).text, path)
    assert form["grant:core.account.view"] == "all"
    form["grant:core.account.view"], form["grant:core.account.edit"] = "unit", "own"
    form["grant:core.contact.view"] = ""
    assert admin.post(path, form).status_code == 303
    with web.site.system("test") as ctx:
        grants = select(Grant.permission, Grant.scope).where(Grant.role_id == id_of("viewer"))
        stored = dict(ctx.session.execute(grants).all())
    assert stored["core.account.view"] == "unit"
    assert stored["core.account.edit"] == "own"
    assert "core.contact.view" not in stored


def test_two_administrators_do_not_overwrite_each_other(admin):
    path = f"/admin/roles/{id_of('viewer')}"
    first, second = (fields(admin.get(path).text, path) for _n in range(2))
    first["grant:core.account.view"] = "own"
    second["grant:core.contact.view"] = "own"
    admin.post(path, first)
    late = admin.post(path, second)
    assert late.status_code == 409
    assert "Somebody else changed this role meanwhile" in late.text


@pytest.mark.parametrize(
    ("name", "scope"), [("core.nothing.view", "all"), ("core.account.view", "galaxy")]
)
def test_a_grant_that_does_not_exist_is_refused(admin, name, scope):
    path = f"/admin/roles/{id_of('viewer')}"
    form = {**fields(admin.get(path).text, path), f"grant:{name}": scope}
    assert admin.post(path, form).status_code == 422


def test_only_ready_roles_are_restored(web, admin):
    path = f"/admin/roles/{id_of('viewer')}"
    assert admin.post(f"{path}/restore").status_code == 409
    with web.site.system("test") as ctx:
        ctx.session.get(Role, id_of("viewer")).ready = True
        ctx.session.get(Role, id_of("viewer")).key = "salesperson"
    assert admin.post(f"{path}/restore").status_code == 303
    form = fields(admin.get(path).text, path)
    assert form["grant:core.account.view"] == "team"
    assert "is-own-choice" not in admin.get(path).text


def test_plugins_say_what_they_contribute_and_how_they_are_set(admin):
    assert (
        "Lathe" in admin.get("/admin/plugins").text or "lathe" in admin.get("/admin/plugins").text
    )
    shown = admin.get("/admin/plugins/core").text
    assert "session_hours" in shown
    assert "a log-in that is not used ends after this time" in shown
    assert admin.get("/admin/plugins/unknown").status_code == 404


def test_settings_are_documented_and_secrets_stay_hidden(site):
    from tenon_core.settings import CoreSettings

    texts = documented(CoreSettings)
    assert texts["notify_urls"].endswith("stand for the person's own")
    found = {s.name: s for s in settings_of(CoreSettings(notify_urls={"a": "mailto://secret"}))}
    assert found["notify_urls"].value is None
    assert found["notify_urls"].changed
    assert found["session_hours"].value == "12"


def _run(web, state):
    now = web.site.clock()
    values = {
        "id": RUN, "job": "core.clean_requests", "args": {}, "priority": 5, "state": state,
        "created_at": now, "due_at": now, "dispatch": 1, "workflow_id": f"{RUN}.1", "attempt": 3,
        "done": 30, "total": 60,
    }  # fmt: skip
    with web.site.engine.begin() as connection:
        connection.execute(insert(job_run).values(values))


def test_runs_are_listed_by_state_and_cancelled(web, admin):
    _run(web, "queued")
    assert "30 / 60" in admin.get("/admin/jobs?state=queued").text
    assert "No runs" in admin.get("/admin/jobs?state=failed").text
    assert 'hx-trigger="every 3s"' in admin.get("/admin/jobs", fragment=True).text
    assert admin.post(f"/admin/jobs/{RUN}/cancel").status_code == 303
    assert "Cancelled" in admin.get(f"/admin/jobs/{RUN}").text
    assert admin.post(f"/admin/jobs/{RUN}/cancel").status_code == 409
    assert "job_cancelled" in admin.get("/admin/audit").text


def test_a_webhook_gets_a_secret_that_is_shown_once(web, admin):
    with web.site.system("test") as ctx:
        hook = Webhook(name="Ledger", url="https://ledger.example/in", events=["core.*"],
                       user_id=id_of("all"))  # fmt: skip
        ctx.session.add(hook)
        ctx.session.flush()
        path = f"/admin/webhooks/{hook.id}"
    assert "Ledger" in admin.get("/admin/webhooks").text
    assert "whs_" in admin.post(f"{path}/secret").text
    assert "whs_" not in admin.get(path).text
    assert "Nothing was sent yet" in admin.get(path).text


def test_a_flow_is_checked_before_it_is_stored(admin):
    path = "/admin/flows/edit"
    assert "This is no JSON object." in admin.post(path, {"definition": "{"}).text
    wrong = {"key": "x", "name": "X", "entity": "lathe.order", "transition": "fly", "steps": []}
    answer = admin.post(path, {"definition": json.dumps(wrong)})
    assert answer.status_code == 422
    assert "There is no transition “fly”." in answer.text
    assert fields(answer.text, path)["definition"].strip() == json.dumps(wrong)
    step = {"key": "boss", "name": "Boss", "approvers": {"kind": "role", "role": "all"}}
    right = {**wrong, "transition": "finish", "steps": [step]}
    assert admin.post(path, {"definition": json.dumps(right)}).status_code == 303
    assert "Boss" in admin.get("/admin/flows").text


def test_the_audit_is_searched_by_who_what_when_and_field(web, admin):
    record = web.account(name="Old works")
    web("all").patch(f"core/account/{record}", json={"name": "New works", "version": 1},
                     headers={"If-Match": '"1"'})  # fmt: skip
    shown = text_of(admin.get(f"/admin/audit?record={record}&action=changed").text)
    assert "Old works New works" in shown
    assert "Nothing matches" in admin.get(f"/admin/audit?record={record}&user=nobody").text
    assert "Old works" in admin.get("/admin/audit?entity=core.account&field=name").text
    assert "Nothing matches" in admin.get("/admin/audit?since=2030-01-01").text
    assert admin.get("/admin/audit?since=soon").status_code == 422
    assert admin.get("/admin/audit?user=zzz").status_code == 422
    assert admin.get("/admin/audit?field=name").status_code == 422


def test_the_audit_hides_what_one_may_not_read(web, admin):
    record = web.account(credit_limit=4711)
    page = f"/admin/audit?record={record}"
    assert "4711" in admin.get(page).text
    with web.site.system("test") as ctx:
        grants = select(Grant).where(Grant.permission == "core.account.read_credit")
        for grant in ctx.session.scalars(grants):
            ctx.session.delete(grant)
    assert "4711" not in admin.get(page).text


def test_the_seal_is_verified(admin):
    assert "Nothing was changed after it was sealed." in text_of(
        admin.get("/admin/audit/verify", fragment=True).text
    )


# ------------------------------------------------------------------------- log in as somebody else


def _become(admin, login="own"):
    answer = admin.post(f"/admin/users/{id_of(login)}/log-in-as")
    if answer.status_code == 303:
        set_ = [value.partition(";")[0] for value in answer.headers.get_list("set-cookie")]
        admin.cookies = dict(value.split("=", 1) for value in set_)
        admin.csrf = fields(admin.get("/").text, "/log-in-as/end")["csrf_token"]
    return answer


def test_logging_in_as_somebody_is_visible_and_recorded(web, admin):
    assert _become(admin).status_code == 303
    assert "You are logged in as Own" in text_of(admin.get("/").text)
    assert admin.get("/admin/users").status_code == 403
    back = admin.post("/log-in-as/end")
    assert back.headers["location"] == f"/admin/users/{id_of('own')}"
    with web.site.system("test") as ctx:
        table = AuditEntry.__table__.c
        wanted = table.action.in_(("logged_in_as", "logged_out_as"))
        rows = ctx.connection.execute(
            select(table.action, table.actor_id, table.record_id, table.reason).where(wanted)
        ).all()
    began, ended = rows
    assert began[:3] == ("logged_in_as", id_of("all"), id_of("own"))
    assert ended[:3] == ("logged_out_as", id_of("own"), id_of("own"))
    assert ended.reason == "done by all, logged in as this user"


def test_the_way_back_leads_to_the_own_session(admin):
    before = admin.cookies["tenon_session"]
    _become(admin)
    assert admin.cookies["tenon_session"] != before
    answer = admin.post("/log-in-as/end")
    kept = [v for v in answer.headers.get_list("set-cookie") if v.startswith("tenon_session=")]
    assert kept[0].partition(";")[0] == f"tenon_session={before}"


def test_one_becomes_nobody_with_more_rights(web, admin):
    with web.site.system("test") as ctx:
        ctx.session.add(Grant(role_id=id_of("viewer"), permission="core.pool.edit", scope="own"))
    answer = _become(admin, "viewer")
    assert answer.status_code == 409
    assert "core.pool.edit" in answer.text
    assert _become(admin, "all").status_code == 409


def test_it_ends_with_the_own_session_and_after_an_hour(web, admin):
    _become(admin)
    web.later(minutes=61)
    assert admin.get("/").headers["location"].startswith("/login")


def test_it_ends_when_the_permission_is_taken(web, admin):
    _become(admin)
    with web.site.system("test") as ctx:
        wanted = select(Grant).where(Grant.permission == "core.user.impersonate")
        ctx.session.delete(ctx.session.scalars(wanted).one())
    assert admin.get("/").headers["location"].startswith("/login")


def test_it_makes_no_keys(web, admin):
    _become(admin)
    answer = admin.post("/api/v1/auth/tokens", more={"content-type": "application/json"},
                        content=b'{"name": "mine"}')  # fmt: skip
    assert answer.status_code == 409
    assert "logged in as somebody else" in answer.text
