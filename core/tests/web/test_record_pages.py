"""The page of any record: a lathe order has no template and no layout of its own."""

from uuid import UUID, uuid4

import pytest
from attrs import frozen
from browsing import Browser, fields, text_of
from conftest import id_of
from lathe.entities import MARGIN, Order
from sqlalchemy import select

from tenon_core.entities import Activity, Comment, Document, Grant, Tag, Tagging, TeamMember
from tenon_core.web.pages.form.asking import Questions
from tenon_core.web.pages.record.panels import draw
from tenon_core.workflow.approvals.flows import save_flow
from tenon_sdk.declarations import Panel, Slot
from tenon_sdk.inputs import asked
from tenon_sdk.text import Text


@pytest.fixture
def all_(web):
    return Browser(web, "all").open()


@pytest.fixture
def own(web):
    return Browser(web, "own").open()


def grant(web, login, *permissions):
    with web.site.system("test") as ctx:
        for permission in permissions:
            ctx.session.add(Grant(role_id=id_of(login), permission=permission, scope="all"))


def path_of(id_, *rest):
    return "/".join(("/lathe/order", id_, *rest))


def test_a_record_without_template_or_layout_has_a_whole_page(all_, web):
    account = web.account("all", name="Works South")
    order = web.order("all", name="Order 9", account_id=UUID(account), amount=1200, kind="used",
                      custom={"colour": "red"})  # fmt: skip
    answer = all_.get(path_of(order))
    assert answer.status_code == 200
    said = text_of(answer.text)
    for part in ("Order 9", "Open", "Finish", "Works South", "1,200.00", "Used", "General",
                 "Responsibility", "Further fields", "History", "Not filled in:"):  # fmt: skip
        assert part in said, part
    assert f'href="/core/account/{account}"' in answer.text
    assert f'data-record="lathe.order:{order}"' in answer.text
    assert "tenon_recent" in answer.headers["set-cookie"]


def test_what_one_may_not_read_is_nowhere_on_the_page(own, web):
    order = web.order("own", margin=777)
    html = own.get(path_of(order)).text
    assert "777" not in text_of(html)
    assert "Margin" not in text_of(html)
    hidden = web.order("all", name="Not hers")
    for rest in ((), ("edit",), ("timeline",), ("history",), ("viewers",), ("log",), ("team",),
                 ("part", "general"), ("panel", "lines"), ("move", "finish")):  # fmt: skip
        assert own.get(path_of(hidden, *rest), fragment=True).status_code == 404, rest


def test_every_part_stands_on_a_page_of_its_own_without_a_script(all_, web):
    order = web.order("all", name="Alone")
    grant(web, "all", "core.timeline.view", "core.activity.create")
    for rest in ("timeline", "history", "viewers", "team", "log", "panel/lines"):
        answer = all_.get(path_of(order, rest))
        assert answer.status_code == 200, rest
        assert "<html" in answer.text
        assert "Alone" in text_of(answer.text)
        assert "<html" not in all_.get(path_of(order, rest), fragment=True).text


def test_buttons_are_there_for_who_may(web, all_):
    order = web.order("all")
    viewer = Browser(web, "viewer").open()
    mine, theirs = all_.get(path_of(order)).text, viewer.get(path_of(order)).text
    for sign in ("/edit", "/move/finish", "/do/stamp_one", "/delete", "/part/general?edit=1"):
        assert sign in mine, sign
        assert sign not in theirs, sign


def test_a_section_is_edited_where_it_stands(all_, web):
    order = web.order("all", name="Before")
    path = path_of(order, "part", "general")
    given = all_.form(f"{path}?edit=1", path, fragment=True)
    bad = all_.post(path, given | {"count": "-1"}, fragment=True)
    assert bad.status_code == 422
    assert "At least 0." in bad.text
    done = all_.post(path, given | {"name": "After"}, fragment=True)
    assert done.status_code == 200
    assert "record-changed" in done.headers["hx-trigger"]
    assert "After" in done.text
    assert "<form" not in done.text
    late = all_.post(path, given | {"name": "Late"}, fragment=True)
    assert late.status_code == 422
    assert "Stored meanwhile" in text_of(late.text)


def test_one_field_is_edited_alone(all_, web):
    order = web.order("all", name="Before", count=3)
    path = path_of(order, "part", "field-count")
    given = all_.form(f"{path}?edit=1", path, fragment=True)
    assert "name" not in given
    assert all_.post(path, given | {"count": "4"}, fragment=True).text.strip() == "4"
    assert all_.get(path_of(order, "part", "field-margin")).status_code == 200
    assert all_.get(path_of(order, "part", "field-secret")).status_code == 404


