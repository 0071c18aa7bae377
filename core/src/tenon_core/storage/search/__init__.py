"""Full-text search over all entities: by Chinese characters, pinyin, initials, words and numbers.

`Entry` says how a record is found; `upsert` and `remove` keep the index in the transaction of the
record; `search` answers. `Scope` by entity narrows to what a person may see.
"""

from tenon_core.storage.search.entries import Entry, Hit, Narrowing, Scope
from tenon_core.storage.search.find import (
    Permit,
    create,
    drop,
    rebuild,
    remove,
    search,
    settle,
    upsert,
)
from tenon_core.storage.search.tables import table

__all__ = [
    "Entry",
    "Hit",
    "Narrowing",
    "Permit",
    "Scope",
    "create",
    "drop",
    "rebuild",
    "remove",
    "search",
    "settle",
    "table",
    "upsert",
]
