"""Nobody gets round the scope of her permissions, by whatever exit."""

from uuid import UUID, uuid4

import pytest
from attrs import frozen
from lathe.entities import Machine, Order
from sqlalchemy import insert, update

from tenon_core.events.visible import readable
from tenon_core.storage.scanning import Unscoped
from tenon_sdk.errors import Invalid
from tenon_sdk.events import Event, Subject
from tenon_sdk.text import Text

LOGINS = ("own", "team", "unit", "unit_tree", "all")

# Whose records each person may see; units: own, team and unit are in GZ, unit_tree in SOUTH above
# it, all in HQ. One of viewer's, in HQ, is shared with `team`.
SEES = {
    "own": {"own"},
    "team": {"team", "shared"},
    "unit": {"own", "team", "unit"},
    "unit_tree": {"own", "team", "unit", "unit_tree"},
    "all": {"own", "team", "unit", "unit_tree", "all", "shared"},
    "viewer": {"own", "team", "unit", "unit_tree", "all", "shared"},
    "nobody": set(),
}
KINDS = {"lathe/order": "order", "core/account": "account"}


@pytest.fixture
def records(web):
    found = {}
    for path, make in KINDS.items():
        entity = path.replace("/", ".")
        found[path] = {login: getattr(web, make)(login, name=f"R {login}") for login in LOGINS}
        found[path]["shared"] = getattr(web, make)("viewer", name="R shared")
        web.share(entity, found[path]["shared"], "team")
    return found


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("login", SEES)
@pytest.mark.tenon_database("sqlite")
def test_reading_reaches_exactly_as_far_as_the_scope(web, records, login, path):
    _reads(web, records[path], login, path)


def test_reading_on_both_databases(web, records):
    for path in KINDS:
        for login in ("team", "unit_tree"):
            _reads(web, records[path], login, path)


def _reads(web, records, login, path):
    person, seen = web(login), {records[key] for key in SEES[login]}
    page = person.get(f"{path}?count=exact&fields=id,name").json()
    assert {item["id"] for item in page["items"]} == seen
    assert page["count"] == len(seen)
    sums = person.get(f"{path}/aggregate?measure=count").json()["items"]
    assert sum(group["count"] for group in sums) == len(seen)
    for id_ in records.values():
        assert person.get(f"{path}/{id_}").status_code == (200 if id_ in seen else 404)
    named = person.get(f"{path}?name=R own&fields=id").json()["items"]
    assert bool(named) == ("own" in SEES[login])
    found = person.get(f"search?q=R&limit=50&entities={path.replace('/', '.')}").json()["items"]
    assert {item["id"] for item in found} <= seen


@pytest.mark.parametrize("login", ["own", "team", "unit", "unit_tree", "viewer", "nobody"])
@pytest.mark.tenon_database("sqlite")
def test_writing_reaches_no_further(web, records, login):
    _writes(web, records["lathe/order"], login)


def test_writing_on_both_databases(web, records):
    _writes(web, records["lathe/order"], "unit")


def _writes(web, records, login):
    person = web(login)
    for key, id_ in records.items():
        path = f"lathe/order/{id_}"
        may = key in SEES[login] and login != "viewer" and key != "shared"
        refused = 403 if key in SEES[login] else 404
        for answer in (
            person.patch(path, json={"code": None}),
            person.post(f"{path}/finish", json={"remark": f"{login}{key}"[:20]}),
        ):
            assert answer.status_code == (200 if may else refused), (key, answer.text)
        if not may:
            assert person.delete(path).status_code == refused
            stored = web("all").get(path).json()
            assert (stored["name"], stored["state"]) == (f"R {key}", "open")


def test_a_share_to_edit_lets_edit(web, records):
    shared = records["lathe/order"]["shared"]
    path = f"lathe/order/{shared}"
    assert web("team").patch(path, json={"name": "mine"}).status_code == 403
    web.share("lathe.order", shared, "own", "edit")
    assert web("own").get(path).status_code == 404  # her scope is `own`: shares do not count


def test_nobody_gives_away_or_takes_what_lies_beyond(web, records):
    her = web("own")
    mine = records["lathe/order"]["own"]
    me = her.get(f"lathe/order/{mine}").json()["owner_id"]
    other = web("all").get(f"lathe/order/{records['lathe/order']['all']}").json()["owner_id"]
    assert UUID(me)
    assert her.patch(f"lathe/order/{mine}", json={"owner_id": other}).status_code == 403
    assert her.post("lathe/order", json={"name": "x", "owner_id": other}).status_code == 403


