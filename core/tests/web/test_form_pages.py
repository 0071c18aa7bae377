"""Forms made from declarations: what they show, take, refuse and keep."""

from uuid import UUID

import pytest
from browsing import Browser, fields, text_of
from conftest import id_of
from lathe.entities import Order
from sqlalchemy import select

from tenon_core.entities import Account, Contact

NEW = "/lathe/order/new"


@pytest.fixture
def all_(web):
    return Browser(web, "all").open()


@pytest.fixture
def own(web):
    return Browser(web, "own").open()


def _order(web, id_):
    with web.site.system("test") as ctx:
        record = ctx.session.get(Order, UUID(id_))
        return {name: getattr(record, name) for name in ("name", "amount", "count", "due", "kind",
                "urgent", "begins_at", "custom", "owner_id", "version", "notes")}  # fmt: skip


def _created(answer):
    assert answer.status_code == 303, text_of(answer.text)[-800:]
    return answer.headers["location"].rsplit("/", 1)[1]


def test_a_form_has_an_input_for_every_field_that_people_enter(all_):
    html = all_.get(NEW).text
    for name in ("name", "code", "account_id", "amount", "weight", "count", "urgent", "due",
                 "begins_at", "kind", "email", "notes", "margin", "owner_id", "custom.colour",
                 "custom.load"):  # fmt: skip
        assert f'name="{name}"' in html, name
    for name in ("secret", "state", "number", "created_at", "unit_id"):
        assert f'name="{name}"' not in html, name
    assert 'src="/lookup/core/account"' in html
    assert 'type="datetime-local"' in html
    assert "All" in html  # whoever creates it owns it unless she says otherwise


def test_fields_that_a_person_may_not_write_are_not_asked_for(own, web):
    assert 'name="margin"' not in own.get(NEW).text
    order = web.order("own", margin=100)
    html = own.get(f"/lathe/order/{order}/edit").text
    assert 'name="margin"' not in html
    assert "100" not in text_of(html)


def test_what_is_entered_is_stored_as_people_write_it(all_, web):
    given = all_.form(NEW)
    given |= {
        "name": "Lathe 7", "amount": "1,234,567.80", "count": "12", "due": "2026-05-01",
        "kind": "used", "urgent": "true", "begins_at": "2026-03-02T17:30", "custom.colour": "red",
        "notes": '{"a": 1}',
    }  # fmt: skip
    id_ = _created(all_.post(NEW, given))
    stored = _order(web, id_)
    assert str(stored["amount"]) == "1234567.80"
    assert (stored["name"], stored["count"], stored["kind"]) == ("Lathe 7", 12, "used")
    assert stored["urgent"] is True
    assert stored["due"].isoformat() == "2026-05-01"
    assert stored["custom"] == {"colour": "red"}
    assert stored["notes"] == {"a": 1}
    assert stored["owner_id"] == id_of("all")
    zone = web.site.guardian(id_of("all")).access.actor.zone
    assert stored["begins_at"].astimezone(zone).strftime("%Y-%m-%dT%H:%M") == "2026-03-02T17:30"


def test_a_form_sent_twice_creates_once(all_, web):
    given = all_.form(NEW) | {"name": "Once"}
    assert _created(all_.post(NEW, given)) == _created(all_.post(NEW, given))
    with web.site.system("test") as ctx:
        assert len(ctx.session.scalars(select(Order).where(Order.name == "Once")).all()) == 1


def test_faults_stand_in_the_summary_and_at_the_field_and_nothing_is_lost(all_):
    given = all_.form(NEW) | {"name": "", "count": "1000", "amount": "12,5", "email": "nobody",
                              "due": "2026-02-31", "code": "C-7"}  # fmt: skip
    answer = all_.post(NEW, given)
    assert answer.status_code == 422
    html = answer.text
    for name in ("name", "count", "amount", "email", "due"):
        assert f'id="f-{name}-error"' in html, name
        assert f'href="#f-{name}"' in html, name
    assert "At most 100." in html
    kept = fields(html, NEW)
    assert (kept["count"], kept["amount"], kept["code"]) == ("1000", "12,5", "C-7")
    assert kept["_id"] == given["_id"]


def test_a_guard_that_names_a_field_is_shown_at_it(all_):
    answer = all_.post(NEW, all_.form(NEW) | {"name": "forbidden"})
    assert answer.status_code == 422
    assert 'id="f-name-error"' in answer.text
    assert "This value is not allowed." in answer.text


def test_an_htmx_form_gets_itself_back(all_):
    answer = all_.post(NEW, all_.form(NEW) | {"name": ""}, fragment=True)
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith("<form")
    assert "<html" not in answer.text
    done = all_.post(NEW, all_.form(NEW) | {"name": "Fine"}, fragment=True)
    assert done.status_code == 204
    assert done.headers["hx-redirect"].startswith("/lathe/order/")


def test_a_form_is_prefilled_by_its_address(all_, web):
    account = web.account("all", name="Guangzhou Works")
    html = all_.get(f"{NEW}?account_id={account}&name=From+there&count=3&secret=x").text
    given = fields(html, NEW)
    assert (given["name"], given["count"], given["account_id"]) == ("From there", "3", account)
    assert "Guangzhou Works" in html
    assert "secret" not in given


def test_the_title_of_a_record_that_one_may_not_see_is_not_told(own, web):
    account = web.account("all", name="Hidden Works")
    html = own.get(f"{NEW}?account_id={account}").text
    assert "Hidden Works" not in html


