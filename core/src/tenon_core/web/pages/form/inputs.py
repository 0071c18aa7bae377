"""The inputs of a form: one for each field, with all that drawing it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field

from tenon_core.storage.validation import currencies
from tenon_core.web.api.shapes import Slot
from tenon_core.web.pages.fields import Fields, Shown
from tenon_core.web.pages.form.texts import NUMBERS
from tenon_core.web.pages.texts import NO, YES
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Control = Literal[
    "text", "long", "number", "select", "check", "date", "datetime", "lookup", "json", "hidden",
    "currency",
]  # fmt: skip
_CONTROLS: Mapping[str, Control] = {
    "long_text": "long",
    "boolean": "check",
    "date": "date",
    "datetime": "datetime",
    "choice": "select",
    "state": "select",
    "reference": "lookup",
    "json": "json",
}
_TYPES = {"email": "email", "phone": "tel", "url": "url"}
USUAL_CURRENCIES = ("CNY", "EUR", "USD", "JPY", "GBP", "CHF", "HKD", "KRW", "INR", "SGD")


@define(kw_only=True)
class Input:
    """One field of a form.

    name      of the value in the posted form; `id` is unique on the page
    text      what it holds, as a person would type it
    options   (code, label, group) of a choice
    source    where a lookup asks; `shown` what the chosen record is called; `create` the address
              of the form for a new one
    suffix    unit or currency behind the input
    fixed     may be seen and not changed
    errors    what is wrong with it
    """

    name: str
    label: str
    kind: str
    control: Control = "text"
    type: str = "text"
    text: str = ""
    help: str = ""
    required: bool = False
    fixed: bool = False
    full: bool = False
    whole: bool = False
    options: Sequence[tuple[str, str, str]] = ()
    source: str = ""
    target: str = ""
    shown: str = ""
    create: str = ""
    suffix: str = ""
    low: str = ""
    high: str = ""
    length: int | None = None
    multiple: bool = False
    errors: list[str] = field(factory=list)

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-").replace(":", "-")

    @property
    def numeric(self) -> bool:
        return self.kind in NUMBERS


class Inputs:
    """Makes the inputs of one entity's fields for one person."""

    def __init__(self, call: PageCall, fields: Fields) -> None:
        self.call, self.fields, self.site = call, fields, call.site
        self.shape = call.api.shape(fields.entity)
        self._fixed: dict[Any, frozenset[str]] = {}

    def slot(self, name: str) -> Slot | None:
        return self.shape.slots.get(name)

    def enters(self, shown: Shown) -> bool:
        """Whether the field is entered by people at all."""
        if shown.name.startswith("custom."):
            return True
        slot = self.slot(shown.name)
        if slot is None or slot.column.info.system or shown.kind in {"state", "id"}:
            return False
        return shown.name != "substate" or bool(self._substates())

    def fixed(self, shown: Shown) -> bool:
        slot = self.slot(shown.name)
        if slot is None:
            return False
        if slot.entity not in self._fixed:
            self._fixed[slot.entity] = self.call.guardian.fields.fixed(slot.entity)
        return slot.name in self._fixed[slot.entity]

    def make(self, shown: Shown, *, prefix: str = "") -> Input:
        """An empty input for a field."""
        slot, info = self.slot(shown.name), shown.info
        found = Input(
            name=prefix + shown.name,
            label=shown.label,
            kind=shown.kind,
            control=self._control(shown),
            type=_TYPES.get(shown.kind, "text"),
            required=self._required(shown, slot),
            fixed=self.fixed(shown),
            full=shown.kind in {"long_text", "json"} or shown.name == self._title,
            whole=slot is not None and slot.read.__name__ == "_integer",
        )
        if info is not None:
            _describe(found, info)
        self._offer(found, shown)
        return found

    @property
    def _title(self) -> str:
        return self.fields.entity.__tenon__.title

    def _control(self, shown: Shown) -> Control:
        if shown.kind in NUMBERS:
            return "number"
        if shown.name == "substate":
            return "select"
        if self._is_currency(shown):
            return "currency"
        return _CONTROLS.get(shown.kind, "text")

    def _required(self, shown: Shown, slot: Slot | None) -> bool:
        if shown.name.startswith("custom."):
            key = shown.name.removeprefix("custom.")
            return self.site.custom_fields(self.fields.name)[key].required
        if slot is None or shown.kind == "boolean":
            return False
        return slot.required or (not slot.column.nullable and shown.kind in {"choice", "reference"})

    def _offer(self, made: Input, shown: Shown) -> None:
        if made.control == "select":
            own = self._substates() if shown.name == "substate" else ()
            made.options = own or [(code, text, "") for code, text in shown.choices.items()]
        elif made.control == "lookup":
            self._refer(made, shown)
        elif made.control == "currency":
            usual = dict.fromkeys((self.site.config.site.currency, *USUAL_CURRENCIES))
            others = sorted(currencies() - set(usual))
            made.options = [(code, code, "") for code in (*usual, *others)]
            made.length = 3
        if shown.kind == "money" and shown.currency is None:
            made.suffix = self.site.config.site.currency
        elif shown.kind == "percent":
            made.suffix = "%"

    def _refer(self, made: Input, shown: Shown) -> None:
        custom = self.site.custom_fields(self.fields.name)
        if shown.info is not None:
            target = shown.info.target
        else:
            target = custom[shown.name.removeprefix("custom.")].target
        if target is None or target not in self.site.registry.entities:
            made.control = "text"
            return
        aim_at(self.call, made, target)

    def _is_currency(self, shown: Shown) -> bool:
        slot = self.slot(shown.name)
        if slot is None or slot.side is not None:
            return False
        slots = self.shape.slots.values()
        return any(s.column.info.currency == shown.name for s in slots if s.side is None)

    def _substates(self) -> list[tuple[str, str, str]]:
        """The sub-states that the site has, below the codes of the status they belong to."""
        status = self.fields.find("state") or self.fields.find("status")
        if status is None:
            return []
        return [
            (naming.substate, naming.text() or naming.substate, text)
            for code, text in status.choices.items()
            for naming in self.fields.labels.substates(self.fields.name, status.name, code)
        ]


def aim_at(call: PageCall, made: Input, target: str) -> None:
    """Makes an input a choice among the records of another entity."""
    made.control, made.target = "lookup", target
    path = target.replace(".", "/")
    made.source = f"/lookup/{path}"
    info = call.site.registry.entity(target).__tenon__
    if call.guardian.access.scope(info.permission("create")) is not None and not info.internal:
        made.create = f"/{path}/new"


def _describe(made: Input, info: FieldInfo) -> None:
    made.help = translate(info.help) if info.help is not None else ""
    made.low = "" if info.minimum is None else str(info.minimum)
    made.high = "" if info.maximum is None else str(info.maximum)
    made.length = info.max_length


def yes_or_no() -> list[tuple[str, str, str]]:
    return [("true", translate(YES), ""), ("false", translate(NO), "")]
