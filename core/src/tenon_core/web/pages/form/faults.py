"""Errors of saving, put to the inputs that they belong to and into the summary above the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tenon_core.web.pages.form.draft import Draft, Fault
from tenon_core.web.pages.form.inputs import Input
from tenon_sdk.errors import Invalid, Refused, TenonError
from tenon_sdk.text import Text, translate


def blame(draft: Draft, error: TenonError) -> None:
    """Every message stands in the summary; those of a field that is on the form below it, too."""
    if isinstance(error, Invalid):
        _fields(draft, error.fields)
        places = {made.id: place for place, made in enumerate(_all(draft))}
        draft.faults.sort(key=lambda fault: places.get(fault.to, len(places)))
        if not draft.faults:
            draft.faults.append(Fault(text=translate(error.message)))
        return
    if not isinstance(error, Refused):
        draft.faults.append(Fault(text=translate(error.message)))
        return
    for refusal in error.refusals:
        if refusal.field is not None:
            _fields(draft, {refusal.field: (refusal.message,)})
        else:
            draft.faults.append(Fault(text=translate(refusal.message)))


def _fields(draft: Draft, fields: Mapping[str, Sequence[Text]]) -> None:
    inputs = {made.name: made for made in _all(draft)}
    for name, texts in fields.items():
        messages = [translate(text) for text in texts]
        made = inputs.get(name)
        if made is None:
            label = _label(draft, name)
            draft.faults += [Fault(text=text, label=label) for text in messages]
            continue
        made.errors += messages
        draft.faults += [Fault(text=text, label=made.label, to=made.id) for text in messages]


def _label(draft: Draft, name: str) -> str:
    shown = draft.fields.find(name) if name and ":" not in name else None
    return shown.label if shown is not None else ""


def _all(draft: Draft) -> Iterable[Input]:
    for _shown, made in draft.each():
        yield made
    for table in draft.lines:
        for row in table.rows:
            yield from row.inputs
