"""What is done from a list: cells, selections, transitions, the recycle bin, export."""

import re

from conftest import id_of
from lathe.entities import Order
from listing import ORDERS, titles
from sqlalchemy import select

from tenon_core.entities import Grant, Tag


def test_a_cell_is_changed_and_a_conflict_explained(web, page):
    id_ = web.order("own", name="A", code="one")
    form = page("own", f"{ORDERS}/{id_}/cell/code").text
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    data = {"value": "two", "was": "one", "version": version}
    assert "two" in page("own", f"{ORDERS}/{id_}/cell/code", 200, "POST", data).text
    late = page("own", f"{ORDERS}/{id_}/cell/code", 422, "POST", {**data, "value": "three"})
    assert "two" in late.text
    assert "three" in late.text
    assert "meanwhile" in late.text
    again = re.search(r'name="version" value="(\d+)"', late.text)[1]
    data = {"value": "three", "was": "two", "version": again}
    assert "three" in page("own", f"{ORDERS}/{id_}/cell/code", 200, "POST", data).text


def test_a_change_of_another_field_is_no_conflict(web, page):
    id_ = web.order("own", name="A", code="one")
    page("own", f"{ORDERS}/{id_}/cell/kind", 200, "POST",
         {"value": "new", "was": "", "version": "1"})  # fmt: skip
    data = {"value": "two", "was": "one", "version": "1"}
    assert "two" in page("own", f"{ORDERS}/{id_}/cell/code", 200, "POST", data).text


def test_cells_refuse_bad_values_and_other_people(web, page):
    id_ = web.order("own", name="A", count=3)
    cell = f"{ORDERS}/{id_}/cell"
    data = {"value": "many", "was": "3", "version": "1"}
    answer = page("own", f"{cell}/count", 422, "POST", data)
    assert "Enter a whole number" in answer.text
    assert "many" in answer.text
    page("viewer", f"{cell}/count", 403)
    page("viewer", f"{cell}/count", 422, "POST", {**data, "value": "4"})
    page("own", f"{cell}/number", 404)
    page("own", f"{cell}/margin", 404)
    page("own", f"{cell}/state", 404)
    with web.site.system("test") as ctx:
        assert ctx.session.scalars(select(Order.count)).one() == 3


def bulk(page, login, act, ids, status=200, **more):
    data = {"ids": ids, "go": "1", "state": "", **more}
    return page(login, f"{ORDERS}/bulk/{act}", status, "POST", data)


def test_bulk_edit_reports_what_was_refused(web, page):
    good, bad = web.order("own", name="A"), web.order("own", name="B")
    ask = page("own", f"{ORDERS}/bulk/edit", 200, "POST", {"ids": [good, bad], "state": ""})
    assert "For 2 records." in ask.text
    assert 'value="kind"' in ask.text
    assert "Margin" not in ask.text
    answer = bulk(page, "own", "edit", [good, bad], field="code", value="only")
    assert "Done: 1." in answer.text
    assert "Refused: 1." in answer.text
    wrong = bulk(page, "own", "edit", [good], 200, field="count", value="x")
    assert "Refused: 1." in wrong.text
    assert "Enter a whole number" in wrong.text
    assert "Choose at least one record" in bulk(page, "own", "edit", [], 422).text
    assert "Enter a value" in bulk(page, "own", "edit", [good], 422, field="code").text
    assert "Done: 1." in bulk(page, "own", "edit", [good], field="code", empty="1").text
    assert "Enter a value" in bulk(page, "own", "assign", [good], 422, value="").text
    bulk(page, "viewer", "edit", [good], 403, field="kind", value="new")
    other = bulk(page, "team", "edit", [web.order("all", name="Z")], 200, field="kind", value="new")
    assert "Refused: 1." in other.text


