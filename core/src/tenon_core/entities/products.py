"""What we make and sell: products, their categories, standard bills of materials."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import (
    Archived,
    Commented,
    Documented,
    Entity,
    Tagged,
    choice,
    field,
    money,
    number,
    reference,
)
from tenon_sdk.text import _
from tenon_sdk.types import Exact

PRODUCT_KINDS = (
    ("equipment", _("Equipment")),
    ("component", _("Component")),
    ("spare_part", _("Spare part")),
    ("consumable", _("Consumable")),
    ("software", _("Software")),
    ("service", _("Service")),
)
READ_COST = "core.product.read_cost"
WRITE_COST = "core.product.write_cost"


class ProductCategory(
    Entity,
    name="core.product_category",
    label=_("Product category"),
    plural=_("Product categories"),
    title="name",
    subtitle="code",
    icon="category",
):
    code: Mapped[str] = field(String(40), label=_("Code"), search=True, unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"), search=True)
    parent_id: Mapped[UUID | None] = reference("core.product_category", label=_("Part of"))

    __table_args__ = (CheckConstraint("parent_id <> id", name="not_own_parent"),)


class Product(
    Archived,
    Documented,
    Commented,
    Tagged,
    Entity,
    name="core.product",
    label=_("Product"),
    plural=_("Products"),
    title="name",
    subtitle="code",
    icon="package",
):
    """Something sold or built in (产品). `unit` is the unit of measure."""

    code: Mapped[str] = number("M-{seq:05}", label=_("Product number"))
    name: Mapped[str] = field(String(200), label=_("Name"), search=True)
    model: Mapped[str | None] = field(String(120), label=_("Model"), search=True, index=True)
    kind: Mapped[str] = choice(PRODUCT_KINDS, label=_("Kind"), default="equipment")
    category_id: Mapped[UUID | None] = reference("core.product_category", label=_("Category"))
    unit: Mapped[str] = field(String(20), label=_("Unit of measure"), default="pc")
    list_price: Mapped[Decimal | None] = money(label=_("List price"), minimum=0)
    cost: Mapped[Decimal | None] = money(
        label=_("Cost"), minimum=0, read=READ_COST, write=WRITE_COST
    )
    currency: Mapped[str | None] = field(String(3), label=_("Currency"))
    tax_rate: Mapped[Decimal | None] = field(
        Exact(5, 2), label=_("Tax rate in percent"), kind="percent", minimum=0, maximum=100
    )
    has_serial: Mapped[bool] = field(label=_("Has a serial number"), default=False)
    warranty_months: Mapped[int | None] = field(label=_("Months of warranty"), minimum=0)
    active: Mapped[bool] = field(label=_("Active"), default=True)
    description: Mapped[str | None] = field(
        String(10_000), label=_("Description"), kind="long_text", search=True, bulky=True
    )

    __table_args__ = (Index(None, "name", "id"),)


class BomLine(
    Entity,
    name="core.bom_line",
    label=_("Part of a product"),
    plural=_("Parts of products"),
    icon="list-tree",
    parent="product_id",
    search=False,
):
    """`quantity` of a component in one unit of a product; components have lines of their own.

    Nothing contains itself at any depth; the service that writes lines holds that.
    """

    product_id: Mapped[UUID] = reference(
        "core.product", label=_("Product"), on_delete="cascade", index=False
    )
    component_id: Mapped[UUID] = reference("core.product", label=_("Component"))
    quantity: Mapped[Decimal] = field(Exact(18, 6), label=_("Quantity"), minimum=0)
    position: Mapped[int] = field(label=_("Sort order"), default=0)
    optional: Mapped[bool] = field(label=_("Optional"), default=False)
    note: Mapped[str | None] = field(String(300), label=_("Note"))

    __table_args__ = (
        UniqueConstraint("product_id", "component_id", "position"),
        CheckConstraint("component_id <> product_id", name="not_own_part"),
        CheckConstraint("quantity <> 0", name="quantity_given"),
    )
