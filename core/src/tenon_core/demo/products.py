"""The catalogue of the demo company: machines with their bills of materials, parts, services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
SERVICE_MARGIN = Decimal("0.45")
GOODS_TAX = Decimal(13)
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
            margin = MARGIN if kind in {"equipment", "consumable"} else SERVICE_MARGIN
            self._product(
                name=f"{name} {model}" if kind == "equipment" else name,
                model=model,
                category=category,
                kind=kind,
                list_price=Decimal(price),
                cost=price * margin,
                unit=unit,
                tax_rate=Decimal(tax),
            )
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

    def _product(self, *, category: str, cost: Decimal, **values: Any) -> Row:
        common = {"currency": "CNY", "tax_rate": GOODS_TAX}
        return self._row(
            "core.product",
            **{**common, **values},
            category_id=self.made.categories[category],
            cost=cost.quantize(YUAN),
            has_serial=values["kind"] == "equipment",
        )

    def _component(self, name: str, model: str, cost: Decimal, unit: str = "套") -> Row:
        return self._product(
            name=name, model=model, category="ASM", kind="component", cost=cost, unit=unit
        )

    def _parts_of(self, band: int) -> None:
        """Spare parts and sheet metal in the size of a band; such as have one size only once."""
        scale, label = self.data["bands"]["scale"][band], self.data["bands"]["names"][band]
        for key, name, category, price, grows, unit in self.data["parts"]["all"]:
            if not grows and band:
                self.parts[key, band] = self.parts[key, 0]
                continue
            amount = Decimal(rounded(price * scale, 10 if price * scale > 200 else 1))
            self.parts[key, band] = self._product(
                name=f"{name}（{label}机）" if grows else name,
                model=f"{key}-{band + 1}" if grows else key,
                category=category,
                kind="spare_part",
                list_price=amount,
                cost=amount * SPARE_MARGIN,
                unit=unit,
                warranty_months=3,
            )
            if name not in self.made.spares:
                self.made.spares.append(name)
        for key, name, price, unit in self.data["sheets"]["all"]:
            cost = Decimal(rounded(price * scale, 10))
            title = f"{name}（{label}机）"
            self.parts[key, band] = self._component(title, f"{key}-{band + 1}", cost, unit)

    def _machine(self, series: Mapping[str, Any], tons: int, price: int, unit: int) -> None:
        suffix, cost = series["suffix"], Decimal(price) * Decimal(str(series["share"]))
        model = f"LH{tons}-{suffix}/{unit}"
        lines = []
        for assembly in self.data["assembly"]:
            if assembly.get("only", suffix) == suffix and assembly.get("without") != suffix:
                share = Decimal(str(assembly["share"])) * cost
                lines.append((self._assembly(assembly, model, tons, share), Decimal(1)))
        row = self._product(
            name=f"{model} {series['name']}",
            model=model,
            category=series["category"],
            kind="equipment",
            list_price=Decimal(price),
            cost=cost,
            unit="台",
            warranty_months=series["warranty"],
            description=f"锁模力{tons * 10}kN，注射规格{unit}。",
        )
        self._lines(row, lines)
        self.made.machines.append(Machine(row["id"], model, suffix, series["name"], tons, price))

    def _assembly(self, assembly: Mapping[str, Any], model: str, tons: int, share: Decimal) -> Row:
        """An assembly with the machine's own part that carries what common parts do not."""
        band = next(n for n, limit in enumerate(self.data["bands"]["limits"]) if tons <= limit)
        parts = [(self.parts[key, band], Decimal(count)) for key, count in assembly["parts"]]
        bought = sum((row["cost"] * count for row, count in parts), Decimal())
        mark = f"{model}-{assembly['key']}"
        body = max(share / (1 + LABOUR) - bought, share * LABOUR)
        own = self._component(f"{assembly['body']} {model}", f"{mark}0", body)
        cost = max(share, (bought + body) * (1 + LABOUR))
        row = self._component(f"{assembly['name']} {model}", mark, cost)
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
