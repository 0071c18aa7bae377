"""Background work that survives a crash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import ge, optional

from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context


@frozen
class Every:
    """Runs again and again, `minutes` apart, counted from midnight of the site's time zone."""

    minutes: int = field(validator=ge(1))


@frozen
class Cron:
    """Runs by a five-field cron expression in the site's time zone."""

    expression: str


@frozen(kw_only=True)
class Job:
    """A piece of background work, run as the system in a transaction of its own.

    name      `<plugin>.<verb_noun>`
    run       gets a system context and JSON arguments, may return a JSON result
    schedule  when it starts by itself; one run per tick however many machines there are
    retries   further attempts after a failure, `backoff` seconds apart, doubled each time
    timeout   seconds after which one attempt counts as failed, None for no limit
    """

    name: str
    title: Text
    run: Callable[[Context, Mapping[str, Any]], Any]
    schedule: Every | Cron | None = None
    retries: int = field(default=3, validator=ge(0))
    backoff: float = field(default=5.0, validator=ge(0.0))
    timeout: float | None = field(default=None, validator=optional(ge(1.0)))
