"""Reading many records, or one, without loading entities.

A list is described by a `ListSpec`, compiled once for its shape and one person's rights, and run
on the driver's cursor with rows going straight into JSON. What a person may not see is part of
the statement, from the same source as the session's conditions.
"""

from tenon_core.storage.lists.aggregate import aggregate, aggregate_json, parse_aggregate
from tenon_core.storage.lists.parse import Filter, ListSpec, Sort, parse_list
from tenon_core.storage.lists.run import ListPage, list_json, list_rows, record_json

__all__ = [
    "Filter",
    "ListPage",
    "ListSpec",
    "Sort",
    "aggregate",
    "aggregate_json",
    "list_json",
    "list_rows",
    "parse_aggregate",
    "parse_list",
    "record_json",
]