def test_a_transition_asks_and_moves(all_, web):
    order = web.order("all")
    path = path_of(order, "move", "finish")
    dialog = all_.get(path, fragment=True)
    assert 'name="remark"' in dialog.text
    missing = all_.post(path, {}, fragment=True)
    assert missing.status_code == 422
    assert "This field is required." in missing.text
    done = all_.post(path, {"remark": "Fine"}, fragment=True)
    assert done.status_code == 204
    assert "modal:close" in done.headers["hx-trigger"]
    again = all_.post(path, {"remark": "Fine"}, fragment=True)
    assert again.status_code == 422
    assert "is not possible from status" in text_of(again.text)
    with web.site.system("test") as ctx:
        record = ctx.session.get(Order, UUID(order))
        assert (record.state, record.code) == ("done", "Fine")
    assert "/move/reopen" in all_.get(path_of(order)).text


def test_who_may_not_move_learns_of_no_transition(web):
    order = web.order("all")
    viewer = Browser(web, "viewer").open()
    assert viewer.get(path_of(order, "move", "finish"), fragment=True).status_code == 404
    assert viewer.post(path_of(order, "move", "finish"), {"remark": "x"}).status_code == 404
    assert viewer.get(path_of(order, "move", "nothing"), fragment=True).status_code == 404


def test_an_action_of_a_plugin_asks_for_its_inputs(all_, web):
    order = web.order("all")
    path = path_of(order, "do", "stamp_one")
    dialog = all_.get(path, fragment=True)
    assert {"word", "price"} <= set(fields(dialog.text, path))
    assert all_.post(path, {"word": ""}, fragment=True).status_code == 422
    assert all_.post(path, {"word": "Stamped", "price": "1"}, fragment=True).status_code == 204
    with web.site.system("test") as ctx:
        assert ctx.session.get(Order, UUID(order)).name == "Stamped"
    viewer = Browser(web, "viewer").open()
    assert viewer.get(path, fragment=True).status_code == 403


def test_a_refused_deletion_says_why(all_, web):
    order = web.order("all", name="eternal")
    answer = all_.post(path_of(order, "delete"), fragment=True)
    assert answer.status_code == 409
    assert "This value is not allowed." in answer.text
    other = web.order("all")
    assert all_.post(path_of(other, "delete")).headers["location"] == "/lathe/order"
    assert all_.get(path_of(other)).status_code == 404


def test_the_recycle_bin_gives_back(all_, web):
    account = web.account("all", name="Thrown away")
    base = f"/core/account/{account}"
    assert all_.post(f"{base}/delete").headers["location"] == base
    binned = all_.get(base).text
    assert "In the recycle bin since" in text_of(binned)
    assert f"{base}/edit" not in binned
    assert all_.post(f"{base}/restore").status_code == 303
    assert "In the recycle bin since" not in text_of(all_.get(base).text)


def test_a_panel_without_template_is_drawn_and_one_that_fails_fails_alone(all_, web):
    order = web.order("all")
    drawn = all_.get(path_of(order, "panel", "lines"), fragment=True)
    assert "Lines" in drawn.text
    assert "<dd>3</dd>" in drawn.text

    def fail(_ctx, _id):
        raise RuntimeError("the password is swordfish")

    failing = Panel(entity="lathe.order", key="broken", label=Text("Broken"), load=fail,
                    permission="lathe.order.view", slot=Slot.SIDE)  # fmt: skip
    web.site.registry.panels.add("lathe", failing)
    answer = all_.get(path_of(order, "panel", "broken"), fragment=True)
    assert answer.status_code == 200
    assert "This part could not be loaded." in answer.text
    assert "swordfish" not in answer.text
    assert "/panel/broken" in all_.get(path_of(order)).text
    assert all_.get(path_of(order, "panel", "nothing"), fragment=True).status_code == 404


def test_the_right_of_a_panel_is_asked_for(own, web):
    order = web.order("own")
    secret = Panel(entity="lathe.order", key="gain", label=Text("Gain"), permission=MARGIN,
                   load=lambda _ctx, _id: {"gain": 99}, slot=Slot.FACT)  # fmt: skip
    web.site.registry.panels.add("lathe", secret)
    assert "/panel/gain" not in own.get(path_of(order)).text
    answer = own.get(path_of(order, "panel", "gain"), fragment=True)
    assert "99" not in answer.text
    assert "lathe.order.margin" in answer.text


