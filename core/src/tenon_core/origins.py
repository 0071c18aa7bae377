"""Where work came from, as the audit tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import frozen


@frozen(kw_only=True)
class Origin:
    """Where work came from.

    kind        `api`, `page`, `cli`, `import` (in the background), `system`
    ip          network address of a request
    request_id  id of a request
    operator    who sat at the command line, by her name in the operating system
    acting      log-in name of who is logged in as the actor
    """

    kind: str = "system"
    ip: str | None = None
    request_id: str | None = None
    operator: str | None = None
    acting: str | None = None

    def told(self, reason: str | None) -> str | None:
        """A reason with the operator: the audit's actor is the system, or whoever was named."""
        if self.acting is not None:
            by = f"done by {self.acting}, logged in as this user"
        elif self.operator is not None:
            by = f"operating system user {self.operator}"
        else:
            return reason
        return f"{reason}; {by}" if reason else by


_HERE: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """What is begun in this block, and names no origin of its own, came from `origin`."""
    token = _HERE.set(origin)
    try:
        yield
    finally:
        _HERE.reset(token)


def origin_here(kind: str = "system") -> Origin:
    """The origin of the block that runs; `kind` where none was named."""
    return _HERE.get() or Origin(kind=kind)