def test_bulk_over_all_that_was_found(web, page):
    for number in range(3):
        web.order("own", name=f"N{number}", kind="new")
    kept = web.order("own", name="Kept", kind="used")
    answer = page("own", f"{ORDERS}/bulk/edit", 200, "POST",
                  {"matching": "1", "go": "1", "state": "?kind__in=new", "field": "low",
                   "value": "4"})  # fmt: skip
    assert "Done: 3." in answer.text
    assert set(titles(page("own", f"{ORDERS}?low=4"))) == {"N0", "N1", "N2"}
    assert kept


def test_transitions_and_actions_from_the_menu(web, page):
    id_ = web.order("own", name="A")
    menu = page("own", f"{ORDERS}/{id_}/menu").text
    assert "bulk/move.finish" in menu
    assert "bulk/move.reopen" not in menu
    assert "bulk/action.stamp_one" in menu
    assert "bulk/delete" in menu
    viewer = page("viewer", f"{ORDERS}/{id_}/menu").text
    assert "bulk/" not in viewer
    assert "/edit" not in viewer
    missing = bulk(page, "own", "move.finish", [id_], 200)
    assert "Refused: 1." in missing.text
    assert "Done: 1." in bulk(page, "own", "move.finish", [id_], remark="ok").text
    assert "bulk/move.reopen" in page("own", f"{ORDERS}/{id_}/menu").text
    assert "Done: 1." in bulk(page, "own", "action.stamp", [id_], word="Stamped").text
    assert titles(page("own", ORDERS)) == ["Stamped"]
    bulk(page, "viewer", "action.stamp", [id_], 403, word="x")
    bulk(page, "own", "nothing", [id_], 404)


def test_deleting_restoring_and_erasing_accounts(web, page):
    id_ = web.account("own", name="Gone")
    accounts = "/core/account"

    def act(name):
        data = {"ids": [id_], "go": "1", "state": ""}
        return page("own", f"{accounts}/bulk/{name}", 200, "POST", data).text

    assert "Done: 1." in act("delete")
    assert titles(page("own", accounts)) == []
    assert titles(page("own", f"{accounts}?view=bin")) == ["Gone"]
    assert "Done: 1." in act("restore")
    assert titles(page("own", accounts)) == ["Gone"]
    act("delete")
    act("erase")
    assert titles(page("own", f"{accounts}?view=bin")) == []


def test_peek_shows_facts_to_who_may_see_them(web, page):
    id_ = web.order("own", name="Peeked", kind="new", margin=7)
    text = page("own", f"{ORDERS}/{id_}/peek").text
    assert "Peeked" in text
    assert f'href="{ORDERS}/{id_}"' in text
    assert "Margin" not in text
    page("nobody", f"{ORDERS}/{id_}/peek", 404)


def test_export_of_the_view(web, page):
    web.order("own", name="A", kind="new", amount=5)
    one = web.order("own", name="B", kind="used")
    data = {"form": "csv", "state": "?fields=kind,amount&sort=name"}
    answer = page("own", f"{ORDERS}/export", 200, "POST", data, part=False)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Kind,Amount"
    assert lines[1].startswith("A,New,5")
    assert len(lines) == 3
    chosen = page("own", f"{ORDERS}/export", 200, "POST", {**data, "ids": [one]}, part=False)
    assert len(chosen.content.decode("utf-8-sig").splitlines()) == 2
    page("viewer", f"{ORDERS}/export", 403, "POST", data, part=False)
    page("own", f"{ORDERS}/export", 422, "POST", {**data, "form": "exe"}, part=False)


def test_tags_go_on_and_off(web, page):
    id_ = web.account("all", name="Tagged")
    with web.site.system("test") as ctx:
        tag = Tag(name="Key", entity="core.account")
        ctx.session.add(tag)
        for name in ("tag.view", "tagging.view", "tagging.create", "tagging.delete"):
            ctx.session.add(Grant(role_id=id_of("all"), permission=f"core.{name}", scope="all"))
        ctx.session.flush()
        tag_id = str(tag.id)
    data = {"ids": [id_], "go": "1", "state": "", "tag": tag_id, "how": "on"}
    for how in ("on", "on", "off"):
        answer = page("all", "/core/account/bulk/tag", 200, "POST", {**data, "how": how})
        assert "Done: 1." in answer.text
