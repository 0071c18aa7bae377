"""Fields of records as a paper shows them: labels, titles for ids, names for codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from tenon_core.papers.writing import NO, YES
from tenon_core.storage.lists.paths import TITLE, Path, paths_of
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Forbidden, Invalid
from tenon_sdk.papers import Money
from tenon_sdk.text import current_locale, translate

NUMBERS = frozenset({"integer", "decimal", "money", "percent"})
# Kinds that say nothing on paper.
UNSAID = frozenset({"json", "id", "any_reference"})
LAST_YEAR = 9999


@frozen
class Shown:
    """A field that may be shown: `path` is where its value stands, `currency` where its unit."""

    name: str
    label: str
    kind: str
    path: str
    choices: Mapping[str, str]
    currency: str | None
    maximum: Any

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,) if self.currency is None else (self.path, self.currency)

    def value(self, row: Mapping[str, Any], company_currency: str) -> Any:
        """What stands on paper, None for nothing; `row` holds values by path as lists give them."""
        raw = row.get(self.path)
        if raw is None or raw == "":
            return None
        match self.kind:
            case "money":
                code = row.get(self.currency) if self.currency else None
                return Money(Decimal(str(raw)), code or company_currency)
            case "decimal":
                return Decimal(str(raw))
            case "percent":
                return f"{Decimal(str(raw)).normalize():f} %"
            case "integer":
                # A year is no quantity: 1998, not 1,998.
                return str(raw) if self.maximum == LAST_YEAR else Decimal(raw)
            case "boolean":
                return YES if raw else NO
            case "date":
                return date.fromisoformat(raw) if isinstance(raw, str) else raw
            case "datetime":
                return datetime.fromisoformat(raw) if isinstance(raw, str) else raw
            case _:
                return self.choices.get(raw, str(raw))


class Fields:
    """The fields of an entity that whoever prints may read; `shared` leaves out masked ones."""

    def __init__(self, ctx: Any, entity: type[Entity], *, shared: bool = False) -> None:
        self.site, self.entity, self.shared = ctx.site, entity, shared
        self.name = entity.__tenon__.name
        self.sides = {
            cls.__tenon__.table: cls for cls in self.site.registry.extensions_of(self.name)
        }
        self._paths = paths_of(self.site, ctx.guardian, entity)

    def find(self, name: str) -> Shown | None:
        """None for a field that there is not, that may not be read, or that says nothing."""
        path = self._path(name)
        if path is None or path.kind in UNSAID:
            return None
        if path.info is not None and self.shared and path.info.read is not None:
            return None
        if path.kind == "reference":
            titled = self._path(name + TITLE)
            return None if titled is None else self._shown(name, titled, path)
        return self._shown(name, path, path)

    def all(self, names: Iterable[str]) -> list[Shown]:
        return [found for name in names if (found := self.find(name)) is not None]

    def own(self) -> Iterator[str]:
        return iter(fields_of(self.entity))

    def of_side(self, table: str) -> list[str]:
        fields = fields_of(self.sides[table]).items()
        return [f"{table}.{name}" for name, info in fields if not info.system]

    def custom(self) -> list[str]:
        return [f"custom.{key}" for key in self.site.custom_fields(self.name)]

    def _path(self, name: str) -> Path | None:
        try:
            return self._paths.resolve(name, "fields")
        except (Invalid, Forbidden):
            return None

    def _shown(self, name: str, shown: Path, path: Path) -> Shown:
        info = path.info
        currency = info.currency if info is not None and info.kind == "money" else None
        if currency is not None and ("." in name or self._path(currency) is None):
            currency = None
        return Shown(
            name=name,
            label=self._label(name, path),
            kind=path.kind,
            path=shown.name,
            choices=self._choices(name, path),
            currency=currency,
            maximum=info.maximum if info is not None else None,
        )

    def _label(self, name: str, path: Path) -> str:
        if path.info is not None:
            return translate(path.info.label)
        labels = self.site.custom_fields(self.name)[name.partition(".")[2]].labels
        return str(labels.get(current_locale()) or next(iter(labels.values()), name))

    def _choices(self, name: str, path: Path) -> dict[str, str]:
        """Code -> what it is called on this site."""
        head, _dot, rest = name.partition(".")
        if head == "custom" and path.info is None:
            return _custom_choices(self.site.custom_fields(self.name)[rest].choices)
        entity = self.sides[head].__tenon__.name if rest else self.name
        flow = self.site.registry.workflows.get(entity) if (rest or name) == "state" else None
        texts: Mapping[str, str] = (path.info.choices if path.info is not None else None) or {}
        if flow is not None:
            texts = {state.key: state.label for state in flow.states}
        if (rest or name) == "substate":
            return self._substates(entity)
        own = self.site.labels().of(entity, rest or name)
        return {
            code: (own[code].text() if code in own else None) or translate(text)
            for code, text in texts.items()
        }

    def _substates(self, entity: str) -> dict[str, str]:
        """Sub-states are named below the codes of the state, or of `status` without a workflow."""
        flow = self.site.registry.workflows.get(entity)
        codes = fields_of(self.entity).get("status") if flow is None else None
        known = (
            [state.key for state in flow.states]
            if flow is not None
            else list((codes.choices if codes is not None else None) or ())
        )
        book, field_name = self.site.labels(), "status" if flow is None else "state"
        below = (n for code in known for n in book.substates(entity, field_name, code))
        return {naming.substate: naming.text() or naming.substate for naming in below}


def _custom_choices(choices: Mapping[str, Any] | None) -> dict[str, str]:
    found = {}
    for code, texts in (choices or {}).items():
        named = texts if isinstance(texts, Mapping) else {}
        found[code] = str(named.get(current_locale()) or next(iter(named.values()), code))
    return found


def paths_to(shown: Sequence[Shown]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for each in shown for path in each.paths))