def test_values_are_drawn_by_their_type(site):
    from tenon_core.web.pages.formats import Formats

    fmt = Formats("en", site.zone, site.clock(), "CNY")
    found = draw(
        {
            "open_orders": 3,
            Text("Status"): {"text": "Late", "tone": "red"},
            "price": {"amount": "12.50", "currency": "EUR"},
            "id": uuid4(),
            "rows": [{"id": uuid4(), "name": "A", "count": 2}, {"name": "B", "count": None}],
        },
        fmt,
    )
    pairs = dict(found.pairs)
    assert pairs["Open orders"] == "3"
    assert "is-red" in pairs["Status"]
    assert "12.50" in pairs["Price"]
    assert "Id" not in pairs
    (table,) = found.tables
    assert table.heads == ["Name", "Count"]
    assert table.rows == [["A", "2"], ["B", "–"]]


def test_related_records_are_counted_listed_and_added(all_, web):
    account = web.account("all", name="Works")
    for number in range(7):
        web.order("all", name=f"Order {number}", account_id=UUID(account))
    web.order("all", name="Elsewhere")
    tab = all_.get(f"/core/account/{account}?tab=related", fragment=True).text
    address = f"/core/account/{account}/related/lathe.order.account_id"
    assert address in tab
    listed = all_.get(address, fragment=True).text
    assert listed.count("data-href") == 5
    assert "Show all 7" in listed
    assert "Elsewhere" not in listed
    assert f"/lathe/order?account_id={account}" in listed
    assert f"/lathe/order/new?account_id={account}" in listed
    nobody = Browser(web, "viewer").open().get(address, fragment=True).text
    assert "/lathe/order/new" not in nobody


def test_only_related_records_that_one_sees_are_counted(own, web):
    account = web.account("own", name="Works")
    web.order("all", name="Not hers", account_id=UUID(account))
    web.order("own", name="Hers", account_id=UUID(account))
    listed = own.get(f"/core/account/{account}/related/lathe.order.account_id", fragment=True).text
    assert "Hers" in listed
    assert "Not hers" not in listed
    assert listed.count("data-href") == 1


def test_from_one_record_to_the_next_of_the_list(all_, web):
    ids = [web.order("all", name=name, kind="new") for name in ("A", "B", "C")]
    web.order("all", name="B2", kind="used")
    page = all_.get(f"{path_of(ids[1])}?list=sort%3Dname%26kind%3Dnew").text
    assert f'href="{path_of(ids[0])}?list=' in page
    assert f'href="{path_of(ids[2])}?list=' in page
    assert 'href="/lathe/order?sort=name&amp;kind=new"' in page
    last = all_.get(f"{path_of(ids[2])}?list=sort%3Dname%26kind%3Dnew").text
    assert 'rel="next"' not in last
    assert 'rel="next"' not in all_.get(path_of(ids[1])).text
    assert all_.get(f"{path_of(ids[1])}?list=no_such__field%3D1").status_code == 200


def test_a_visit_is_logged_from_any_record(all_, web):
    grant(web, "all", "core.activity.create", "core.activity.view", "core.timeline.view")
    account = web.account("all", name="Works")
    order = web.order("all", name="Order 1", account_id=UUID(account))
    path = path_of(order, "log")
    given = all_.form(path, path, fragment=True)
    assert given["when"] == "2026-03-02T09:00"
    given |= {"kind": "visit", "outcome": "Wants two more", "next_step": "Offer",
              "minutes": "30"}  # fmt: skip
    for _twice in range(2):
        done = all_.post(path, given, fragment=True)
        assert done.status_code == 204, text_of(done.text)[-600:]
    assert "timeline-changed" in done.headers["hx-trigger"]
    with web.site.system("test") as ctx:
        (made,) = ctx.session.scalars(select(Activity)).all()
        assert (made.kind, made.status, made.subject) == ("visit", "done", "Visit: Order 1")
        assert str(made.account_id) == account
        assert (made.actual_end - made.actual_start).seconds == 1800
        assert [s.record_id for s in made.subjects] == [UUID(order)]
        assert [p.user_id for p in made.participants] == [id_of("all")]
    shown = all_.get(path_of(order, "timeline"), fragment=True).text
    assert "Wants two more" in shown
    later = all_.form(path, path, fragment=True) | {"when": "2026-04-01T09:00"}
    assert "Planned." in all_.post(path, later, fragment=True).headers["hx-trigger"]
    bad = all_.post(path, later | {"when": "soon"}, fragment=True)
    assert bad.status_code == 422


