"""What is put into the index, what comes out, and who may see what."""

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from attrs import frozen

from tenon_core.storage.search.query import AllOf
from tenon_core.storage.search.tokens import text_tokens

_NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
MAX_SCOPE = 500
"""People and units by which the index narrows; beyond, it leaves narrowing to the permission."""


@frozen(kw_only=True)
class Entry:
    """A record as it is found: by its title and by `keywords` (code, phone, other names).

    `subtitle` is shown and not searched. `owners`, `members` and `units` are all of those through
    whom somebody may see the record, also by way of another one; see `Scope`. A higher `weight`
    and a later `updated_at` come first among equally good matches.
    """

    entity: str
    record_id: UUID
    title: str
    subtitle: str = ""
    keywords: tuple[str, ...] = ()
    owners: tuple[UUID, ...] = ()
    members: tuple[UUID, ...] = ()
    units: tuple[UUID, ...] = ()
    weight: int = 0
    updated_at: datetime | None = None

    def tokens(self) -> list[str]:
        """All tokens, each once, in the same order for an equal entry."""
        tokens = text_tokens(self.title, self.keywords)
        tokens.append("@" + self.entity)
        tokens += ["@o" + one.hex for one in self.owners]
        tokens += ["@m" + one.hex for one in self.members]
        tokens += ["@u" + one.hex for one in self.units]
        return list(dict.fromkeys(tokens))

    @property
    def updated_ms(self) -> int:
        """Milliseconds since 1970, 0 if unknown."""
        return int(self.updated_at.timestamp() * 1000) if self.updated_at else 0


@frozen(kw_only=True)
class Scope:
    """Records of an entity that a person may see, as far as the index knows.

    It must let through all that the permission lets through and may let through more: the
    permission itself is asked afterwards (`permit` of `search`). Records owned by one of
    `owners`, shared with one of `members` or belonging to one of `units` (for a tree: all units
    of it); with `everything`, all records.
    """

    owners: frozenset[UUID] = frozenset()
    members: frozenset[UUID] = frozenset()
    units: frozenset[UUID] = frozenset()
    everything: bool = False

    def tokens(self) -> tuple[str, ...] | None:
        """Tokens of which a record has at least one; None means no restriction."""
        if self.everything or len(self.owners) + len(self.members) + len(self.units) > MAX_SCOPE:
            return None
        owners = ["@o" + one.hex for one in self.owners]
        members = ["@m" + one.hex for one in self.members]
        return tuple(sorted([*owners, *members, *("@u" + one.hex for one in self.units)]))


Narrowing = Mapping[str, Scope]
"""Scope by entity name; records of entities that are not named are not found."""


@frozen
class Candidate:
    """A row of the index that has the wanted tokens."""

    entity: str
    record_id: UUID
    title: str
    subtitle: str
    keywords: str
    weight: int
    updated_ms: int


@frozen
class Hit:
    """A record that was found. `grade`: see `matching`; `updated_ms`: see `Entry`."""

    grade: int
    weight: int
    updated_ms: int
    record_id: UUID
    entity: str
    title: str
    subtitle: str


def rank(hit: Hit) -> tuple[int, int, int, int, str]:
    """What hits are sorted by: grade, weight, the shorter title, the later change."""
    return hit.grade, -hit.weight, len(hit.title), -hit.updated_ms, hit.title


def narrow(narrowing: Narrowing | None, entities: frozenset[str] | None) -> tuple[AllOf, ...]:
    """Ways to be visible, each a conjunction of unions of tokens; empty if nothing is visible.

    `((),)` stands for no restriction. Entities of equal scope share a way.
    """
    if narrowing is None:
        named = tuple("@" + one for one in sorted(entities or ()) if _NAME.fullmatch(one))
        return ((),) if entities is None else ((named,),) if named else ()
    groups: dict[tuple[str, ...] | None, list[str]] = {}
    for entity, scope in sorted(narrowing.items()):
        if (entities is None or entity in entities) and (tokens := scope.tokens()) != ():
            groups.setdefault(tokens, []).append("@" + entity)
    return tuple((tuple(names), *((tokens,) if tokens else ())) for tokens, names in groups.items())
