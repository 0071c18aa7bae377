"""What a row of an entity can fill, and what people call it in either language.

Besides the record's own fields these are, read from the declarations: fields that plugins and
administrators added, tags, parts of the record (`address.postcode`), and records that a part links
it with (`contact.name` by `core.contact_account`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import field, frozen

from tenon_core.entities.records import Tag
from tenon_core.storage.custom import CustomDefinition
from tenon_core.transfer.mapping import fold_header
from tenon_sdk.entities import Entity, Tagged, entity_named, fields_of
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import LOCALES, Text, _, translate

REASON = _("Reason of the refusal")
TAGS = "tags"
CUSTOM = "custom"

Holder = Literal["own", "custom", "tags", "side", "part", "link"]


@frozen(kw_only=True)
class Part:
    """A record that belongs to the imported one.

    entity     what is stored; for a link the record at its other end
    parent     field of the entity, or of `through`, that refers to the imported record
    single     there is one at most, else the `primary` one or one of the same title is meant
    through    the linking entity, `reference` its field that refers to `entity`
    """

    head: str
    entity: type[Entity]
    parent: str
    single: bool
    primary: bool
    through: type[Entity] | None = None
    reference: str = ""


@frozen(kw_only=True)
class Slot:
    """One thing that a column can fill, by its `path`."""

    path: str
    holder: Holder
    name: str
    label: Text
    info: FieldInfo | None = None
    custom: CustomDefinition | None = None
    entity: type[Entity] | None = None
    part: Part | None = None

    @property
    def kind(self) -> str:
        if self.custom is not None:
            return self.custom.kind
        return self.info.kind if self.info is not None else "id"

    @property
    def target(self) -> str | None:
        if self.custom is not None:
            return self.custom.target
        return self.info.target if self.info is not None else None


@frozen(kw_only=True)
class Catalog:
    """All slots of an entity by path, and by folded name the paths it may mean.

    `names` has the record's own names, `others` those of its parts, which give way to them;
    `unwritten` are names of what the framework writes by itself.
    """

    entity: type[Entity]
    slots: dict[str, Slot] = field(factory=dict)
    names: dict[str, set[str]] = field(factory=dict)
    others: dict[str, set[str]] = field(factory=dict)
    unwritten: set[str] = field(factory=set)

    def paths(self, header: str) -> set[str]:
        """What a header may mean; () when nothing of that name is known."""
        folded = fold_header(header)
        return self.names.get(folded) or self.others.get(folded) or set()

    def knows(self, header: str) -> bool:
        return bool(self.paths(header)) or fold_header(header) in self.unwritten


def catalog_of(site: Any, entity: type[Entity]) -> Catalog:
    catalog = Catalog(entity=entity)
    info = entity.__tenon__
    _add(catalog, Slot(path="id", holder="own", name="id", label=_("Id")), ["id"])
    for slot in _fields(entity, "own", ""):
        whole = [info.label] if slot.name == info.title else []
        _add(catalog, slot, whole, [info.label])
    for name, described in fields_of(entity).items():
        if described.system or described.internal:
            catalog.unwritten.update(map(fold_header, (name, *spoken(described.label))))
    catalog.unwritten.update(map(fold_header, ("version", *spoken(REASON))))
    for key, definition in site.custom_fields(info.name).items():
        label = Text(definition.labels.get("en") or key)
        slot = Slot(
            path=f"{CUSTOM}.{key}", holder="custom", name=key, label=label, custom=definition
        )
        _add(catalog, slot, [key, *map(Text, definition.labels.values())])
    if issubclass(entity, Tagged):
        slot = Slot(path=TAGS, holder="tags", name=TAGS, label=Tag.__tenon__.plural)
        _add(catalog, slot, [Tag.__tenon__.label])
    for side in site.registry.extensions_of(info.name):
        for slot in _fields(side, "side", side.__tenon__.table):
            _add(catalog, slot, (), [side.__tenon__.label])
    for part in parts_of(site, entity):
        _add_part(catalog, part)
    return catalog


def _add_part(catalog: Catalog, part: Part) -> None:
    label = part.entity.__tenon__.label
    for slot in _fields(part.entity, "part", part.head, part, skip=part.parent):
        whole = [label, part.head] if slot.name == part.entity.__tenon__.title else []
        _add_other(catalog, slot, whole, [label])
    if part.through is not None:
        for slot in _fields(part.through, "link", part.head, part, skip=part.reference):
            if slot.name != part.parent and slot.path not in catalog.slots:
                _add_other(catalog, slot, (), [label, part.through.__tenon__.label])


def _fields(
    entity: type[Entity], holder: Holder, head: str, part: Part | None = None, skip: str = ""
) -> Iterator[Slot]:
    for name, info in fields_of(entity).items():
        if info.system or info.internal or info.kind == "any_reference" or name == skip:
            continue
        path = f"{head}.{name}" if head else name
        yield Slot(
            path=path,
            holder=holder,
            name=name,
            label=info.label,
            info=info,
            entity=entity,
            part=part,
        )


def _add(
    catalog: Catalog, slot: Slot, names: Iterable[str] = (), before: Iterable[Text] = ()
) -> None:
    catalog.slots[slot.path] = slot
    found = [slot.path, slot.label, *names]
    found += [text for label in before for text in _joined(label, slot.label)]
    if slot.kind == "reference":
        found += [slot.path.removesuffix("_id"), f"{slot.path}.title"]
        found += [f"{word} id" for word in spoken(slot.label)]
    for name in found:
        for word in spoken(name):
            catalog.names.setdefault(fold_header(word), set()).add(slot.path)


def _add_other(catalog: Catalog, slot: Slot, names: Iterable[str], before: Iterable[Text]) -> None:
    catalog.slots[slot.path] = slot
    found = [slot.path, slot.path.removesuffix("_id"), slot.label, *names]
    found += [text for label in before for text in _joined(label, slot.label)]
    for name in found:
        for word in spoken(name):
            catalog.others.setdefault(fold_header(word), set()).add(slot.path)


def _joined(first: Text, second: Text) -> list[str]:
    """“Account name” as well as “Name”."""
    return [translate(first, locale) + translate(second, locale) for locale in LOCALES]


def spoken(text: str) -> list[str]:
    """A label in every language."""
    if not isinstance(text, Text):
        return [text]
    return list(dict.fromkeys(translate(text, locale) for locale in LOCALES))


def parts_of(site: Any, entity: type[Entity]) -> list[Part]:
    """Parts with a name of their own, and what links lead to, in the order of declaration."""
    name = entity.__tenon__.name
    children: dict[str, tuple[type[Entity], str]] = {}
    for child in site.registry.entities:
        parent = child.__tenon__.parent
        if parent and not child.__tenon__.internal and fields_of(child)[parent].target == name:
            children[child.__tenon__.name] = (child, parent)
    links = dict(_links(site, children))
    found = []
    for key, (child, parent) in children.items():
        column: Any = child.__table__.c[parent]
        head, other, reference = _head(key), child, ""
        if key in links:
            other, reference = links[key]
            head = _head(other.__tenon__.name)
        found.append(
            Part(
                head=head,
                entity=other,
                parent=parent,
                single=bool(column.unique),
                primary="is_primary" in fields_of(child) and key not in links,
                through=child if key in links else None,
                reference=reference,
            )
        )
    return found


def _links(
    site: Any, children: dict[str, tuple[type[Entity], str]]
) -> Iterator[tuple[str, tuple[type[Entity], str]]]:
    """Children that tie the record to another one whose viewers follow them."""
    for other in site.registry.entities:
        for path in other.__tenon__.seen_with:
            link, _dot, parent = path.rpartition(".")
            if link in children and children[link][1] == parent:
                for name, info in fields_of(children[link][0]).items():
                    if info.target == other.__tenon__.name:
                        yield link, (other, name)


def _head(name: str) -> str:
    return name.partition(".")[2]


def entity_of(site: Any, name: str) -> type[Entity] | None:
    """The entity of a reference, if its plugin is enabled."""
    return entity_named(name) if name in site.registry.entities else None
