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


def _special() -> list[Permission]:
    admin = {"administrator": Scope.ALL}
    leaders = {"sales_manager": Scope.UNIT_TREE, **admin}
    money = {
        "sales_manager": Scope.ALL,
        "contract_clerk": Scope.ALL,
        "finance": Scope.ALL,
        "auditor": Scope.ALL,
        **admin,
    }
    return [
        Permission(
            name="core.account.read_credit", label=_("See credit limits and bank data"), roles=money
        ),
        Permission(
            name="core.account.write_credit",
            label=_("Set credit limits and bank data"),
            roles={"finance": Scope.ALL, **admin},
        ),
        Permission(
            name="core.contact.read_private",
            label=_("See private data of contacts"),
            roles={"salesperson": Scope.ALL, **leaders},
        ),
        Permission(name="core.account.merge", label=_("Merge duplicates"), roles=leaders),
        Permission(name="core.account.claim", label=_("Claim from the pool"), roles={
            "salesperson": Scope.ALL, **leaders,
        }),
        Permission(
            name="core.duplicates.check",
            label=_("Look for duplicates"),
            roles=dict.fromkeys(EVERYBODY, Scope.ALL),
        ),
        Permission(
            name="core.timeline.view",
            label=_("Read timelines"),
            roles=dict.fromkeys(EVERYBODY, Scope.ALL),
        ),
        Permission(
            name="core.handover.confirm",
            label=_("Confirm what was handed over"),
            roles=dict.fromkeys(EVERYBODY, Scope.ALL),
        ),
        Permission(name="core.handover.run", label=_("Hand work over"), roles=leaders),
        Permission(name="core.import.run", label=_("Import data"), roles={
            "sales_manager": Scope.UNIT_TREE, "contract_clerk": Scope.ALL, **admin,
        }),
        Permission(name="core.audit.view", label=_("Read the audit"), roles={
            "auditor": Scope.ALL, **admin,
        }),
        Permission(name="core.site.manage", label=_("Manage the site"), roles=admin),
        Permission(name="core.user.impersonate", label=_("Log in as somebody else"), roles=admin),
    ]  # fmt: skip
