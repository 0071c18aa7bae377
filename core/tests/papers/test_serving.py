"""Papers by API, kept with their records, and by command."""

from decimal import Decimal
from pathlib import Path

import pytest

from tenon_core.entities import Account, Document, DocumentLink, DocumentVersion
from tenon_core.papers.typesetting import typesetter


@pytest.fixture
def account(tenon):
    return tenon.make(Account, name="Ferrum 富锐 / Pumps", credit_limit=Decimal(7_654_321))


@pytest.fixture
def base(account):
    return f"/api/v1/core/account/{account.id}/papers"


def test_what_can_be_printed_is_listed(tenon, base):
    answer = tenon.client("administrator").get(base, headers={"Accept-Language": "zh"})
    assert answer.json()["items"] == [
        {"key": "customer", "label": "客户资料表", "url": f"{base}/customer.pdf"},
        {"key": "record", "label": "客户", "url": f"{base}/record.pdf"},
    ]


def test_a_pdf_is_safe_to_show(tenon, account, base):
    answer = tenon.client("administrator").get(f"{base}/customer.pdf?locale=en&size=letter")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    head = answer.headers
    assert head["content-type"] == "application/pdf"
    assert head["content-disposition"] == (
        f"inline; filename*=UTF-8''Customer%20sheet%20{account.code}.pdf"
    )
    assert head["content-language"] == "en"
    assert head["x-content-type-options"] == "nosniff"
    assert "private" in head["cache-control"]
    chinese = tenon.client("administrator").get(f"{base}/record.pdf?locale=zh_CN&download=true")
    assert chinese.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5")
    assert chinese.headers["content-language"] == "zh-CN"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("customer.pdf?locale=xx", 422),
        ("customer.pdf?size=a0", 422),
        ("customer.pdf?download=maybe", 422),
        ("customer.pdf?colour=red", 422),
        ("customer", 404),
        ("certificate.pdf", 404),
        ("..%2frecord.pdf", 404),
    ],
)
def test_what_is_asked_wrongly_is_told(tenon, base, path, status):
    answer = tenon.client("administrator").get(f"{base}/{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_may_not_see_the_record_gets_nothing(tenon, base):
    nobody = tenon.client(tenon.user(role=None))
    assert nobody.get(base).status_code == 404
    assert nobody.get(f"{base}/record.pdf").status_code == 404
    assert nobody.post(f"{base}/record", json={}).status_code == 404
    assert tenon.client(None).get(f"{base}/record.pdf").status_code == 401


def test_a_template_that_fails_fails_alone(tenon, base):
    setter = typesetter(tenon.site)
    setter.messages()
    broken = setter._root / "core" / "customer.typ"
    whole = broken.read_bytes()
    broken.write_bytes(b"#no-such-thing")
    answer = tenon.client("administrator").get(
        f"{base}/customer.pdf", headers={"Accept-Language": "en"}
    )
    assert answer.status_code == 500
    assert answer.json()["code"] == "paper_failed"
    assert "core/customer.typ fails: unknown variable" in answer.json()["detail"]
    assert tenon.client("administrator").get(f"{base}/record.pdf").status_code == 200
    broken.write_bytes(whole)


# ------------------------------------------------------------------------------- kept copies


def kept(tenon):
    with tenon.system() as ctx:
        return [
            (v.number, v.file_name, v.media_type)
            for v in ctx.session.query(DocumentVersion).order_by(DocumentVersion.number)
        ]


def test_a_copy_is_kept_with_the_record_and_again_when_it_changed(tenon, account, base):
    client = tenon.client("administrator")
    first = client.post(f"{base}/customer", json={"locale": "en"})
    assert first.status_code == 201, first.text
    name = f"Customer sheet {account.code}.pdf"
    assert first.json()["file_name"] == name
    assert client.post(f"{base}/customer", json={"locale": "en"}).json() == first.json()
    with tenon.system() as ctx:
        ctx.session.get_one(Account, account.id).phone = "0574 1101"
    second = client.post(f"{base}/customer", json={"locale": "en"}).json()
    assert (second["number"], second["document_id"]) == (2, first.json()["document_id"])
    assert kept(tenon) == [(1, name, "application/pdf"), (2, name, "application/pdf")]
    with tenon.system() as ctx:
        (link,) = ctx.session.query(DocumentLink)
        assert (link.entity, link.record_id) == ("core.account", account.id)
        assert ctx.session.query(Document).one().category == "report"
    content = client.get(f"/api/v1/core/document/{second['document_id']}/content").content
    assert content == client.get(f"{base}/customer.pdf?locale=en").content


def test_a_kept_sheet_holds_what_everybody_may_read(tenon, prints, account):
    from tenon_core.papers.printing import PaperRequest, compose

    with tenon.system(read_only=True) as ctx:
        for shared in (False, True):
            request = PaperRequest(entity=Account, id=account.id, locale="en", shared=shared)
            told = str(compose(ctx, request).data)
            assert ("7,654,321" in told) is not shared


def test_who_may_not_add_documents_keeps_nothing(tenon, base):
    tenon.grant("reader", "core.account.view", "all")
    ann = tenon.client(tenon.user(role="reader"))
    assert ann.get(f"{base}/record.pdf").status_code == 200
    assert ann.post(f"{base}/record", json={}).status_code == 403
    assert ann.post(f"{base}/record", json={"colour": "red"}).status_code == 422
    assert kept(tenon) == []


# ---------------------------------------------------------------------------------- the command


def test_the_command_writes_a_file_or_keeps_a_copy(tenon, account, tmp_path, monkeypatch, capsys):
    from tenon_core.cli.main import root

    def run(*args):
        with pytest.raises(SystemExit) as ended:
            root.main(["paper", *args, "--site", str(tenon.site.config.folder), "--lang", "en"])
        return ended.value.code, capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    code, said = run("core.account", str(account.id), "--locale", "en")
    assert (code, said.out) == (0, f"The paper is in Account {account.code}.pdf.\n")
    assert Path(f"Account {account.code}.pdf").read_bytes().startswith(b"%PDF-")
    code, _said = run("core.account", str(account.id), "--paper", "customer", "-o", "x.pdf")
    assert (code, Path("x.pdf").exists()) == (0, True)
    code, said = run("core.account", str(account.id), "--paper", "none")
    assert (code != 0, said.err) == (True, "There is no paper “none” of such a record.\n")
    code, said = run("core.account", str(account.id), "--store")
    assert "is kept with the record, version 1" in said.out