def test_comments_are_written_answered_and_taken_back_by_who_said_them(all_, own, web):
    base = f"/core/account/{web.account('own', name='Works')}"
    empty = all_.post(f"{base}/comments", {"text": "  "}, fragment=True)
    assert empty.status_code == 422
    said = all_.post(
        f"{base}/comments", {"text": "Look @own <b>bold</b> https://example.com/a"}, fragment=True
    )
    assert said.status_code == 200
    assert '<span class="tn-mention">@Own</span>' in said.text
    assert "&lt;b&gt;bold" in said.text
    assert 'href="https://example.com/a"' in said.text
    with web.site.system("test") as ctx:
        first = str(ctx.session.scalar(select(Comment.id)))
    answered = own.post(f"{base}/comments", {"text": "I do", "reply_to": first}, fragment=True).text
    assert "is-answer" in answered
    assert own.post(f"{base}/comments/{first}", {"text": "Mine now"}).status_code == 403
    changed = all_.post(f"{base}/comments/{first}", {"text": "Changed"}, fragment=True).text
    assert "edited" in changed
    gone = all_.post(f"{base}/comments/{first}", {"remove": "1"}, fragment=True).text
    assert "Changed" not in text_of(gone)


def test_files_are_attached_versioned_and_shown_safely(all_, web):
    grant(web, "all", *(f"core.document.{a}" for a in ("view", "create", "edit", "delete")))
    base = f"/core/account/{web.account('all', name='Works')}"
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    up = all_.post(f"{base}/files", {"category": "photo"}, True, files={"file": ("a.png", png)})
    assert up.status_code == 200
    assert "a.png" in up.text
    with web.site.system("test") as ctx:
        document = ctx.session.scalar(select(Document))
        assert (document.category, document.current) == ("photo", 1)
    again = all_.post(f"{base}/files", {"document_id": str(document.id)}, True,
                      files={"file": ("b.png", png + b"1")})  # fmt: skip
    assert "2 versions" in text_of(again.text)
    content = all_.get(f"/core/document/{document.id}/content")
    assert content.headers["content-type"] == "image/png"
    assert content.headers["content-disposition"].startswith("inline")
    page = all_.post(f"{base}/files", {}, True, files={"file": ("x.html", b"<script>1</script>")})
    assert page.status_code in {200, 422}
    other = f"/core/account/{web.account('all', name='Other')}"
    taken = all_.post(f"{other}/files/{document.id}", {"remove": "1"}, fragment=True)
    assert taken.status_code == 404
    removed = all_.post(f"{base}/files/{document.id}", {"remove": "1"}, fragment=True)
    assert "b.png" not in removed.text
    assert all_.post(f"{base}/files", {}, fragment=True).status_code == 422


def test_tags_shares_and_who_sees(all_, own, web):
    account = web.account("all", name="Works")
    base = f"/core/account/{account}"
    assert own.get(base).status_code == 404
    shared = all_.post(f"{base}/team", {"user": str(id_of("team")), "level": "edit"}, fragment=True)
    assert "Team" in shared.text
    with web.site.system("test") as ctx:
        assert ctx.session.scalar(select(TeamMember.level)) == "edit"
    seen = all_.get(f"{base}/viewers", fragment=True).text
    assert "Team" in text_of(seen)
    assert "Nobody" not in text_of(seen)
    bad = all_.post(f"{base}/team", {"user": "x"}, fragment=True)
    assert bad.status_code == 422
    grant(web, "all", "core.tag.view")
    refused = all_.post(f"{base}/tags", {"name": "Key"}, fragment=True)
    assert refused.status_code == 422
    assert refused.headers["hx-reswap"] == "none"
    assert "There is no tag" in refused.headers["hx-trigger"]
    with web.site.system("test") as ctx:
        ctx.session.add(Tag(name="Key"))
    assert "Key" in all_.post(f"{base}/tags", {"name": " key "}, fragment=True).text
    with web.site.system("test") as ctx:
        assert ctx.session.scalar(select(Tagging.record_id)) == UUID(account)


@frozen
class Asked:
    kind: str
    amount: int = 3
    days: tuple[int, ...] = ()


def test_a_peek_is_short(all_, web):
    order = web.order("all", name="Glance")
    html = all_.get(f"{path_of(order)}?peek=1", fragment=True).text
    assert "Glance" in html
    assert "<html" not in html
    assert "tn-tabs" not in html


def test_questions_are_read_back(web, all_):
    class Call:
        site = web.site
        guardian = web.site.guardian(id_of("all"))

    questions = Questions(Call(), Asked)
    by_name = {made.name: made for made in questions.inputs}
    assert by_name["kind"].required
    assert by_name["amount"].text == "3"
    by_name["kind"].text, by_name["days"].text = "a", "1\n2"
    assert questions.data() == {"kind": "a", "amount": 3, "days": [1, 2]}
    assert asked(Text("Reason"), long=True)["tenon_asked"].long


