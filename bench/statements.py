"""How many statements an operation sends to the database, counted where they enter the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import msgspec
from litestar.testing import TestClient

from bench.client import Request
from tenon_core.site import Site
from tenon_core.testkit.listening import Tap, tap
from tenon_core.web.app import create_app

# What opens and ends transactions is none of the operation's.
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "--")


class Counter:
    """Counts on a site in this process; open it with `with`."""

    def __init__(self, site: Site) -> None:
        self._tap: Tap = tap(site.engine)
        self._client = TestClient(create_app(site))

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.__exit__(None, None, None)

    def work(self, work: Callable[[], Any]) -> tuple[Any, int]:
        """What `work` gives, and how many statements it took."""
        heard: list[str] = []
        with self._tap.heard_by(heard.append):
            found = work()
        return found, sum(not text.lstrip().upper().startswith(_FRAME) for text in heard)

    def requests(self, headers: Mapping[str, str], requests: Iterator[Request]) -> int:
        """Statements of the second of two requests: by then nothing has to be compiled, and who
        asks is known.
        """
        _ask(self._client, next(requests), headers)
        second = next(requests)
        return self.work(lambda: _ask(self._client, second, headers))[1]


def _ask(client: TestClient[Any], request: Request, headers: Mapping[str, str]) -> None:
    body = None if request.body is None else msgspec.json.encode(request.body)
    kind = {"Content-Type": "application/json"} if body else {}
    answer = client.request(request.method, request.path, content=body, headers={**headers, **kind})
    if answer.status_code >= 400:
        raise RuntimeError(f"{request.path}: {answer.text[:300]}")
