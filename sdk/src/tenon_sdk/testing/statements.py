"""Counting what is sent to the database."""

from __future__ import annotations

import re

CONTROL = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|SET|SHOW|--|;)", re.IGNORECASE
)


class Statements:
    """Statements in their order, without those that only begin and end transactions."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __len__(self) -> int:
        return len(self.texts)

    def hear(self, text: str) -> None:
        if not CONTROL.match(text):
            self.texts.append(" ".join(text.split()))

    def check(self, exactly: int | None, at_most: int | None) -> None:
        """Raises AssertionError with every statement when there are too many or too few."""
        if exactly is None and at_most is None:
            raise TypeError("say how many statements: exactly or at_most")
        wrong = (exactly is not None and len(self) != exactly) or (
            at_most is not None and len(self) > at_most
        )
        if wrong:
            wanted = f"exactly {exactly}" if exactly is not None else f"at most {at_most}"
            listed = "\n".join(f"{n:3}  {text}" for n, text in enumerate(self.texts, 1))
            raise AssertionError(f"{len(self)} statements, {wanted} expected:\n{listed}")
