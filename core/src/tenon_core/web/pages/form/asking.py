"""Forms of attrs classes: what a transition, an action or a setting asks for."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs

from tenon_core.web.pages.calls import Form
from tenon_core.web.pages.form.inputs import Input, aim_at
from tenon_core.web.pages.form.texts import CHECKED, from_text, to_text
from tenon_core.web.pages.form.values import titles
from tenon_sdk.inputs import asked_of
from tenon_sdk.text import Text, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

_KINDS: Mapping[Any, str] = {
    str: "text",
    int: "integer",
    float: "decimal",
    Decimal: "decimal",
    bool: "boolean",
    date: "date",
    datetime: "datetime",
    UUID: "reference",
}
_CONTROLS: Mapping[str, Any] = {
    "integer": "number",
    "decimal": "number",
    "money": "number",
    "boolean": "check",
    "date": "date",
    "datetime": "datetime",
    "long_text": "long",
    "json": "json",
}
_MANY: tuple[Any, ...] = (Sequence, Collection, list, tuple, set, frozenset)


class Questions:
    """The inputs of an attrs class; `take` and `data` read them back for `structure`.

    Strings, numbers, dates, yes or no, codes of a `Literal` or `Enum` and references have inputs
    of their own, a sequence of texts is entered one a line; anything else is entered as JSON.
    """

    def __init__(
        self, call: PageCall, cls: type[Any], given: Mapping[str, Any] | None = None
    ) -> None:
        self.call, self.cls = call, cls
        attrs.resolve_types(cls)
        self.inputs = [self._input(attribute) for attribute in attrs.fields(cls) if attribute.init]
        for made in self.inputs:
            if given is not None and made.name in given:
                made.text = self._text(made, given[made.name])

    @property
    def zone(self) -> Any:
        return self.call.guardian.access.actor.zone

    def _input(self, attribute: attrs.Attribute[Any]) -> Input:
        how = asked_of(attribute)
        inner, optional = _plain(attribute.type)
        has_default = attribute.default is not attrs.NOTHING
        made = Input(
            name=attribute.name,
            label=translate(how.label),
            kind="text",
            help=translate(how.help) if how.help is not None else "",
            required=not (optional or has_default),
        )
        self._shape(made, inner, long=how.long, money=how.money)
        if how.choices and made.control == "text":
            made.control, made.options = (
                "select",
                [(c, translate(t), "") for c, t in how.choices.items()],
            )
        elif how.choices:
            named = {c: translate(t) for c, t in how.choices.items()}
            made.options = [(c, named.get(c, text), group) for c, text, group in made.options]
        if made.kind == "reference":
            if how.entity is not None and how.entity in self.call.site.registry.entities:
                aim_at(self.call, made, how.entity)
            else:
                made.kind = "text"
        if has_default and not isinstance(attribute.default, attrs.Factory):  # type: ignore[arg-type]
            made.text = self._text(made, attribute.default)
        return made

    def _shape(self, made: Input, inner: Any, *, long: bool, money: bool) -> None:
        origin = typing.get_origin(inner)
        if origin is typing.Literal:
            made.control = "select"
            made.options = [(str(code), _words(str(code)), "") for code in typing.get_args(inner)]
            return
        if isinstance(inner, type) and issubclass(inner, Enum):
            made.control = "select"
            made.options = [(str(m.value), _words(str(m.value)), "") for m in inner]
            return
        if origin in _MANY or inner in _MANY:
            args = [a for a in typing.get_args(inner) if a is not Ellipsis]
            made.multiple = True
            made.kind = _KINDS.get(args[0] if args else str, "json")
            if made.kind == "json":
                made.multiple = False
            made.full = True
            made.control = "json" if made.kind == "json" else "long"
            return
        made.kind = _KINDS.get(inner, "json")
        if made.kind == "text" and long:
            made.kind = "long_text"
        if made.kind == "decimal" and money:
            made.kind = "money"
        made.control = _CONTROLS.get(made.kind, "text")
        made.full = made.kind in {"long_text", "json"}
        made.whole = made.kind == "integer"

    def _text(self, made: Input, value: Any) -> str:
        if isinstance(value, Enum):
            value = value.value
        if made.multiple and value is not None:
            return "\n".join(str(one) for one in value)
        if made.kind == "json":
            plain = attrs.asdict(value) if attrs.has(type(value)) else value
            return json.dumps(plain, ensure_ascii=False, indent=2, default=str) if plain else ""
        return to_text(made.kind, value, self.zone)

    def take(self, form: Form, prefix: str = "") -> None:
        for made in self.inputs:
            name = prefix + made.name
            if made.control == "check":
                made.text = CHECKED if name in form else ""
            elif made.multiple:
                made.text = "\n".join(form.all(name))
            else:
                made.text = form.get(name)[:100_000]

    def data(self) -> dict[str, Any]:
        """What was filled in, as `structure` takes it; blank ones are left to their defaults."""
        found: dict[str, Any] = {}
        for made in self.inputs:
            if made.multiple:
                parts = [part.strip() for part in made.text.split("\n") if part.strip()]
                if parts:
                    kind = made.kind
                    found[made.name] = [from_text(kind, part, self.zone) for part in parts]
                continue
            value = from_text(made.kind, made.text, self.zone, whole=made.whole)
            if value is not None:
                found[made.name] = value
        return found

    def name_references(self, ctx: Any) -> None:
        for made in self.inputs:
            if made.control == "lookup" and made.text and not made.multiple:
                made.shown = titles(ctx, made.target, [made.text]).get(made.text, "…")

    def blame(self, fields: Mapping[str, Sequence[Text]], prefix: str = "") -> list[str]:
        """Puts messages to their inputs; returns those that belong to none."""
        by_name = {prefix + made.name: made for made in self.inputs}
        rest: list[str] = []
        for name, texts in fields.items():
            made = by_name.get(name) or by_name.get(name.partition(".")[0])
            messages = [translate(text) for text in texts]
            if made is None:
                rest += messages
            else:
                made.errors += messages
        return rest


def _plain(type_: Any) -> tuple[Any, bool]:
    """`int`, True for `int | None`."""
    if typing.get_origin(type_) in {typing.Union, types.UnionType}:
        args = [a for a in typing.get_args(type_) if a is not type(None)]
        return (args[0] if len(args) == 1 else Any), type(None) in typing.get_args(type_)
    return type_, False


def _words(code: str) -> str:
    return code.replace("_", " ").capitalize()