def test_statements_of_a_record_page_do_not_grow(all_, web):
    from sqlalchemy import event

    account = web.account("all", name="Works")
    base = f"/core/account/{account}"

    def count():
        all_.get(base)
        seen = []

        def note(_c, _cur, statement, *_more):
            seen.append(statement)

        event.listen(web.site.engine, "before_cursor_execute", note)
        all_.get(base)
        event.remove(web.site.engine, "before_cursor_execute", note)
        return len(seen)

    before = min(count() for _again in range(3))
    for number in range(20):
        web.order("all", name=f"O {number}", account_id=UUID(account))
    assert min(count() for _again in range(3)) == before
    assert before <= 12


@pytest.fixture
def flow(web):
    """Finishing an order above 1,000 needs the agreement of `unit_tree`, then of `all`."""
    grant(web, "own", "core.approval.use")
    grant(web, "unit_tree", "core.approval.use")
    grant(web, "all", "core.approval.use")
    steps = [
        {"key": f"s{n}", "name": f"Step {n}", "approvers": {"kind": "user", "users": [login]}}
        for n, login in enumerate(("unit_tree", "all"), 1)
    ]
    given = {"key": "orders", "name": "Orders", "entity": "lathe.order", "transition": "finish",
             "steps": steps, "condition": {"fact": "amount", "op": "gt", "value": 1000},
             "watch": ["amount"]}  # fmt: skip
    with web.site.system("test") as ctx:
        save_flow(ctx, given)


def test_an_approval_is_asked_for_shown_with_the_diff_and_decided(flow, web, own, all_):
    order = web.order("own", name="Big", amount=5000)
    asked_ = own.post(path_of(order, "move", "finish"), {"remark": "r", "_note": "urgent"}, True)
    assert asked_.status_code == 204
    assert "waits for approval" in asked_.headers["hx-trigger"]
    assert "waits for approval since" in text_of(own.get(path_of(order)).text)
    twice = own.post(path_of(order, "move", "finish"), {"remark": "r"}, fragment=True)
    assert "This waits for an approval already." in text_of(twice.text)
    page = path_of(order, "approvals")
    mine = own.get(page, fragment=True).text
    assert "/withdraw" in mine
    assert 'value="approve"' not in mine
    assert "urgent" in mine
    edit = path_of(order, "edit")
    assert own.post(edit, own.form(edit) | {"name": "Bigger"}).status_code == 303
    lead = Browser(web, "unit_tree").open()
    shown = lead.get(page, fragment=True).text
    assert "<del>Big</del> <ins>Bigger</ins>" in shown
    assert 'value="approve"' in shown
    (decide,) = {part for part in shown.split('"') if part.endswith("/decide")}
    version = fields(shown, decide)["version"]
    stale = lead.post(decide, {"decision": "approve", "version": "999"}, fragment=True)
    assert stale.status_code == 422
    done = lead.post(decide, {"decision": "approve", "version": version, "comment": "ok"}, True)
    assert done.status_code == 200, text_of(done.text)
    assert 'value="approve"' not in done.text
    last = fields(all_.get(page, fragment=True).text, decide)
    assert all_.post(decide, {"decision": "approve", **last}, fragment=True).status_code == 200
    with web.site.system("test") as ctx:
        assert ctx.session.get(Order, UUID(order)).state == "done"


def test_an_approval_goes_back_and_is_taken_back(flow, web, own):
    order = web.order("own", name="Big", amount=5000)
    own.post(path_of(order, "move", "finish"), {"remark": "r"}, True)
    page = path_of(order, "approvals")
    lead = Browser(web, "unit_tree").open()
    (back,) = {p for p in lead.get(page, fragment=True).text.split('"') if p.endswith("/return")}
    returned = lead.post(back, {"step": "", "comment": "Too dear"}, fragment=True)
    assert "Returned" in text_of(returned.text)
    shown = own.get(page, fragment=True).text
    assert "Too dear" in shown
    (again,) = {p for p in shown.split('"') if p.endswith("/resubmit")}
    assert "Running" in text_of(own.post(again, {"comment": "Less"}, fragment=True).text)
    assert lead.post(again, {"comment": "x"}, fragment=True).status_code == 422
    taken = own.post(again.replace("resubmit", "withdraw"), {}, fragment=True)
    assert "Withdrawn" in text_of(taken.text)
    elsewhere = web.order("own", name="Other")
    moved = again.replace(order, elsewhere).replace("resubmit", "withdraw")
    assert own.post(moved, {}, fragment=True).status_code == 422
