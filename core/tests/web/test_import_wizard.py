"""The import wizard: from a file to its result, with every kind of bad file on the way."""

import io

import pytest
from browsing import Browser, fields, text_of
from conftest import id_of
from sqlalchemy import select

from tenon_core.entities import Account, Grant
from tenon_core.jobs.queue import RunQueue
from tenon_core.transfer.jobs import run_import_job

FILE = "名称,Phone,Colour\nAlpha Works,0571 8888 0001,red\nBeta Works,0571 8888 0002,blue\n"
NAMED = "name,phone\n,0571 8888 0001\nGamma Works,0571 8888 0002\n"


@pytest.fixture
def all_(web, monkeypatch):
    # No worker is set up here: the tests do what the job does, see `work`.
    monkeypatch.setattr(RunQueue, "enqueue", lambda *_args, **_more: "run")
    with web.site.system("test") as ctx:
        for permission in ("core.import.run", "core.import_run.create", "core.import_run.edit",
                           "core.import_run.view", "core.import_mapping.view",
                           "core.import_mapping.create", "core.import_mapping.edit"):  # fmt: skip
            ctx.session.add(Grant(role_id=id_of("all"), permission=permission, scope="all"))
        grant = Grant(role_id=id_of("own"), permission="core.import.run", scope="all")
        ctx.session.add(grant)
    return Browser(web, "all").open()


def upload(browser, content, name="list.csv", entity="core.account", **more):
    raw = content.encode() if isinstance(content, str) else content
    data = {"entity": entity, "csrf_token": browser.csrf, **more}
    return browser.post("/import", data, files={"file": (name, io.BytesIO(raw))})


def started(browser, content, **more):
    answer = upload(browser, content, **more)
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"]


def work(web, path):
    """Does what the job of the run does."""
    with web.site.system("test") as ctx:
        run_import_job(ctx, {"run": path.rpartition("/")[2]})


def names(web):
    with web.site.system("test") as ctx:
        return set(ctx.session.scalars(select(Account.name)))


def checked(web, browser, path, **chosen):
    """Maps as recognised but for `chosen`, checks, and returns the path of the check."""
    given = fields(browser.get(path).text, path) | {"mode": "row_by_row"} | chosen
    answer = browser.post(path, given)
    assert answer.status_code == 303, text_of(answer.text)
    work(web, answer.headers["location"])
    return answer.headers["location"]


def test_a_file_is_mapped_checked_and_imported(all_, web):
    path = started(all_, FILE)
    shown = all_.get(path).text
    given = fields(shown, path)
    assert (given["col-0"], given["col-1"], given.get("col-2")) == ("name", "phone", None)
    said = text_of(shown)
    for part in ("名称", "Alpha Works · Beta Works", "recognised", "2 of 3 columns are read"):
        assert part in said, part
    check = checked(web, all_, path)
    assert names(web) & {"Alpha Works", "Beta Works"} == set()
    said = text_of(all_.get(check).text)
    assert "This is what the import would do" in said
    assert "Created 2" in said
    run = all_.post(f"{check}/run")
    assert run.status_code == 303
    imported = run.headers["location"]
    assert "tenon-progress" in all_.get(imported).text
    waiting = all_.get(f"{imported}/progress").json()
    assert "redirect" not in waiting
    work(web, imported)
    assert names(web) >= {"Alpha Works", "Beta Works"}
    assert all_.get(f"{imported}/progress").json()["redirect"] == imported
    assert "The import is done" in text_of(all_.get(imported).text)
    earlier = text_of(all_.get("/import?entity=core.account").text)
    assert "2 created, 0 updated, 0 refused" in earlier


def test_refused_rows_are_told_and_come_back_as_a_file(all_, web):
    check = checked(web, all_, started(all_, NAMED))
    said = text_of(all_.get(check).text)
    assert "Refused 1" in said
    assert "Row Column What is wrong 2 name" in said
    file = all_.get(f"{check}/errors")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "Reason of the refusal" in file.text
    assert "Gamma" not in file.text