def test_after_saving_one_goes_where_the_page_says_but_never_elsewhere(all_):
    given = all_.form(f"{NEW}?_next=/core/account/x", NEW) | {"name": "Back"}
    assert all_.post(NEW, given).headers["location"] == "/core/account/x"
    given = all_.form(NEW) | {"name": "Away", "_next": "https://evil.example/"}
    assert all_.post(NEW, given).headers["location"] == "/"


def test_an_edit_sends_only_what_was_touched(all_, web):
    order = web.order("all", name="Old", count=5)
    path = f"/lathe/order/{order}/edit"
    given = all_.form(path)
    assert given["count"] == "5"
    web.execute(Order.__table__, Order.__table__.c.id == UUID(order), code="beside")
    assert all_.post(path, given | {"name": "New"}).status_code == 303
    stored = _order(web, order)
    assert (stored["name"], stored["count"]) == ("New", 5)


def test_a_conflict_shows_both_values_and_the_person_chooses(all_, own, web):
    order = web.order("own", name="Began", count=1)
    path = f"/lathe/order/{order}/edit"
    mine, theirs = own.form(path), all_.form(path)
    assert all_.post(path, theirs | {"name": "Theirs", "count": "7"}).status_code == 303
    answer = own.post(path, mine | {"name": "Mine"})
    assert answer.status_code == 422
    said = text_of(answer.text)
    assert "All changed this record while you were working on it" in said
    assert "Mine: Mine" in said
    assert "Stored meanwhile: Theirs" in said
    assert "Count: 7" in said  # adopted: only the other touched it
    again = fields(answer.text, path)
    assert again["count"] == "7"
    taken = own.post(path, again | {"_take:name": "theirs"})
    assert taken.status_code == 303
    stored = _order(web, order)
    assert (stored["name"], stored["count"]) == ("Theirs", 7)


def test_a_conflict_may_be_decided_for_ones_own_value(all_, own, web):
    order = web.order("own", name="Began")
    path = f"/lathe/order/{order}/edit"
    mine = own.form(path)
    all_.post(path, all_.form(path) | {"name": "Theirs"})
    again = fields(own.post(path, mine | {"name": "Mine"}).text, path)
    assert own.post(path, again).status_code == 303
    assert _order(web, order)["name"] == "Mine"


def test_who_may_not_create_or_change_gets_no_form(web):
    viewer = Browser(web, "viewer").open()
    order = web.order("all")
    assert viewer.get(NEW).status_code == 403
    assert viewer.get(f"/lathe/order/{order}/edit").status_code == 403
    assert viewer.post(f"/lathe/order/{order}/edit", {"name": "x"}).status_code == 403
    nobody = Browser(web, "nobody").open()
    assert nobody.get(f"/lathe/order/{order}/edit").status_code == 404


def test_lines_are_saved_with_the_record_in_one_transaction(all_, web):
    path = "/core/contact/new"
    account = web.account("all", name="Works")
    html = all_.get(path).text
    assert "lines0-new1-account_id" in html
    given = fields(html, path) | {
        "name": "Li Wei", "lines0-new1-account_id": account, "lines0-new1-position": "Buyer",
        "lines0-new1-importance": "9",
    }  # fmt: skip
    refused = all_.post(path, given)
    assert refused.status_code == 422
    assert 'id="f-lines0-new1-importance-error"' in refused.text
    with web.site.system("test") as ctx:
        assert ctx.session.scalar(select(Contact)) is None
    id_ = _created(all_.post(path, given | {"lines0-new1-importance": "5"}))
    edit = f"/core/contact/{id_}/edit"
    again = all_.form(edit)
    (key,) = {n.split("-", 1)[1].rsplit("-", 1)[0] for n in again if n.endswith("-position")}
    removed = again | {"name": "Li Wei 2", f"lines0-{key}-removed": "1"}
    assert all_.post(edit, removed).status_code == 303
    with web.site.system("test") as ctx:
        contact = ctx.session.get(Contact, UUID(id_))
        assert (contact.name, contact.accounts) == ("Li Wei 2", [])


def test_more_lines_without_a_script_store_nothing(all_, web):
    path = "/core/contact/new"
    answer = all_.post(path, all_.form(path) | {"name": "Later", "_more": "1"})
    assert answer.status_code == 200
    assert fields(answer.text, path)["name"] == "Later"
    with web.site.system("test") as ctx:
        assert ctx.session.scalar(select(Contact)) is None


def test_duplicates_are_told_while_one_types(all_, web):
    with web.site.system("test") as ctx:
        ctx.session.add(Account(name="广州东方精密机械有限公司", phone="020-85512345"))
    found = all_.post("/core/account/similar", {"name": "广州东方精密机械", "phone": "020-85512345"},
                      fragment=True)  # fmt: skip
    assert found.status_code == 200
    assert "广州东方精密机械有限公司" in found.text
    assert all_.post("/core/account/similar", {"name": "x"}, fragment=True).text.strip() == ""


def test_a_new_record_for_a_lookup_is_handed_back(all_):
    html = all_.get("/core/account/new?name=Fresh", fragment=True).text
    assert "<html" not in html
    given = fields(html, "/core/account/new")
    assert (given["_drawer"], given["name"]) == ("drawer", "Fresh")
    answer = all_.post("/core/account/new", given, fragment=True)
    assert answer.status_code == 204
    news = answer.headers["hx-trigger"]
    assert "lookup:created" in news
    assert "drawer:close" in news
    assert "Fresh" in news
