"""Who may do what in the press shop."""

from __future__ import annotations

from collections.abc import Sequence

from tenon_sdk.permissions import ACTIONS, Permission, Scope, entity_permissions
from tenon_sdk.text import _

READ_PRICE = "press.machine.read_price"
REPORT = "press.report"


def press_permissions() -> Sequence[Permission]:
    parts = dict.fromkeys(ACTIONS, Scope.ALL)
    everything = {**parts, "commission": Scope.ALL, "scrap": Scope.ALL}
    own = {"view": Scope.TEAM, "create": Scope.OWN, "edit": Scope.OWN, "commission": Scope.OWN}
    roles = {
        "salesperson": own,
        "sales_manager": {**own, "view": Scope.UNIT_TREE, "scrap": Scope.UNIT_TREE},
        "administrator": everything,
    }
    managers = {"sales_manager": Scope.ALL, "administrator": Scope.ALL}
    return (
        *entity_permissions("press.machine", roles),
        *entity_permissions("press.part", {"salesperson": parts, "administrator": parts}),
        Permission(name=READ_PRICE, label=_("See what presses cost"), roles=managers),
        Permission(name=REPORT, label=_("See the overview of presses"), roles=managers),
    )