def test_a_reference_tells_its_title_and_nothing_else(web, records):
    account = records["core/account"]["all"]
    order = web.order("own", account_id=account)
    her = web("own")
    shown = her.get(f"lathe/order/{order}").json()
    assert shown["account_id.title"] == "R all"
    assert her.get(f"core/account/{account}").status_code == 404
    for field in ("account_id.phone", "account_id.credit_limit"):
        assert her.get(f"lathe/order?fields={field}").status_code == 422
        assert her.get(f"lathe/order?{field}=1").status_code == 422


def test_masked_fields_are_masked_on_every_exit(web):
    order = web.order("own", margin=7, name="m")
    path = f"lathe/order/{order}"
    assert web("all").get(path).json()["margin"] == "7.00"
    her = web("own")
    assert "margin" not in her.get(path).json()
    assert "margin" not in her.get("lathe/order").json()["items"][0]
    assert "margin" not in her.patch(path, json={"name": "n"}).json()
    for query in ("fields=margin", "margin=7", "margin__gte=1", "sort=margin"):
        assert her.get(f"lathe/order?{query}").status_code in {403, 422}, query
    assert her.get("lathe/order/aggregate?measure=sum:margin").status_code in {403, 422}
    assert her.get("lathe/order/aggregate?group=margin&measure=count").status_code in {403, 422}
    refused = her.patch(path, json={"margin": "1.00"})
    assert list(refused.json()["fields"]) == ["margin"]
    assert web("all").get(path).json()["margin"] == "7.00"


def test_a_narrowed_token_does_less_than_its_person(web):
    order = web.order("all")
    token = web.token("all", ("lathe.order.view",))
    headers = {"Authorization": f"Bearer {token}"}
    get = web.client.get(f"/api/v1/lathe/order/{order}", headers=headers)
    assert get.status_code == 200
    assert "margin" not in get.json()
    patch = web.client.patch(f"/api/v1/lathe/order/{order}", headers=headers, json={"name": "x"})
    assert patch.status_code == 403
    assert patch.json()["permission"] == "lathe.order.edit"
    accounts = web.client.get("/api/v1/core/account", headers=headers).json()
    assert accounts["items"] == []
    me = web.client.get("/api/v1/auth/me", headers=headers).json()
    assert me["permissions"] == {"lathe.order.view": "all"}


def test_a_measure_of_a_masked_field_is_masked(web):
    web.order("own", margin=7)
    path = "lathe/order/aggregate?measure=gain"
    assert web("all").get(path).status_code == 200
    assert web("own").get(path).status_code == 403


def user_id(web, login):
    return UUID(web(login).get("auth/me").json()["user"]["id"])


@frozen(kw_only=True)
class MachineSold(
    Event,
    name="lathe.machine.sold",
    label=Text("Machine sold"),
    subjects={"account_id": "core.account"},
):
    account_id: UUID
    serial: str
    rate: int


def test_an_event_masks_what_an_extension_masks(web, site):
    sold = MachineSold(account_id=uuid4(), serial="L1", rate=7)
    told = {"account_id": str(sold.account_id), "serial": sold.serial, "rate": sold.rate}
    visible = {Subject("core.account", sold.account_id): True}
    for login, shown in (("all", told), ("own", {k: told[k] for k in ("account_id", "serial")})):
        with site.context(user_id(web, login), read_only=True) as ctx:
            assert readable(ctx, sold.name, told, visible) == shown


def test_statements_do_not_write_what_records_may_not(web, site):
    order = UUID(web.order("all"))
    with site.context(user_id(web, "all")) as ctx:
        with pytest.raises(Invalid):  # a status moves by its workflow
            ctx.session.execute(update(Order).where(Order.id == order).values(state="done"))
        for entity in (Order, Machine):  # unstamped, unguarded, unaudited
            with pytest.raises(Unscoped):
                ctx.session.execute(insert(entity).values(id=uuid4()))
        record = ctx.session.get_one(Order, order)
        record.id = uuid4()
        with pytest.raises(Invalid) as caught:
            ctx.session.flush()
        assert list(caught.value.fields) == ["id"]
        ctx.session.rollback()
