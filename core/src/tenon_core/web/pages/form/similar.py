"""Who is there already: the warning while a customer or a contact is being entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenon_core.customers.compared import COMPARED
from tenon_core.customers.finding import Candidate, similar
from tenon_core.customers.similar import Similar
from tenon_core.web.pages.calls import Form

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

# Entering one of these makes the form ask again.
ASKING = ("name", "short_name", "mobile", "phone", "email")
SHORTEST, MOST = 2, 5


def compares(entity: str) -> bool:
    return entity in COMPARED


def find_similar(call: PageCall, form: Form) -> list[Similar]:
    """Stored records like the one in the form, best first; none before there is a name."""
    entity = call.target.__tenon__.name
    name = form.get("name").strip()
    if len(name) < SHORTEST or not compares(entity):
        return []
    given = Candidate(
        entity=entity,
        name=name[:200],
        other_names=_given(form, "short_name"),
        phones=_given(form, "mobile", "phone"),
        emails=_given(form, "email"),
    )
    with call.reading() as ctx:
        return similar(ctx, given)[:MOST]


def _given(form: Form, *names: str) -> tuple[str, ...]:
    return tuple(text[:254] for name in names if (text := form.get(name).strip()))
