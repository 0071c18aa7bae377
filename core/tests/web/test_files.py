"""Documents come in and go out over the API, and nothing of them runs in a browser."""

from __future__ import annotations

from typing import Any

import pytest

from tenon_core.entities import Account
from tenon_sdk.testing import Tenon

UPLOAD = "/api/v1/core/document/upload"


@pytest.mark.tenon_database("sqlite")
def test_upload_attach_version_and_download(tenon: Tenon) -> None:
    seller = tenon.user("salesperson")
    account = tenon.make(Account, name="Ltd", owner_id=seller.id, unit_id=seller.unit_id)
    client: Any = tenon.client(seller)
    asked = {"file_name": "报价 1.pdf", "entity": "core.account", "record_id": str(account.id)}
    made = client.post(UPLOAD, params=asked, content=b"%PDF-1")
    assert made.status_code == 201, made.text
    id_ = made.json()["document_id"]
    again = client.post(
        UPLOAD, params={"file_name": "b.pdf", "document_id": id_}, content=b"%PDF-2"
    )
    assert again.json()["number"] == 2
    newest = client.get(f"/api/v1/core/document/{id_}/content")
    assert (newest.content, newest.headers["content-type"]) == (b"%PDF-2", "application/pdf")
    first = client.get(f"/api/v1/core/document/{id_}/content", params={"version": "1"})
    assert first.content == b"%PDF-1"
    assert first.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E6%8A%A5")
    assert first.headers["x-content-type-options"] == "nosniff"
    stranger = tenon.client(tenon.user("salesperson", unit=tenon.unit("Far", code="FAR")))
    assert stranger.get(f"/api/v1/core/document/{id_}/content").status_code == 404


@pytest.mark.tenon_database("sqlite")
@pytest.mark.parametrize(
    ("asked", "content", "field"),
    [
        ({}, b"x", "file_name"),
        ({"file_name": "a.html"}, b"<script>alert(1)</script>", "file"),
        ({"file_name": "a.pdf"}, b"", "file"),
        ({"file_name": "a.pdf", "entity": "core.account"}, b"x", "entity"),
        ({"file_name": "a.pdf", "document_id": "5"}, b"x", "document_id"),
        ({"file_name": "a.pdf", "colour": "red"}, b"x", "colour"),
        ({"file_name": "a.pdf", "category": "poem"}, b"x", "category"),
    ],
)
def test_faulty_uploads_name_the_field(
    tenon: Tenon, asked: dict[str, str], content: bytes, field: str
) -> None:
    client: Any = tenon.client(tenon.user("salesperson"))
    refused = client.post(UPLOAD, params=asked, content=content)
    assert refused.status_code == 422
    assert set(refused.json()["fields"]) == {field}


@pytest.mark.tenon_database("sqlite")
def test_markup_that_was_let_in_is_handed_out_as_bytes(tenon: Tenon) -> None:
    path = tenon.folder / "tenon.toml"
    path.write_text(path.read_text("utf-8") + '\n[files]\nmedia_types = ["*/*"]\n', "utf-8")
    tenon.restart()
    client: Any = tenon.client(tenon.user("salesperson"))
    for name in ("a.html", "a.svg", "a.js", "a.xml"):
        made = client.post(UPLOAD, params={"file_name": name}, content=b"<x onload=alert(1)>")
        id_ = made.json()["document_id"]
        got = client.get(f"/api/v1/core/document/{id_}/content")
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment")
