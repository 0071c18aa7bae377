"""Settings of core: `[plugins.core]` in tenon.toml."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from attrs import field, frozen
from attrs.validators import deep_iterable, ge

from tenon_core.settings.duplicates import Settings as DuplicateSettings
from tenon_core.settings.papers import PaperSettings
from tenon_core.settings.strength import StrengthSettings


def _network(_settings: Any, _attribute: Any, value: str) -> None:
    ip_network(value)


@frozen(kw_only=True)
class CoreSettings:
    """How core behaves on this site.

    session_hours        a log-in that is not used ends after this time
    max_page             most rows that one list request may ask for
    password_min_length  fewest characters of a password
    notify_urls          channels of notifications by name, each an Apprise address in which
                         {email}, {phone}, {login} and {address} stand for the person's own
    notify_default       channels for people who have not chosen any
    webhook_networks     networks of private addresses that webhooks may call, such as 10.1.0.0/16
    webhook_timeout      seconds that one attempt of a webhook may take
    webhook_attempts     attempts to deliver one event, 30 s apart at first, doubled each time
    webhook_pause_after  failed attempts in a row after which a webhook is paused
    delivery_days        the delivery log is kept for so long
    max_body             most bytes of a request's body
    max_batch_body       most bytes of the body of a batch
    max_batch            most operations of a batch
    strength             constants of the strength of relationships, see customers/strength.py
    duplicates           thresholds and weights of duplicate detection, see
                         customers/duplicates/model.py
    refuse_duplicates    refuses an account or contact that is certainly there already; else the
                         pair is put on the duplicates desk
    trusted_proxies      networks of the proxies whose X-Forwarded-For and -Proto are believed
    papers               letterhead, sheet and fonts of documents for paper
    """

    session_hours: int = field(default=12, validator=ge(1))
    max_page: int = field(default=500, validator=ge(1))
    password_min_length: int = field(default=10, validator=ge(8))
    notify_urls: Mapping[str, str] = field(factory=dict, repr=False)
    notify_default: tuple[str, ...] = ("email",)
    webhook_networks: tuple[str, ...] = field(default=(), validator=deep_iterable(_network))
    webhook_timeout: int = field(default=10, validator=ge(1))
    webhook_attempts: int = field(default=10, validator=ge(1))
    webhook_pause_after: int = field(default=50, validator=ge(1))
    delivery_days: int = field(default=90, validator=ge(1))
    max_body: int = field(default=1024 * 1024, validator=ge(1024))
    max_batch_body: int = field(default=16 * 1024 * 1024, validator=ge(1024))
    max_batch: int = field(default=10_000, validator=ge(1))
    strength: StrengthSettings = field(factory=StrengthSettings)
    duplicates: DuplicateSettings = field(factory=DuplicateSettings)
    refuse_duplicates: bool = False
    trusted_proxies: tuple[str, ...] = field(default=(), validator=deep_iterable(_network))
    papers: PaperSettings = field(factory=PaperSettings)
