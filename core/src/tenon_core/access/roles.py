"""The ready roles of an equipment maker, and what each gets on core's own entities."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from tenon_sdk.permissions import ACTIONS, Permission, Scope, entity_permissions
from tenon_sdk.text import Text, _


@frozen
class ReadyRole:
    key: str
    name: Text
    description: Text


READY_ROLES = (
    ReadyRole("salesperson", _("Salesperson"), _("Looks after customers and sells to them.")),
    ReadyRole("sales_manager", _("Sales manager"), _("Leads the salespeople of a unit.")),
    ReadyRole("contract_clerk", _("Contract clerk"), _("Executes contracts of all units.")),
    ReadyRole("planner", _("Planner"), _("Plans deliveries and production.")),
    ReadyRole("dispatcher", _("Dispatcher"), _("Sends technicians to customers.")),
    ReadyRole("technician", _("Technician"), _("Serves equipment at the customer's.")),
    ReadyRole("finance", _("Finance"), _("Invoices, collects and pays.")),
    ReadyRole("auditor", _("Auditor"), _("Sees everything and changes nothing.")),
    ReadyRole("administrator", _("Administrator"), _("Sets the system up and may do everything.")),
)
EVERYBODY = tuple(role.key for role in READY_ROLES)

VIEW, CREATE, EDIT, DELETE, EXPORT = ACTIONS

# What people look up while working: everybody sees it, administrators keep it.
REFERENCE = (
    "core.unit", "core.user", "core.role", "core.region", "core.industry", "core.currency",
    "core.exchange_rate", "core.calendar", "core.product_category", "core.product", "core.tag",
    "core.tier", "core.care_policy", "core.pool", "core.label", "core.custom_field",
)  # fmt: skip
# What only administrators (and auditors, to look) deal with.
ADMINISTRATION = (
    "core.user_role", "core.grant", "core.api_token", "core.session", "core.approval_flow",
    "core.tier_rule", "core.webhook", "core.merge", "core.duplicate_pair",
)  # fmt: skip
# What everybody makes and keeps for herself.
OWN_THINGS = ("core.document", "core.saved_view", "core.import_mapping", "core.import_run")
CUSTOMERS = ("core.account", "core.contact", "core.relationship")

_SALES = {VIEW: Scope.TEAM, CREATE: Scope.OWN, EDIT: Scope.TEAM, EXPORT: Scope.OWN}
_LEADS = dict.fromkeys(ACTIONS, Scope.UNIT_TREE)
_READS_ALL = {VIEW: Scope.ALL}
_KEEPS_ALL = {VIEW: Scope.ALL, CREATE: Scope.ALL, EDIT: Scope.ALL}
_ALL = dict.fromkeys(ACTIONS, Scope.ALL)
_OWN = dict.fromkeys(ACTIONS, Scope.OWN)


def core_permissions() -> list[Permission]:
    """Defaults of the ready roles on core's entities, and core's permissions beyond entities."""
    found: list[Permission] = []
    for entity in CUSTOMERS:
        found += entity_permissions(entity, _customer_roles())
    found += entity_permissions("core.activity", _activity_roles())
    for entity in OWN_THINGS:
        found += entity_permissions(entity, _own_roles())
    for entity in REFERENCE:
        roles: dict[str, Mapping[str, Scope]] = dict.fromkeys(EVERYBODY, _READS_ALL)
        found += entity_permissions(entity, {**roles, "administrator": _ALL})
    for entity in ADMINISTRATION:
        found += entity_permissions(entity, {"auditor": _READS_ALL, "administrator": _ALL})
    return found + _special()


def _customer_roles() -> dict[str, Mapping[str, Scope]]:
    return {
        "salesperson": _SALES,
        "sales_manager": _LEADS,
        "contract_clerk": _KEEPS_ALL,
        "planner": _READS_ALL,
        "dispatcher": _READS_ALL,
        "technician": _READS_ALL,
        "finance": {**_READS_ALL, EDIT: Scope.ALL, EXPORT: Scope.ALL},
        "auditor": {**_READS_ALL, EXPORT: Scope.ALL},
        "administrator": _ALL,
    }


def _activity_roles() -> dict[str, Mapping[str, Scope]]:
    own: dict[str, Mapping[str, Scope]] = dict.fromkeys(EVERYBODY, _OWN)
    return {
        **own,
        "sales_manager": {**_OWN, VIEW: Scope.UNIT_TREE, EDIT: Scope.UNIT_TREE},
        "dispatcher": _KEEPS_ALL,
        "auditor": {**_READS_ALL, EXPORT: Scope.ALL},
        "administrator": _ALL,
    }


def _own_roles() -> dict[str, Mapping[str, Scope]]:
    own: dict[str, Mapping[str, Scope]] = dict.fromkeys(EVERYBODY, _OWN)
    return {**own, "auditor": _READS_ALL, "administrator": _ALL}


_Roles = Mapping[str, Scope]
_ADMIN: _Roles = {"administrator": Scope.ALL}
_LEADERS: _Roles = {"sales_manager": Scope.UNIT_TREE, **_ADMIN}
_ALL_ROLES: _Roles = dict.fromkeys(EVERYBODY, Scope.ALL)
_MONEY: _Roles = {
    **dict.fromkeys(("sales_manager", "contract_clerk", "finance", "auditor"), Scope.ALL),
    **_ADMIN,
}

# Beyond the five actions of each entity: what fields and services ask for.
SPECIAL: tuple[tuple[str, Text, _Roles], ...] = (
    ("core.account.read_credit", _("See credit limits and bank data"), _MONEY),
    (
        "core.account.write_credit",
        _("Set credit limits and bank data"),
        {"finance": Scope.ALL, **_ADMIN},
    ),
    ("core.invoice_profile.read_bank", _("See bank accounts"), _MONEY),
    (
        "core.contact.read_private",
        _("See private data of contacts"),
        {"salesperson": Scope.ALL, **_LEADERS},
    ),
    (
        "core.product.read_cost",
        _("See costs of products"),
        {"sales_manager": Scope.ALL, "finance": Scope.ALL, "auditor": Scope.ALL, **_ADMIN},
    ),
    ("core.product.write_cost", _("Set costs of products"), {"finance": Scope.ALL, **_ADMIN}),
    ("core.account.merge", _("Merge duplicates"), _LEADERS),
    (
        "core.account.claim",
        _("Claim from the pool"),
        {"salesperson": Scope.ALL, **_LEADERS},
    ),
    ("core.duplicates.check", _("Look for duplicates"), _ALL_ROLES),
    ("core.timeline.view", _("Read timelines"), _ALL_ROLES),
    ("core.handover.confirm", _("Confirm what was handed over"), _ALL_ROLES),
    ("core.handover.run", _("Hand work over"), _LEADERS),
    (
        "core.import.run",
        _("Import data"),
        {"sales_manager": Scope.UNIT_TREE, "contract_clerk": Scope.ALL, **_ADMIN},
    ),
    ("core.import.history", _("Import records in any status of their workflow"), _ADMIN),
    ("core.audit.view", _("Read the audit"), {"auditor": Scope.ALL, **_ADMIN}),
    ("core.site.manage", _("Manage the site"), _ADMIN),
    ("core.user.impersonate", _("Log in as somebody else"), _ADMIN),
)


def _special() -> list[Permission]:
    return [Permission(name=name, label=label, roles=roles) for name, label, roles in SPECIAL]
