"""How an entity looks on pages: declared by the plugin that owns it, and added to by others.

Without any of these core derives a list, a form and a record page from the fields alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from attrs import frozen

from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context

Tone = Literal["blue", "green", "amber", "red", "violet", "teal", "gray"]


@frozen(kw_only=True)
class Section:
    """Fields of a form and of a record's details that belong together.

    `fields` are names of the entity, `<extension table>.<name>` of an extension, or
    `custom.<key>`. Who may not read a field does not see it.
    """

    key: str
    label: Text
    fields: Sequence[str]
    help: Text | None = None
    order: int = 100


@frozen(kw_only=True)
class FormSection:
    """A section that a plugin adds to the form and details of another one's entity."""

    entity: str
    section: Section


@frozen(kw_only=True)
class Lines:
    """Parts of a record that are edited in place as lines of a table.

    `field` is the reference of `entity` to the record; `sums` are number fields whose total
    stands below.
    """

    entity: str
    field: str
    label: Text
    fields: Sequence[str]
    sums: Sequence[str] = ()
    order: int = 100


@frozen(kw_only=True)
class Layout:
    """How the lists, forms and pages of one entity look; empty parts are derived.

    columns   fields of a list before anybody chooses others; `<reference>.title` is implied
    filters   fields that stand beside the search box
    facts     fields of the strip below a record's title, at most eight
    status    field whose value stands beside the title as a tag
    tones     colour of each code of a choice field or state
    sections  fields of the form, in groups; fields that stand nowhere come last
    lines     parts that are edited in place
    related   reference fields of other entities (`core.contact_account.account_id`) whose records
              are listed on this one's page; None for all, () for none
    sort      order of a list before anybody chooses another
    """

    entity: str
    columns: Sequence[str] = ()
    filters: Sequence[str] = ()
    facts: Sequence[str] = ()
    status: str | None = None
    tones: Mapping[str, Mapping[str, Tone]] = {}
    sections: Sequence[Section] = ()
    lines: Sequence[Lines] = ()
    related: Sequence[str] | None = None
    sort: str | None = None


@frozen(kw_only=True)
class Column:
    """A computed column of another plugin's list: `values` is called once for a page of ids.

    A value is shown by its type: text, number, `Decimal`, date, datetime, or a mapping with
    `text` and `tone`. Ids that are missing in the answer show nothing.
    """

    entity: str
    key: str
    label: Text
    values: Callable[[Context, Sequence[UUID]], Mapping[UUID, Any]]
    permission: str
    order: int = 100
    shown: bool = True
