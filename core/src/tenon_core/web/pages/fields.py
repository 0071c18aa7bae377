"""Fields as pages know them: what they are called, how their values are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen
from markupsafe import Markup, escape

from tenon_core.storage.lists.paths import TITLE, Path, Paths, paths_of
from tenon_core.web.pages.formats import Formats
from tenon_core.web.pages.looks import avatar, tag, tone_class
from tenon_core.web.pages.texts import NO, YES
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Forbidden, Invalid
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import Text, current_locale, translate
from tenon_sdk.views import Layout

if TYPE_CHECKING:
    from tenon_core.storage.labels import LabelBook
    from tenon_core.web.pages.calls import PageCall

NUMERIC = frozenset({"integer", "decimal", "money", "percent"})
Row = Sequence[Any]
Cell = Callable[[Row], str]
NOTHING = '<span class="tn-none">–</span>'
LONGEST = 140
LAST_YEAR = 9999


@frozen
class Shown:
    """A field of an entity, of an extension (`<table>.<name>`), or `custom.<key>`.

    `title` is the path of a reference's title, if the reader may be told it.
    """

    name: str
    label: str
    kind: str
    info: FieldInfo | None
    entity: str
    field: str
    choices: Mapping[str, str]
    tones: Mapping[str, str]
    title: str | None = None
    currency: str | None = None

    @property
    def numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def needs(self) -> tuple[str, ...]:
        """The paths that a cell of this field reads."""
        return tuple(name for name in (self.name, self.title, self.currency) if name)


class Fields:
    """What one person sees of the fields of an entity; unknown and hidden ones are left out."""

    def __init__(self, call: PageCall, entity: type[Entity]) -> None:
        self.call, self.entity = call, entity
        self.site = call.site
        self.name = entity.__tenon__.name
        self.layout: Layout = self.site.registry.layouts.get(self.name) or Layout(entity=self.name)
        self.labels: LabelBook = self.site.labels()
        self._paths: Paths = paths_of(self.site, call.guardian, entity)
        self._known: dict[str, Shown | None] = {}

    def find(self, name: str) -> Shown | None:
        """None for a field that there is not, or that the person may not read."""
        if name not in self._known:
            try:
                self._known[name] = self._shown(name, self._paths.resolve(name, "fields"))
            except (Invalid, Forbidden):
                self._known[name] = None
        return self._known[name]

    def all(self, names: Sequence[str]) -> list[Shown]:
        return [found for name in names if (found := self.find(name)) is not None]

    def every(self) -> Iterator[Shown]:
        """All that may be shown: own fields, those of extensions, custom ones."""
        for name in fields_of(self.entity):
            yield from self.all([name])
        for cls in self.site.registry.extensions_of(self.name):
            yield from self.all([f"{cls.__tenon__.table}.{n}" for n in fields_of(cls)])
        yield from self.all([f"custom.{key}" for key in self.site.custom_fields(self.name)])

    def columns(self) -> list[Shown]:
        """The columns of a list before anybody chooses others, without the title itself."""
        title = self.entity.__tenon__.title
        if self.layout.columns:
            return [c for c in self.all(self.layout.columns) if c.name != title]
        skipped = {title, self.entity.__tenon__.subtitle, "created_by", "updated_by", "created_at"}
        plain = (
            found
            for found in self.every()
            if found.name not in skipped
            and found.kind not in {"json", "long_text", "id", "any_reference"}
            and not (found.info and found.info.bulky)
        )
        return [found for _i, found in zip(range(7), plain, strict=False)]

    def _shown(self, name: str, path: Path) -> Shown:
        entity, field = self.name, name
        head, _dot, rest = name.partition(".")
        if head == "custom" and rest:
            return self._custom(name, rest)
        if rest:
            side = next(
                cls
                for cls in self.site.registry.extensions_of(self.name)
                if cls.__tenon__.table == head
            )
            entity, field = side.__tenon__.name, rest
        info = path.info
        return Shown(
            name=name,
            label=translate(info.label) if info is not None else name,
            kind="state" if self._is_state(entity, field) else path.kind,
            info=info,
            entity=entity,
            field=field,
            choices=self.choices(entity, field, info),
            tones=self.tones(entity, field),
            title=self._title(name),
            currency=self._currency(entity, info),
        )

    def _custom(self, name: str, key: str) -> Shown:
        definition = self.site.custom_fields(self.name)[key]
        labels = definition.labels
        choices = {code: _named(texts, code) for code, texts in (definition.choices or {}).items()}
        return Shown(
            name=name,
            label=labels.get(current_locale()) or next(iter(labels.values()), key),
            kind=definition.kind,
            info=None,
            entity=self.name,
            field=name,
            choices=choices,
            tones={},
        )

    def _is_state(self, entity: str, field: str) -> bool:
        return field == "state" and self.site.registry.workflows.get(entity) is not None

    def choices(self, entity: str, field: str, info: FieldInfo | None) -> dict[str, str]:
        """Code -> what it is called here, in the language of the moment."""
        flow = self.site.registry.workflows.get(entity) if field == "state" else None
        texts: Mapping[str, Text]
        if flow is not None:
            texts = {state.key: state.label for state in flow.states}
        else:
            texts = (info.choices if info is not None else None) or {}
        own = self.labels.of(entity, field)
        return {
            code: (own[code].text() if code in own else None) or translate(text)
            for code, text in texts.items()
        }

    def tones(self, entity: str, field: str) -> dict[str, str]:
        layout = self.site.registry.layouts.get(entity)
        tones: dict[str, str] = dict((layout.tones if layout else {}).get(field, {}))
        for code, naming in self.labels.of(entity, field).items():
            if naming.colour:
                tones[code] = naming.colour
        return tones

    def _title(self, name: str) -> str | None:
        try:
            self._paths.resolve(name + TITLE, "fields")
        except (Invalid, Forbidden):
            return None
        return name + TITLE

    def _currency(self, entity: str, info: FieldInfo | None) -> str | None:
        if info is None or info.kind != "money" or info.currency is None or entity != self.name:
            return None
        return info.currency if self.readable(info.currency) else None

    def readable(self, name: str) -> bool:
        try:
            self._paths.resolve(name, "fields")
        except (Invalid, Forbidden):
            return False
        return True


def _named(texts: Any, code: str) -> str:
    if isinstance(texts, Mapping):
        return str(texts.get(current_locale()) or next(iter(texts.values()), code))
    return str(texts or code)


def cell(shown: Shown, index: Mapping[str, int], fmt: Formats) -> Cell:
    """A function that writes this field of a row as HTML; `index` says where its values stand.

    Made once for a page and called for each row: a macro a cell costs several times as much.
    """
    at = index[shown.name]
    kind = shown.kind
    if kind in {"choice", "state"}:
        return _choice(shown, at)
    if kind == "reference":
        return _reference(shown, at, index.get(shown.title or ""))
    if kind == "money":
        return _money(fmt, at, index.get(shown.currency or ""))
    write = _PLAIN.get(kind, _text)
    if kind == "integer" and shown.info is not None and shown.info.maximum == LAST_YEAR:
        write = _text  # a year is no quantity: 1998, not 1,998

    def written(row: Row) -> str:
        value = row[at]
        return NOTHING if value is None or value == "" else write(value, fmt)

    return written


def _choice(shown: Shown, at: int) -> Cell:
    # Codes are few: their tags are drawn once.
    drawn = {
        code: str(tag(text, tone_class(code, shown.tones)))
        if shown.tones or shown.kind == "state"
        else str(escape(text))
        for code, text in shown.choices.items()
    }

    def written(row: Row) -> str:
        value = row[at]
        if value is None or value == "":
            return NOTHING
        return drawn.get(value) or str(escape(value))

    return written


def _reference(shown: Shown, at: int, title: int | None) -> Cell:
    target = shown.info.target if shown.info is not None else None
    if target is None:
        return lambda row: str(escape(row[at] or ""))
    base = "/" + target.replace(".", "/")
    person = target == "core.user"

    def written(row: Row) -> str:
        id_ = row[at]
        if id_ is None:
            return NOTHING
        text = (row[title] if title is not None else None) or "…"
        shown_text = escape(text)
        if person:
            face = avatar(str(text), "tn-avatar-sm")
            return f'<span class="tn-person">{face}<span>{shown_text}</span></span>'
        return f'<a href="{base}/{id_}">{shown_text}</a>'

    return written


def _money(fmt: Formats, at: int, currency: int | None) -> Cell:
    def written(row: Row) -> str:
        value = row[at]
        if value is None:
            return NOTHING
        code = row[currency] if currency is not None else None
        return str(escape(fmt.money(value, code)))

    return written


def _text(value: Any, _fmt: Formats) -> str:
    text = str(value)
    if len(text) > LONGEST:
        return f'<span title="{escape(text[:2000])}">{escape(text[:LONGEST])}…</span>'
    return str(escape(text))


def _boolean(value: Any, _fmt: Formats) -> str:
    return str(escape(translate(YES if value else NO)))


def _link(scheme: str) -> Callable[[Any, Formats], str]:
    def write(value: Any, _fmt: Formats) -> str:
        text = str(value)
        target = "".join(text.split()) if scheme == "tel:" else text
        return f'<a href="{scheme}{escape(target)}">{escape(text)}</a>'

    return write


def _url(value: Any, _fmt: Formats) -> str:
    text = str(value)
    if not text.startswith(("https://", "http://")):
        return str(escape(text))
    shown = text.partition("://")[2].rstrip("/")
    return f'<a href="{escape(text)}" rel="noopener noreferrer" target="_blank">{escape(shown)}</a>'


def _when(value: Any, fmt: Formats) -> str:
    return (
        f'<time datetime="{escape(str(value))}" title="{escape(fmt.datetime(value))}">'
        f"{escape(fmt.datetime(value))}</time>"
    )


def _day(value: Any, fmt: Formats) -> str:
    return str(escape(fmt.date(value)))


def _json(value: Any, _fmt: Formats) -> str:
    if isinstance(value, Mapping):
        return str(escape(", ".join(f"{k}: {v}" for k, v in value.items())))[:LONGEST]
    if isinstance(value, (list, tuple)):
        return str(escape(", ".join(str(v) for v in value)))[:LONGEST]
    return str(escape(value))


_PLAIN: Mapping[str, Callable[[Any, Formats], str]] = {
    "email": _link("mailto:"),
    "phone": _link("tel:"),
    "url": _url,
    "integer": lambda value, fmt: str(escape(fmt.number(value))),
    "decimal": lambda value, fmt: str(escape(fmt.number(value))),
    "percent": lambda value, fmt: str(escape(fmt.number(value))) + " %",
    "boolean": _boolean,
    "date": _day,
    "datetime": _when,
    "json": _json,
}


def value_html(shown: Shown, values: Mapping[str, Any], fmt: Formats) -> Markup:
    """One value of a record as HTML."""
    row = [values.get(name) for name in shown.needs]
    index = {name: i for i, name in enumerate(shown.needs)}
    return Markup(cell(shown, index, fmt)(row))  # noqa: S704 (cells escape what they are given)
