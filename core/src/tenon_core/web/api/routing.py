"""Which handler answers a path: fixed ones, plugins' routes, then the patterns of every entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from attrs import define, field, frozen

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.problems import Fault
from tenon_sdk.entities import Entity
from tenon_sdk.text import _

Methods = Mapping[str, Endpoint]
Params = Mapping[str, str]
Found = tuple[Methods, dict[str, str]]


@frozen
class Patterns:
    """What every entity answers to, by what stands behind its own path."""

    collection: Methods
    aggregate: Methods
    batch: Methods
    action: Methods
    record: Methods
    panel: Methods
    papers: Methods
    paper: Methods
    transition: Methods

    def find(self, rest: list[str]) -> Found | None:
        match rest:
            case []:
                return self.collection, {}
            case ["aggregate"]:
                return self.aggregate, {}
            case ["batch"]:
                return self.batch, {}
            case ["actions", key]:
                return self.action, {"key": key}
            case [id_, *more] if is_id(id_):
                return self._of_record(id_, more)
            case _:
                return None

    def _of_record(self, id_: str, rest: list[str]) -> Found | None:
        match rest:
            case []:
                return self.record, {"id": id_}
            case ["panels", key]:
                return self.panel, {"id": id_, "key": key}
            case ["papers"]:
                return self.papers, {"id": id_}
            case ["papers", key]:
                return self.paper, {"id": id_, "key": key}
            case [name]:
                return self.transition, {"id": id_, "transition": name}
            case _:
                return None


def is_id(text: str) -> bool:
    """Whether this is a UUID as we write it: 36 characters in hexadecimal."""
    if len(text) != 36:
        return False
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@define
class _Template:
    parts: tuple[str, ...]
    methods: dict[str, Endpoint] = field(factory=dict)

    def match(self, segments: list[str]) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for part, segment in zip(self.parts, segments, strict=True):
            if part.startswith("{"):
                found[part[1:-1]] = segment
            elif part != segment:
                return None
        return found


class Router:
    """Paths without leading slash. Made once; finding is by table and comparison.

    `find` tells what answers behind an entity's own path `<prefix>/<plugin>/<entity>`.
    """

    def __init__(
        self,
        entities: Iterable[type[Entity]],
        find: Callable[[list[str]], Found | None],
        prefix: Sequence[str] = (),
    ) -> None:
        self._find, self._prefix = find, list(prefix)
        self._entities = {
            cls.__tenon__.name: cls
            for cls in entities
            if not cls.__tenon__.internal and cls.__tenon__.extends is None
        }
        self._fixed: dict[str, dict[str, Endpoint]] = {}
        self._templates: dict[int, list[_Template]] = {}

    @property
    def entities(self) -> Mapping[str, type[Entity]]:
        """Those that have an API, by name."""
        return self._entities

    def add(self, method: str, path: str, endpoint: Endpoint) -> None:
        """A path of its own; parts like `{id}` match anything and are handed on by name."""
        path = path.strip("/")
        if "{" not in path:
            self._fixed.setdefault(path, {})[method] = endpoint
            return
        parts = tuple(path.split("/"))
        known = self._templates.setdefault(len(parts), [])
        template = next((t for t in known if t.parts == parts), None)
        if template is None:
            template = _Template(parts)
            known.append(template)
            known.sort(key=lambda t: sum(part.startswith("{") for part in t.parts))
        template.methods[method] = endpoint

    def resolve(self, method: str, path: str) -> tuple[Endpoint, Params, type[Entity] | None]:
        """The handler of a path with what its pattern names, and the entity if it is one's.

        HEAD is answered as GET. Raises Fault: 404 for an unknown path, 405 for a known one that
        does not take the method, with those that it takes.
        """
        wanted = "GET" if method == "HEAD" else method
        allowed: set[str] = set()
        for methods, params, cls in self._candidates(path):
            endpoint = methods.get(wanted)
            if endpoint is not None:
                return endpoint, params, cls
            allowed.update(methods)
        if not allowed:
            raise Fault(404, "no_route", _("There is nothing at this address."))
        raise Fault(
            405,
            "method_not_allowed",
            _("This address does not take {method}.", method=method),
            {"Allow": allow(allowed)},
        )

    def _candidates(
        self, path: str
    ) -> Iterable[tuple[Methods, dict[str, str], type[Entity] | None]]:
        fixed = self._fixed.get(path)
        if fixed is not None:
            yield fixed, {}, None
        segments = path.split("/")
        for template in self._templates.get(len(segments), ()):
            params = template.match(segments)
            if params is not None:
                yield template.methods, params, None
        depth = len(self._prefix)
        if len(segments) >= depth + 2 and segments[:depth] == self._prefix:
            cls = self._entities.get(f"{segments[depth]}.{segments[depth + 1]}")
            found = self._find(segments[depth + 2 :]) if cls is not None else None
            if found is not None:
                yield *found, cls


def allow(methods: Iterable[str]) -> str:
    """The `Allow` header for these methods."""
    known = set(methods)
    return ", ".join(sorted(known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())))
