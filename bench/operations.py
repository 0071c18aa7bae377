"""What is asked over HTTP, of Tenon and of the limit, and that both answer the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from attrs import frozen

from bench.client import Request, ask, forever
from bench.load import Data
from bench.raw import LIST
from tenon_core.storage.search.query import parse_query

API = "/api/v1/core/account"
Requests = Callable[[], Iterator[Request]]
ACTORS = ("admin", "seller")


@frozen
class Operation:
    """One operation for one person: the requests of either side.

    `same` says that the first answers have to be equal, but for the next page's cursor.
    """

    name: str
    ours: Requests
    raw: Requests
    first: tuple[Request, Request]
    same: bool = True


def operations(data: Data, actor: str) -> dict[str, Operation]:
    """All operations for the administrator or the seller, by name."""
    who = "-" if actor == "admin" else data.users[actor]
    ids = data.accounts["any" if actor == "admin" else actor]
    region = data.regions[0]
    fields = ",".join(LIST)
    condition = f"status=active&region_id={region}"
    found = [
        _of("list", [Request("GET", f"{API}?fields={fields}")], [Request("GET", f"/{who}/list")]),
        _of(
            "filter",
            [Request("GET", f"{API}?fields={fields}&{condition}")],
            [Request("GET", f"/{who}/filtered?{condition}")],
        ),
        _search(data, who),
        _of("get", _each(API, ids), _each(f"/{who}/account", ids)),
        _of(
            "view",
            _each(API, ids, "/view"),
            _each(f"/{who}/account", ids, "/view"),
            same=False,
        ),
        _create(data, actor),
        _update(data, actor, ids),
    ]
    return {each.name: each for each in found}


def _of(name: str, ours: list[Request], raw: list[Request], *, same: bool = True) -> Operation:
    return Operation(name, forever(ours), forever(raw), (ours[0], raw[0]), same)


def _each(path: str, ids: list[str], rest: str = "") -> list[Request]:
    return [Request("GET", f"{path}/{id_}{rest}") for id_ in ids]


def _search(data: Data, who: str) -> Operation:
    from urllib.parse import quote

    ours = [Request("GET", f"/api/v1/search?q={quote(word)}") for word in data.words]
    raw = [
        Request("GET", f"/{who}/search?q={quote(parse_query(word).ways[0][0][0])}")
        for word in data.words
    ]
    return _of("search", ours, raw, same=False)


def _create(data: Data, actor: str) -> Operation:
    from bench.names import Names

    def bodies(seed: int) -> Iterator[dict[str, Any]]:
        names = Names(seed)
        while True:
            name, phone = names.company(names.region()), names.phone()
            yield {"name": name, "phone": phone, "region_id": data.regions[0]}

    def requests(path: str, seed: int) -> Iterator[Request]:
        return (Request("POST", path, body) for body in bodies(seed))

    mine = f"/{data.users[actor]}/create"
    seed = 1_000 + len(actor) + data.rows
    ours, raw = requests(API, seed), requests(mine, seed)
    first = (next(ours), next(raw))
    return Operation("create", lambda: ours, lambda: raw, first, same=False)


def _update(data: Data, actor: str, ids: list[str]) -> Operation:
    numbers = itertools.count(1)

    def requests(path: str) -> Iterator[Request]:
        for id_ in itertools.cycle(ids):
            yield Request("PATCH", f"{path}/{id_}", {"phone": f"020{next(numbers):08}"})

    ours, raw = requests(API), requests(f"/{data.users[actor]}/update")
    first = (next(ours), next(raw))
    return Operation("update", lambda: ours, lambda: raw, first, same=False)


def check(operation: Operation, ours: int, raw: int, headers: Mapping[str, str]) -> int:
    """Raises RuntimeError unless both answer the same; returns the length of our answer."""
    first, second = ask(ours, operation.first[0], headers), ask(raw, operation.first[1], {})
    if operation.same:
        mine, theirs = msgspec.json.decode(first), msgspec.json.decode(second)
        mine.pop("next", None)
        # What a person may not read is not in our answer.
        if mine != {name: theirs.get(name) for name in mine}:
            raise RuntimeError(f"{operation.name}: the answers differ:\n{first!r}\n{second!r}")
    return len(first)
