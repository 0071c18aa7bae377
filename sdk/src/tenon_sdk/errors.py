"""What can go wrong in a way that a user is told about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from attrs import field, frozen

from tenon_sdk.text import Text, _, translate


@frozen
class Refusal:
    """Why something is not allowed, for the person who asked for it.

    `code` is stable and for programs, `field` names the input that is to be changed, if any.
    """

    message: Text
    code: str = "refused"
    field: str | None = None


class TenonError(Exception):
    """A mistake or a limit that is explained to the user; never a programming error."""

    code = "error"

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message

    def __str__(self) -> str:
        return translate(self.message)


class Invalid(TenonError):
    """Input that cannot be taken; `fields` maps a field's name to what is wrong with it."""

    code = "invalid"

    def __init__(
        self, fields: Mapping[str, Sequence[Text] | Text], message: Text | None = None
    ) -> None:
        self.fields: dict[str, tuple[Text, ...]] = {
            name: (found,) if isinstance(found, Text) else tuple(found)
            for name, found in fields.items()
        }
        super().__init__(message or _("Some values cannot be accepted."))

    def __str__(self) -> str:
        details = "; ".join(
            f"{name}: {translate(text)}" for name, texts in self.fields.items() for text in texts
        )
        return f"{translate(self.message)} {details}".strip()


class Refused(TenonError):
    """A guard, a rule or the state of the record forbids it; `refusals` say why."""

    code = "refused"

    def __init__(self, *refusals: Refusal | Text) -> None:
        self.refusals = tuple(r if isinstance(r, Refusal) else Refusal(message=r) for r in refusals)
        super().__init__(self.refusals[0].message if self.refusals else _("This is refused."))

    def __str__(self) -> str:
        return " ".join(translate(r.message) for r in self.refusals)


class Forbidden(TenonError):
    """The person lacks the permission, or the permission does not reach this record."""

    code = "forbidden"

    def __init__(self, permission: str, message: Text | None = None) -> None:
        self.permission = permission
        super().__init__(
            message or _("You lack the permission “{permission}”.", permission=permission)
        )


class NotFound(TenonError):
    """No such record, or none that this person may know of: both look the same."""

    code = "not_found"

    def __init__(self, entity: str, key: UUID | str | None = None) -> None:
        self.entity, self.key = entity, key
        super().__init__(_("There is no such record, or you may not see it."))


class Stale(TenonError):
    """Somebody else changed the record meanwhile; `version` is the one stored now, if known."""

    code = "stale"

    def __init__(self, entity: str, key: UUID | None = None, version: int | None = None) -> None:
        self.entity, self.key, self.version = entity, key, version
        super().__init__(
            _("The record was changed by somebody else meanwhile. Load it again and repeat.")
        )


class Duplicate(Invalid):
    """A value that must be unique is there already; `fields` names it."""

    code = "duplicate"


@frozen
class Blocker:
    """What keeps a plugin from being disabled: open work, with how much of it."""

    message: Text
    count: int = field(default=0)
