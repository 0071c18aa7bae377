"""People at customers: contacts, where they work and worked, how they are reached."""

import re
import unicodedata
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship, validates

from tenon_sdk.entities import (
    Archived,
    Commented,
    Documented,
    Entity,
    Owned,
    Tagged,
    choice,
    field,
    reference,
)
from tenon_sdk.text import _

SALUTATIONS = (("mr", _("Mr")), ("ms", _("Ms")), ("none", _("None")))
BUYING_ROLES = (
    ("decider", _("Decides")),
    ("approver", _("Approves")),
    ("influencer", _("Influences")),
    ("technical", _("Judges the technology")),
    ("user", _("Uses")),
    ("buyer", _("Buys")),
    ("gatekeeper", _("Opens doors")),
    ("coach", _("Supports us")),
)
CHANNEL_KINDS = (
    ("mobile", _("Mobile phone")),
    ("phone", _("Phone")),
    ("fax", _("Fax")),
    ("email", _("E-mail")),
    ("wechat", _("WeChat")),
    ("wecom", _("WeCom")),
    ("dingtalk", _("DingTalk")),
    ("other", _("Other")),
)


class Contact(
    Owned,
    Archived,
    Documented,
    Commented,
    Tagged,
    Entity,
    name="core.contact",
    label=_("Contact"),
    plural=_("Contacts"),
    title="name",
    subtitle="mobile",
    icon="address-book",
    seen_with=("core.contact_account.account_id",),
):
    """A person at customers (联系人).

    The main mobile, phone, e-mail and WeChat stand here, where lists, search and import find
    them; further ones are channels. Which accounts she belongs or belonged to is in
    `core.contact_account`; whoever sees one of these sees her.
    """

    name: Mapped[str] = field(String(120), label=_("Name"), search=True)
    salutation: Mapped[str | None] = choice(SALUTATIONS, label=_("Salutation"))
    mobile: Mapped[str | None] = field(
        String(60), label=_("Mobile phone"), kind="phone", search=True
    )
    phone: Mapped[str | None] = field(String(60), label=_("Phone"), kind="phone", search=True)
    email: Mapped[str | None] = field(
        String(254), label=_("E-mail"), kind="email", search=True, index=True
    )
    wechat: Mapped[str | None] = field(String(80), label=_("WeChat"), search=True)
    reports_to_id: Mapped[UUID | None] = reference(
        "core.contact", label=_("Reports to"), on_delete="set_null"
    )
    birthday: Mapped[date | None] = field(label=_("Birthday"), read="core.contact.read_private")
    language: Mapped[str | None] = field(String(20), label=_("Language"))
    no_calls: Mapped[bool] = field(label=_("No calls"), default=False)
    no_mailings: Mapped[bool] = field(label=_("No mailings"), default=False)
    preferences: Mapped[dict[str, Any]] = field(label=_("Preferences"), default=dict, bulky=True)
    description: Mapped[str | None] = field(
        String(10_000), label=_("Description"), kind="long_text", bulky=True
    )

    accounts: Mapped[list["ContactAccount"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, back_populates="contact"
    )
    channels: Mapped[list["ContactChannel"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, back_populates="contact"
    )

    __table_args__ = (
        CheckConstraint("reports_to_id <> id", name="not_own_superior"),
        CheckConstraint("name <> ''", name="named"),
        Index(None, "name", "id"),
        Index(None, "created_at", "id"),
    )


class ContactAccount(
    Entity,
    name="core.contact_account",
    label=_("Position at an account"),
    plural=_("Positions at accounts"),
    title="position",
    subtitle="department",
    icon="id-badge-2",
    parent="account_id",
    seen_with=("contact_id",),
    search=False,
):
    """A contact's time at an account; she has at most one active row there, and one primary.

    `importance` is 1 (hardly matters) to 5 (nothing happens without her).
    """

    contact_id: Mapped[UUID] = reference(
        "core.contact", label=_("Contact"), on_delete="cascade", index=False
    )
    account_id: Mapped[UUID] = reference(
        "core.account", label=_("Account"), on_delete="cascade", index=False
    )
    position: Mapped[str | None] = field(String(120), label=_("Position"))
    department: Mapped[str | None] = field(String(120), label=_("Department"))
    buying_role: Mapped[str | None] = choice(BUYING_ROLES, label=_("Role in buying"))
    importance: Mapped[int] = field(label=_("Importance"), default=3, minimum=1, maximum=5)
    is_primary: Mapped[bool] = field(label=_("Main account"), default=False)
    active: Mapped[bool] = field(label=_("Active"), default=True)
    starts_on: Mapped[date | None] = field(label=_("From"))
    ends_on: Mapped[date | None] = field(label=_("Until"))

    contact: Mapped[Contact] = relationship(back_populates="accounts")

    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="dates"),
        CheckConstraint("active OR NOT is_primary", name="primary_is_active"),
        Index(None, "contact_id", "account_id"),
        Index(None, "account_id", "active", "contact_id"),
        Index(
            "uq_core_contact_account_active",
            "contact_id",
            "account_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        Index(
            "uq_core_contact_account_primary",
            "contact_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )


class ContactChannel(
    Entity,
    name="core.contact_channel",
    label=_("Way to reach"),
    plural=_("Ways to reach"),
    title="value",
    subtitle="kind",
    icon="phone",
    parent="contact_id",
):
    """A further number or address of a contact.

    `normalised` is what equal values have in common: digits with country code (E.164) for
    phones, lower case for e-mails and names.
    """

    contact_id: Mapped[UUID] = reference(
        "core.contact", label=_("Contact"), on_delete="cascade", index=False
    )
    kind: Mapped[str] = choice(CHANNEL_KINDS, label=_("Kind"))
    value: Mapped[str] = field(String(254), label=_("Value"), search=True)
    normalised: Mapped[str] = field(
        String(254), label=_("Normalised value"), system=True, default="", index=True
    )
    preferred: Mapped[bool] = field(label=_("Preferred"), default=False)
    note: Mapped[str | None] = field(String(200), label=_("Note"))

    contact: Mapped[Contact] = relationship(back_populates="channels")

    __table_args__ = (UniqueConstraint("contact_id", "kind", "value"),)

    @validates("value")
    def _normalise(self, _key: str, value: str) -> str:
        self.normalised = normalised(value)
        return value


def normalised(value: str, country_code: str = "86") -> str:
    """What equal ways to reach somebody have in common; see `ContactChannel`.

    A number without international prefix is taken for one of `country_code`, its trunk zero
    (as in 020 8551 2345) left out.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    digits = re.sub(r"\D", "", text)
    if not digits or re.search(r"[^\d\s()+./#-]", text):
        return text.lower()
    if text.startswith(("+", "00")):
        return digits.removeprefix("00")
    return country_code + digits.removeprefix("0")
