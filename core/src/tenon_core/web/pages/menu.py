"""Core's entries of the sidebar."""

from tenon_sdk.declarations import MenuItem
from tenon_sdk.text import _

CUSTOMERS = _("Customers")
WORK = _("Work")
ADMINISTRATION = _("Administration")

MENU = (
    MenuItem(
        key="core.home", label=_("Home"), icon="home", path="/", order=1, phone=True, shortcut="g h"
    ),
    MenuItem(
        key="core.calendar",
        label=_("Calendar"),
        icon="calendar",
        path="/calendar",
        permission="core.activity.view",
        order=2,
        phone=True,
        shortcut="g d",
    ),
    MenuItem(
        key="core.accounts",
        label=_("Accounts"),
        icon="building-factory-2",
        path="/core/account",
        permission="core.account.view",
        section=CUSTOMERS,
        order=10,
        phone=True,
        shortcut="g c",
    ),
    MenuItem(
        key="core.contacts",
        label=_("Contacts"),
        icon="users",
        path="/core/contact",
        permission="core.contact.view",
        section=CUSTOMERS,
        order=11,
        shortcut="g p",
    ),
    MenuItem(
        key="core.activities",
        label=_("Activities"),
        icon="checklist",
        path="/core/activity",
        permission="core.activity.view",
        section=CUSTOMERS,
        order=12,
        shortcut="g a",
    ),
    MenuItem(
        key="core.approvals",
        label=_("Approvals"),
        icon="rubber-stamp",
        path="/approvals",
        permission="core.approval.use",
        section=WORK,
        order=20,
        phone=True,
    ),
    MenuItem(
        key="core.reports",
        label=_("Reports"),
        icon="chart-bar",
        path="/reports",
        section=WORK,
        order=21,
        shortcut="g r",
    ),
    MenuItem(
        key="core.documents",
        label=_("Documents"),
        icon="files",
        path="/core/document",
        permission="core.document.view",
        section=WORK,
        order=22,
    ),
    MenuItem(
        key="core.products",
        label=_("Products"),
        icon="box",
        path="/core/product",
        permission="core.product.view",
        section=WORK,
        order=23,
    ),
    MenuItem(
        key="core.admin.health",
        label=_("System health"),
        icon="heartbeat",
        path="/admin",
        permission="core.site.manage",
        section=ADMINISTRATION,
        order=80,
    ),
    MenuItem(
        key="core.admin.users",
        label=_("Users"),
        icon="users-group",
        path="/admin/users",
        permission="core.user.edit",
        section=ADMINISTRATION,
        order=81,
    ),
    MenuItem(
        key="core.admin.units",
        label=_("Units"),
        icon="sitemap",
        path="/core/unit",
        permission="core.unit.edit",
        section=ADMINISTRATION,
        order=82,
    ),
)
