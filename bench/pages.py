"""The list page beside the API's answer for the same rows: CPU of each, and of drawing alone.

    python -m bench.pages --site FOLDER --login LOGIN [--seconds 2]

Any site will do, best the demo's: `tenon demo --site FOLDER`. Rows and columns are those of the
page: 50 records, the title and the usual columns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode

import msgspec
from sqlalchemy import select

from bench.client import Request, ask, forever, load
from bench.measure import cpu, since
from bench.server import OURS, Server, serving
from tenon_core.entities.people import User
from tenon_core.site import Site
from tenon_core.storage.lists import list_rows
from tenon_core.web.api.gateway import Api
from tenon_core.web.app import make_router
from tenon_core.web.auth.tokens import make_token
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.gateway import Pages
from tenon_core.web.pages.lists.columns import Columns
from tenon_core.web.pages.lists.state import ListState, Reading
from tenon_core.web.pages.lists.table import make_table, rows_html
from tenon_core.web.pages.rendering import Renderer
from tenon_core.web.pages.routes import make_page_router
from tenon_sdk.text import use_locale

ENTITY = "core.account"
LIMIT = 50
ROUNDS = 3
REPEATED = 40


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--site", required=True, type=Path)
    parser.add_argument("--login", required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args(arguments)
    site = Site.open(given.site)
    try:
        with site.system("bench") as ctx:
            user = ctx.session.scalars(select(User).where(User.login == given.login)).one()
            token = make_token(ctx, user.id, "bench")
        drawn, names, size = _drawn(site, user.id)
        print(f"drawing {LIMIT} rows of {len(names)} fields ({size / 1000:.0f} kB): {drawn:.2f} ms")
        with serving(OURS, {"TENON_SITE": str(given.site)}) as server:
            _compared(server, token, names, given.seconds)
    finally:
        site.close()
    return 0


def _drawn(site: Site, user_id: object) -> tuple[float, Sequence[str], int]:
    """Median CPU milliseconds of turning rows into HTML, in Chinese, whose dates cost most."""
    api = Api(site, make_router(site))
    pages = Pages(api, make_page_router(site), Renderer(site))
    scope = {"method": "GET", "headers": [], "scheme": "http", "query_string": b""}
    call = PageCall(pages, scope, ENTITY.replace(".", "/"), "bench")
    call.target, call.guardian = site.registry.entity(ENTITY), site.guardian(user_id)  # type: ignore[arg-type]
    with use_locale("zh_CN"):
        fields = Fields(call, call.target)
        columns = Columns(call, fields).usual()
        table = make_table(call, fields, columns)
        spec = Reading(call, fields).spec(ListState(), table.names, more={"limit": str(LIMIT)})
        page = list_rows(site, call.guardian, spec)
        rows = [msgspec.structs.astuple(row) for row in page.items]
        fmt = pages.renderer.formats(call)
        end = pages.renderer.html(call, "core/list/_row_end.html")

        def draw() -> str:
            return rows_html(fields, table, rows, fmt=fmt, computed={}, end=end)

        size = len(draw().encode())
        return _median(draw), table.names, size


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATED):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1_000)
    return statistics.median(times)


def _compared(server: Server, token: str, names: Sequence[str], seconds: float) -> None:
    path = ENTITY.replace(".", "/")
    asked = urlencode({"fields": ",".join(names), "sort": "-updated_at", "limit": LIMIT})
    api = {"Authorization": f"Bearer {token}"}
    sides = {
        "API": (Request("GET", f"/api/v1/{path}?{asked}"), api),
        "part of the page": (Request("GET", f"/{path}?view=all"), {**api, "HX-Request": "true"}),
        "whole page": (Request("GET", f"/{path}?view=all"), api),
    }
    costs: dict[str, list[float]] = {name: [] for name in sides}
    sizes = {n: len(ask(server.port, request, headers)) for n, (request, headers) in sides.items()}
    for _ in range(ROUNDS):
        for name, (request, headers) in sides.items():
            before = cpu([server.pid])
            outcome = load(server.port, forever([request]), headers, seconds=seconds)
            if outcome.faults or not outcome.requests:
                raise RuntimeError(f"{name}: {outcome.fault[:300]!r}")
            costs[name].append(since(before, [server.pid]) / outcome.requests * 1_000)
    base = statistics.median(costs["API"])
    for name, found in costs.items():
        spent = statistics.median(found)
        print(
            f"{name}: {spent:.2f} ms CPU, {spent / base:.1f} x the API, {sizes[name] / 1000:.0f} kB"
        )


if __name__ == "__main__":
    os.nice(5)
    sys.exit(main(sys.argv[1:]))
