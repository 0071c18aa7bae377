"""Hand-over packages (交接包): everything a person is responsible for goes to others, at once.

`gathering` finds it over all enabled plugins from the declarations alone, `routing` names the
receivers, `executing` moves it in one transaction, `confirming` keeps the check list.
"""

from tenon_core.customers.handover.confirming import close_login, confirm
from tenon_core.customers.handover.executing import execute
from tenon_core.customers.handover.gathering import Held, left_behind
from tenon_core.customers.handover.planning import Plan, plan, preview
from tenon_core.customers.handover.routing import Route, read_routes

__all__ = [
    "Held",
    "Plan",
    "Route",
    "close_login",
    "confirm",
    "execute",
    "left_behind",
    "plan",
    "preview",
    "read_routes",
]
