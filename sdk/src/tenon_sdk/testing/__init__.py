"""The test kit: a booted site on a database of the test's own, people, clients, captured effects.

Installing `tenon-sdk[testing]` registers the fixtures with pytest. A plugin's tests say which
plugins they run with and take the fixture `tenon`:

    tenon_plugins = ["sales"]

    def test_a_colleague_sees_nothing(tenon):
        ann, bob = tenon.user(), tenon.user()
        project = tenon.make(Project, owner_id=ann.id)
        tenon.assert_invisible(bob, project)

Every such test runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from tenon_sdk.testing.clock import Clock
from tenon_sdk.testing.conformance import Conformance
from tenon_sdk.testing.harness import Tenon

__all__ = ["Clock", "Conformance", "Tenon"]
