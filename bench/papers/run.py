"""What a paper costs: milliseconds of CPU a page, in both languages, read and laid out.

python bench/papers/run.py        makes a small site in a temporary folder, prints, and shows
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar
from uuid import UUID

from attrs import evolve

from tenon_core.cli.sites import NewSite, create
from tenon_core.entities import Account, Address
from tenon_core.papers.printing import Composed, PaperRequest, compose, draw
from tenon_core.site import Site

T = TypeVar("T")
ROUNDS = 20
# Addresses of an account -> pages that its sheet has with them.
SIZES = {3: 1, 330: 10}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tenon-bench-") as folder:
        place = Path(folder) / "site"
        create(NewSite(folder=place, plugins=[], currency="CNY", name="宁波海润 Hairun"))
        site = Site.open(place)
        try:
            _measure(site)
        finally:
            site.close()


def _measure(site: Site) -> None:
    accounts = {lines: _account(site, lines) for lines in SIZES}
    print("| pages | language | first | read | laid out | a page |")
    print("|---|---|---|---|---|---|")
    for lines, pages in SIZES.items():
        for locale in ("en", "zh_CN"):
            request = PaperRequest(entity=Account, id=accounts[lines], locale=locale)
            composed = _composed(site, request)
            first, *rest = [_laid_out(site, composed, number) for number in range(ROUNDS)]
            reading = median(_timed(partial(_composed, site, request))[1] for _ in range(ROUNDS))
            laid = median(rest)
            shown = f"{first:.0f} | {reading:.1f} | {laid:.1f} | {(reading + laid) / pages:.1f}"
            print(f"| {pages} | {locale} | {shown} |")


def _laid_out(site: Site, composed: Composed, number: int) -> float:
    """With another title each time: typst remembers what it has laid out."""
    about = {**composed.about, "subject": f"{composed.about['subject']} {number}"}
    return _timed(partial(draw, site, evolve(composed, about=about)))[1]


def _composed(site: Site, request: PaperRequest) -> Composed:
    with site.system("bench", read_only=True) as ctx:
        return compose(ctx, request)


def _account(site: Site, lines: int) -> UUID:
    with site.system("bench") as ctx:
        account = Account(name=f"宁波海润化工有限公司 {lines}", phone="0574-8600 1101")
        ctx.session.add(account)
        ctx.session.flush()
        for number in range(lines):
            text = f"浙江省宁波市北仑区港电路 {number} 号 Harbour Road"
            ctx.session.add(Address(account_id=account.id, lines=text, postcode="315800"))
        return account.id


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    found = call()
    return found, (time.process_time() - began) * 1000


if __name__ == "__main__":
    main()
