"""Connections to the database of a site."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tenon_sdk.testing import Tenon

WRONG = text("INSERT INTO nowhere (secret) VALUES (:value)")


def test_an_error_does_not_tell_the_values_of_its_statement(tenon: Tenon) -> None:
    """Errors are logged, and values are hashes of passwords, secrets and people's data."""
    with pytest.raises(DBAPIError) as caught, tenon.site.engine.connect() as connection:
        connection.execute(WRONG, {"value": "swordfish"})
    assert "nowhere" in str(caught.value)
    assert "swordfish" not in str(caught.value)
