"""The catalogue of the demo company: machines with their bills of materials, parts, services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from tenon_core.demo.dice import Dice, read_data, rounded
from tenon_core.demo.writing import Row

# What of an assembly's cost is labour and not bought.
LABOUR = Decimal("0.12")
MARGIN = Decimal("0.62")
SPARE_MARGIN = Decimal("0.55")
YUAN = Decimal(1)


@frozen
class Machine:
    """What salespeople talk of: `model` as printed on it, clamping force in tons, price in CNY."""

    id: UUID
    model: str
    suffix: str
    series: str
    tons: int
    price: int


@define
class Catalogue:
    machines: list[Machine] = field(factory=list)
    spares: list[str] = field(factory=list)
    categories: dict[str, UUID] = field(factory=dict)
    rows: dict[str, list[Row]] = field(factory=dict)

    def fitting(self, tons: Sequence[int], series: Sequence[str]) -> list[Machine]:
        """Machines of these series with about these clamping forces, at least the closest one."""
        wanted = [m for m in self.machines if m.suffix in series]
        near = [m for m in wanted if any(abs(m.tons - t) <= 0.12 * t for t in tons)]
        return near or [min(wanted, key=lambda m: abs(m.tons - tons[0]))]


def make_catalogue(seed: int, at: datetime, by: UUID) -> Catalogue:
    """Categories, products and bills of materials; assemblies come before what they are part of."""
    return _Maker(Dice(seed, "products"), at, by).make()


class _Maker:
    def __init__(self, dice: Dice, at: datetime, by: UUID) -> None:
        self.dice, self.at, self.by = dice, at, by
        self.data = read_data("products")
        self.made = Catalogue(
            rows={"core.product_category": [], "core.product": [], "core.bom_line": []}
        )
        self.parts: dict[tuple[str, int], Row] = {}

    def make(self) -> Catalogue:
        for code, name, above in self.data["categories"]["all"]:
            row = self._row("core.product_category", code=code, name=name)
            row["parent_id"] = self.made.categories.get(above)
            self.made.categories[code] = row["id"]
        for band in range(len(self.data["bands"]["names"])):
            self._parts_of(band)
        for series in self.data["series"]:
            for tons, price, unit in series["machines"]:
                self._machine(series, tons, price * 1000, unit)
        for name, model, category, kind, price, unit, tax in self.data["others"]["all"]:
            margin = MARGIN if kind in {"equipment", "consumable"} else Decimal("0.45")
            self._product(
                f"{name} {model}" if kind == "equipment" else name,
                model, category, kind, Decimal(price), Decimal(price) * margin, unit, tax
            )  # fmt: skip
        return self.made

    def _row(self, entity: str, /, **values: Any) -> Row:
        row = {
            "id": self.dice.new_id(self.at),
            "created_at": self.at,
            "created_by": self.by,
            **values,
        }
        self.made.rows[entity].append(row)
        return row

    def _product(
        self,
        name: str,
        model: str,
        category: str,
        kind: str,
        price: Decimal | None,
        cost: Decimal,
        unit: str,
        tax: int = 13,
        **more: Any,
    ) -> Row:
        return self._row(
            "core.product",
            name=name,
            model=model,
            kind=kind,
            category_id=self.made.categories[category],
            unit=unit,
            list_price=price,
            cost=cost.quantize(YUAN),
            currency="CNY",
            tax_rate=Decimal(tax),
            has_serial=kind == "equipment",
            **more,
        )

    def _parts_of(self, band: int) -> None:
        """Spare parts and sheet metal in the size of a band; such as have one size only once."""
        scale, label = self.data["bands"]["scale"][band], self.data["bands"]["names"][band]
        for key, name, category, price, grows, unit in self.data["parts"]["all"]:
            if not grows and band:
                self.parts[key, band] = self.parts[key, 0]
                continue
            amount = Decimal(rounded(price * scale, 10 if price * scale > 200 else 1))
            title = f"{name}（{label}机）" if grows else name
            self.parts[key, band] = self._product(
                title, f"{key}-{band + 1}" if grows else key, category, "spare_part",
                amount, amount * SPARE_MARGIN, unit, warranty_months=3,
            )  # fmt: skip
            if name not in self.made.spares:
                self.made.spares.append(name)
        for key, name, price, unit in self.data["sheets"]["all"]:
            cost = Decimal(rounded(price * scale, 10))
            self.parts[key, band] = self._product(
                f"{name}（{label}机）", f"{key}-{band + 1}", "ASM", "component", None, cost, unit
            )

    def _machine(self, series: Mapping[str, Any], tons: int, price: int, unit: int) -> None:
        suffix, cost = series["suffix"], Decimal(price) * Decimal(str(series["share"]))
        model = f"LH{tons}-{suffix}/{unit}"
        lines = []
        for assembly in self.data["assembly"]:
            if assembly.get("only", suffix) == suffix and assembly.get("without") != suffix:
                share = Decimal(str(assembly["share"])) * cost
                lines.append((self._assembly(assembly, model, tons, share), Decimal(1)))
        row = self._product(
            f"{model} {series['name']}", model, series["category"], "equipment",
            Decimal(price), cost, "台", warranty_months=series["warranty"],
            description=f"锁模力{tons * 10}kN，注射规格{unit}。",
        )  # fmt: skip
        self._lines(row, lines)
        self.made.machines.append(Machine(row["id"], model, suffix, series["name"], tons, price))

    def _assembly(
        self, assembly: Mapping[str, Any], model: str, tons: int, share: Decimal
    ) -> Row:
        band = next(n for n, limit in enumerate(self.data["bands"]["limits"]) if tons <= limit)
        parts = [(self.parts[key, band], Decimal(count)) for key, count in assembly["parts"]]
        bought = sum((row["cost"] * count for row, count in parts), Decimal())
        name, key = assembly["name"], assembly["key"]
        body = max(share / (1 + LABOUR) - bought, share * LABOUR)
        own = self._product(
            f"{assembly['body']} {model}", f"{model}-{key}0", "ASM", "component", None, body, "套"
        )
        cost = max(share, (bought + body) * (1 + LABOUR))
        row = self._product(f"{name} {model}", f"{model}-{key}", "ASM", "component", None, cost, "套")
        self._lines(row, [(own, Decimal(1)), *parts])
        return row

    def _lines(self, product: Row, parts: Sequence[tuple[Row, Decimal]]) -> None:
        for position, (part, count) in enumerate(parts, start=1):
            self._row(
                "core.bom_line",
                product_id=product["id"],
                component_id=part["id"],
                quantity=count,
                position=position * 10,
            )


def assemblies_cost(rows: Sequence[Row], lines: Sequence[Row]) -> Iterator[tuple[Row, Decimal]]:
    """Each product that has parts, with what these cost together."""
    products = {row["id"]: row for row in rows}
    total: dict[UUID, Decimal] = {}
    for line in lines:
        part = products[line["component_id"]]["cost"] * line["quantity"]
        total[line["product_id"]] = total.get(line["product_id"], Decimal()) + part
    for id_, cost in total.items():
        yield products[id_], cost
