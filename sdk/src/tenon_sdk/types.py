"""Column types that keep one meaning on SQLite and on PostgreSQL.

On SQLite each is stored in a form that sorts and compares as it reads, and that needs no
conversion on its way into JSON: identifiers as 36 characters, times as ISO 8601 with `Z`.
"""

from __future__ import annotations

import operator
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Numeric, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine


class Guid(TypeDecorator[UUID]):
    """A UUID: native on PostgreSQL, its 36 lower-case characters on SQLite."""

    impl = String(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid(as_uuid=True))
        return dialect.type_descriptor(String(36))

    def process_bind_param(self, value: UUID | str | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value if isinstance(value, UUID) else UUID(value)
        return str(value) if isinstance(value, UUID) else str(UUID(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        if value is None or isinstance(value, UUID):
            return value
        return UUID(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware point in time, stored in UTC with microseconds; a naive one is refused."""

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs a time zone")
        value = value.astimezone(UTC)
        if dialect.name == "postgresql":
            return value
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value)


class Exact(TypeDecorator[Decimal]):
    """A decimal number with `scale` digits after the point, exact in sums and comparisons.

    SQLite has no decimals, so there it is an integer in units of 10**-scale; the product of two
    exact numbers is exact again with the sum of their scales, on both databases. A value with
    more digits than `scale` is refused rather than rounded: rounding is a business rule.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int = 18, scale: int = 2) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(self.precision, self.scale))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        exact = Decimal(value)
        shifted = exact.scaleb(self.scale)
        if shifted != shifted.to_integral_value():
            raise ValueError(f"{exact} has more than {self.scale} digits after the point")
        return exact if dialect.name == "postgresql" else int(shifted)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return Decimal(value).quantize(Decimal(1).scaleb(-self.scale), ROUND_HALF_EVEN)
        return Decimal(value).scaleb(-self.scale)

    @property
    def python_type(self) -> type[Any]:
        return Decimal

    class Comparator(TypeDecorator.Comparator[Decimal]):
        def _adapt_expression(self, op: Any, other_comparator: Any) -> tuple[Any, TypeEngine[Any]]:
            mine, other = self.type, other_comparator.type
            product = op in {operator.mul, operators.mul}
            if product and isinstance(mine, Exact) and isinstance(other, Exact):
                return op, Exact(
                    min(mine.precision + other.precision, 38), mine.scale + other.scale
                )
            return op, mine

    comparator_factory = Comparator


class Json(TypeDecorator[Any]):
    """JSON: `jsonb` on PostgreSQL, text on SQLite; None is SQL NULL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(JSON(none_as_null=True))
