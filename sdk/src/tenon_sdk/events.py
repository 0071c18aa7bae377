"""Events: facts that happened, stored with the transaction that made them true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from attrs import field, frozen

from tenon_sdk.text import Text, _

if TYPE_CHECKING:
    from tenon_sdk.context import Context

E = TypeVar("E", bound="Event")
_events: dict[str, type[Event]] = {}


@frozen
class Subject:
    """A record that a fact, a comment or a document is about."""

    entity: str
    id: UUID


class Event:
    """Base of facts; a subclass is attrs-frozen and holds values and ids, never mapped objects.

        @frozen(kw_only=True)
        class ProjectWon(Event, name="sales.project.won", label=_("Project won"),
                         subjects={"project_id": "sales.project", "account_id": "core.account"}):
            project_id: UUID
            account_id: UUID
            amount: Decimal

    `subjects` says which fields name the records whose timeline shows the fact; a field may hold
    one id, None, or a sequence of ids. A field named like a masked field of a subject, or declared
    with `field(metadata={"read": permission})`, is shown and sent only to who may read it.
    Adding an optional field keeps `schema`; anything else raises it. `webhook=False` keeps a fact
    inside; `stored=False` is for what the audit holds already: such a fact reaches handlers in
    the transaction and nobody else.
    """

    name: ClassVar[str] = ""
    label: ClassVar[Text] = Text("")
    schema: ClassVar[int] = 1
    icon: ClassVar[str] = "point"
    subject_fields: ClassVar[Mapping[str, str]] = {}
    webhook: ClassVar[bool] = True
    stored: ClassVar[bool] = True

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        label: Text | None = None,
        subjects: Mapping[str, str] | None = None,
        schema: int = 1,
        icon: str = "point",
        webhook: bool = True,
        stored: bool = True,
    ) -> None:
        super().__init_subclass__()
        if name is None:  # attrs makes a second class for its slots, without the keywords
            if cls.name:
                _events[cls.name] = cls
            return
        known = _events.get(name)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"event {name} is declared by {known.__module__} already")
        cls.name, cls.label, cls.schema, cls.icon = name, label or Text(name), schema, icon
        cls.subject_fields, cls.webhook, cls.stored = dict(subjects or {}), webhook, stored
        _events[name] = cls

    def subjects(self) -> list[Subject]:
        """The records this fact is about, each once, in the order of the declaration."""
        found: dict[Subject, None] = {}
        for attribute, entity in self.subject_fields.items():
            value: Any = getattr(self, attribute)
            ids = value if isinstance(value, (list, tuple, frozenset, set)) else (value,)
            found.update((Subject(entity, id_), None) for id_ in ids if id_ is not None)
        return list(found)


def event_named(name: str) -> type[Event]:
    """The class of a declared event. Raises KeyError when no imported module declares it."""
    return _events[name]


@frozen
class Handler(Generic[E]):
    """A subscription. In the transaction it may refuse; durable it runs after commit."""

    event: type[E]
    run: Callable[[Context, E], None]
    durable: bool = False

    @property
    def key(self) -> str:
        return f"{self.run.__module__}.{self.run.__qualname__}"

    def __call__(self, ctx: Context, event: E) -> None:
        self.run(ctx, event)


def on(
    event: type[E], *, durable: bool = False
) -> Callable[[Callable[[Context, E], None]], Handler[E]]:
    """Subscribes a function to a fact.

    Without `durable` it runs inside the publisher's transaction and may raise Refused to undo
    it. With `durable` it runs after commit as a job of its own, at least once: write it so that a
    second run changes nothing.
    """
    if durable and not event.stored:
        raise TypeError(f"{event.name} is not stored, so it has no durable handlers")

    def subscribe(run: Callable[[Context, E], None]) -> Handler[E]:
        return Handler(event, run, durable)

    return subscribe


@frozen(kw_only=True)
class RecordsSaved(Event, name="core.records.saved", stored=False, webhook=False):
    """Records of one entity were written; once for each flush, however many they are.

    `fields` are the columns that changed in any of them; `lost` are the values of deleted
    records by id, as far as they were loaded (a delete statement loads none).
    """

    entity: str
    created: tuple[UUID, ...] = ()
    changed: tuple[UUID, ...] = ()
    deleted: tuple[UUID, ...] = ()
    fields: frozenset[str] = frozenset()
    lost: Mapping[UUID, Mapping[str, Any]] = field(factory=dict)


@frozen(kw_only=True)
class RecordMoved(Event, name="core.record.moved", label=_("Status changed"), icon="arrow-right"):
    """A record made a move of its workflow."""

    entity: str
    record_id: UUID
    transition: str
    source: str
    target: str

    def subjects(self) -> list[Subject]:
        return [Subject(self.entity, self.record_id)]
