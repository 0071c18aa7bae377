"""In which groups the fields of an entity stand, on its form and on its page."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from tenon_core.web.pages.fields import Fields, Shown
from tenon_sdk.entities import Archived, Owned, fields_of
from tenon_sdk.text import Text, _, translate
from tenon_sdk.views import Section

GENERAL = _("General")
MORE = _("Further details")
RESPONSIBLE = _("Responsibility")
CUSTOM = _("Further fields")
# Written by the framework, or shown elsewhere on the page.
KEPT = frozenset({"created_at", "created_by", "updated_at", "updated_by", "state"})


@frozen(kw_only=True)
class Part:
    """A group of fields as one person sees it; empty groups are left out."""

    key: str
    label: str
    help: str
    fields: Sequence[Shown]


def parts_of(fields: Fields) -> list[Part]:
    """The declared sections, those that plugins add, and derived ones for all other fields.

    Every field that the person may read stands in exactly one of them.
    """
    site = fields.site
    added = [s.section for s in site.registry.sections if s.entity == fields.name]
    declared = sorted([*fields.layout.sections, *added], key=lambda section: section.order)
    taken: set[str] = set()
    found: list[Part] = []
    for section in declared:
        chosen = [s for s in fields.all(section.fields) if s.name not in taken]
        taken.update(s.name for s in chosen)
        _append(found, section, chosen)
    rest = [s for s in fields.every() if s.name not in taken and s.name not in _kept(fields)]
    for section, chosen in _derived(fields, rest, first=not found):
        _append(found, section, chosen)
    return found


def _append(found: list[Part], section: Section, chosen: Sequence[Shown]) -> None:
    if chosen:
        found.append(
            Part(
                key=section.key,
                label=translate(section.label),
                help=translate(section.help) if section.help is not None else "",
                fields=chosen,
            )
        )


def _kept(fields: Fields) -> frozenset[str]:
    archived = {"archived_at", "archived_by"} if issubclass(fields.entity, Archived) else set()
    return KEPT | archived


def _derived(
    fields: Fields, rest: Sequence[Shown], *, first: bool
) -> list[tuple[Section, list[Shown]]]:
    owning = {"owner_id", "unit_id"} if issubclass(fields.entity, Owned) else set()
    own = [s for s in rest if s.name in fields_of(fields.entity) and s.name not in owning]
    title = fields.entity.__tenon__.title
    own.sort(key=lambda s: s.name != title)
    groups = [(_section("general", GENERAL if first else MORE), own)]
    for cls in fields.site.registry.extensions_of(fields.name):
        table = cls.__tenon__.table
        side = [s for s in rest if s.name.startswith(f"{table}.")]
        groups.append((_section(table, cls.__tenon__.label), side))
    groups.append((_section("custom", CUSTOM), [s for s in rest if s.name.startswith("custom.")]))
    owners = [s for s in rest if s.name in owning]
    groups.append((_section("responsible", RESPONSIBLE), owners))
    return groups


def _section(key: str, label: Text) -> Section:
    return Section(key=key, label=label, fields=())