def test_rows_find_their_record_by_the_chosen_key(all_, web):
    web.account("all", name="Gamma Works", phone="0571 8888 0003")
    path = started(all_, "name,phone\nGamma Works,0571 8888 0002\n")
    said = text_of(all_.get(checked(web, all_, path, key="name")).text)
    assert "Updated 1" in said
    faulty = fields(all_.get(path + "?map=1").text, path) | {"key": "email"}
    answer = all_.post(path, faulty)
    assert answer.status_code == 422
    assert "No column fills the key field" in text_of(answer.text)
    assert fields(answer.text, path)["col-1"] == "phone"


def test_two_columns_for_one_field_are_said_at_the_column(all_):
    path = started(all_, FILE)
    given = fields(all_.get(path).text, path) | {"col-2": "phone"}
    answer = all_.post(path, given)
    assert answer.status_code == 422
    assert "fills the same field" in text_of(answer.text)
    assert fields(answer.text, path)["col-2"] == "phone"
    strange = all_.post(path, given | {"col-2": "no_such_field"})
    assert strange.status_code == 422


def test_a_missing_required_field_is_said(all_):
    path = started(all_, "phone,city\n0571 8888 0001,x\n")
    assert "New records need these, too: Name" in text_of(all_.get(path).text)
    none = all_.post(path, {"col-0": "", "col-1": ""})
    assert none.status_code == 422
    assert "No column is mapped yet." in text_of(none.text)


def test_a_mapping_is_kept_and_chosen_again(all_):
    path = started(all_, FILE)
    given = fields(all_.get(path).text, path) | {"col-2": "short_name", "save": "1"}
    assert "Give the mapping a name." in text_of(all_.post(path, given | {"name": " "}).text)
    kept = all_.post(path, given | {"name": "From the fair"})
    assert kept.status_code == 200, text_of(kept.text)
    again = started(all_, FILE)
    assert "col-2" not in fields(all_.get(again).text, again)
    chosen = all_.get(f"{again}?map=1&mapping=From+the+fair").text
    assert fields(chosen, again)["col-2"] == "short_name"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook"),
        (b"PK\x03\x04 no workbook", "The workbook is damaged"),
        (b"name\n\xff\xfe\xff\x81\n", "encoding"),
    ],
)
def test_bad_files_are_told_on_the_page(all_, content, message):
    answer = upload(all_, content)
    assert answer.status_code == 422
    assert message in text_of(answer.text)
    assert fields(answer.text, "/import")["entity"] == "core.account"


def test_no_file_too_large_and_unknown_kinds(all_, web):
    missing = all_.post("/import", {"entity": "core.account"})
    assert "Choose a file." in text_of(missing.text)
    unknown = upload(all_, FILE, entity="core.nothing")
    assert unknown.status_code == 422
    assert "cannot be imported" in text_of(unknown.text)
    large = upload(all_, b"name\n" + b"x" * (web.site.config.files.max_size + 1))
    assert large.status_code == 422
    assert "The file is larger than" in text_of(large.text)


def test_only_who_may_import_and_only_ones_own(all_, web):
    path = started(all_, FILE)
    viewer = Browser(web, "viewer").open()
    assert viewer.get("/import").status_code == 403
    assert upload(viewer, FILE).status_code == 403
    own = Browser(web, "own").open()
    for rest in ("", "/progress", "/errors"):
        assert own.get(path + rest).status_code == 404, rest
    for rest in ("", "/run", "/cancel"):
        assert own.post(path + rest).status_code == 404, rest
    assert all_.get("/import/nonsense").status_code == 404


def test_an_import_is_stopped(all_):
    path = started(all_, FILE)
    assert all_.post(f"{path}/cancel").status_code == 303
    assert "Cancelled" in text_of(all_.get("/import").text)
