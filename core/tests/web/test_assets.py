"""What the server knows of the browser's files."""

import base64
import gzip
import hashlib
import json
import os

import pytest

from tenon_core.web.assets import Assets, accepted


@pytest.fixture
def folder(tmp_path):
    dist = tmp_path / "dist"
    dist.mkdir()
    build(dist, "AAAA")
    (tmp_path / "secret.js").write_text("secret")
    return dist


def build(dist, mark):
    names = {
        "app.js": f"app-{mark}.js",
        "echarts.js": f"echarts-{mark}.js",
        "app.css": f"app-{mark}.css",
    }
    for name in names.values():
        (dist / name).write_text(f"/* {name} */")
    (dist / names["app.js"]).write_text("plain")
    (dist / f"{names['app.js']}.br").write_bytes(b"brotli")
    (dist / f"{names['app.js']}.gz").write_bytes(gzip.compress(b"plain", mtime=0))
    (dist / "icons.json").write_text(
        json.dumps({"home": '<path d="M1 1"/>', "square-rounded": "<rect/>"})
    )
    (dist / "preload.json").write_text(json.dumps([f"chunk-{mark}.js"]))
    (dist / "manifest.json").write_text(json.dumps(names))


def test_names_become_hashed_addresses(folder):
    assets = Assets(folder)
    assert not assets.missing
    assert assets.url("app.js") == "/static/core/app-AAAA.js"
    assert assets.preload == ("/static/core/chunk-AAAA.js",)
    with pytest.raises(KeyError):
        assets.url("nothing.js")


def test_the_import_map_is_what_its_hash_allows(folder):
    assets = Assets(folder)
    assert json.loads(assets.importmap)["imports"] == {
        "tenon": "/static/core/app-AAAA.js",
        "echarts": "/static/core/echarts-AAAA.js",
    }
    digest = hashlib.sha256(assets.importmap.encode()).digest()
    assert assets.importmap_hash == f"sha256-{base64.b64encode(digest).decode()}"


def test_a_bundle_that_was_never_built_is_missing(tmp_path):
    assets = Assets(tmp_path / "dist")
    assert assets.missing
    assert assets.importmap == ""
    assert assets.preload == ()
    assert assets.file("app.js") is None
    assert "<svg" in assets.icon("home")


def test_a_build_while_the_server_runs_is_taken_up(folder):
    assets = Assets(folder)
    assert assets.url("app.css") == "/static/core/app-AAAA.css"
    build(folder, "BBBB")
    os.utime(folder / "manifest.json", ns=(1, 1))
    assert assets.url("app.css") == "/static/core/app-BBBB.css"
    assert assets.file("app-BBBB.css") is not None


def test_an_icon_is_markup_and_a_wrong_name_no_error(folder, caplog):
    assets = Assets(folder)
    drawn = assets.icon("home", "is-sm")
    assert drawn.startswith('<svg class="tn-icon is-sm"')
    assert '<path d="M1 1"/></svg>' in drawn
    assert 'aria-hidden="true"' in drawn
    assert "<rect/>" in assets.icon("hoem")
    assert "hoem" in caplog.text


@pytest.mark.parametrize(
    ("accept", "coding", "content"),
    [
        ("gzip, deflate, br, zstd", b"br", b"brotli"),
        ("gzip", b"gzip", gzip.compress(b"plain", mtime=0)),
        ("br;q=0, gzip;q=0.5", b"gzip", gzip.compress(b"plain", mtime=0)),
        ("", None, b"plain"),
        ("br;q=0.0", None, b"plain"),
    ],
)
def test_the_smallest_sibling_that_the_browser_takes(folder, accept, coding, content):
    found, headers = Assets(folder).file("app-AAAA.js", accept)
    headers = dict(headers)
    assert headers.get(b"content-encoding") == coding
    assert found[:4] == content[:4]
    assert headers[b"vary"] == b"Accept-Encoding"
    assert headers[b"content-type"] == b"text/javascript; charset=utf-8"


def test_hashed_files_are_kept_for_ever_and_others_not(folder):
    assets = Assets(folder)
    hashed = dict(assets.file("app-AAAA.css", "br")[1])
    assert b"immutable" in hashed[b"cache-control"]
    assert b"vary" not in hashed
    assert dict(assets.file("icons.json")[1])[b"cache-control"] == b"no-cache"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "..%2fsecret.js",
        "/etc/passwd",
        "",
        ".",
        "app-AAAA.js.br",
        "missing.js",
        "app.js\0.js",
    ],
)
def test_nothing_but_files_of_the_bundle_is_sent(folder, name):
    assert Assets(folder).file(name, "br") is None


def test_accepted_codings():
    assert accepted("GZIP;q=1.0, br;q=0, *;q=0.1") == {"gzip", "*"}
    assert accepted(" , ;q=1") == frozenset()
