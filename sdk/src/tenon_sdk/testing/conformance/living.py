"""Checks of a plugin's life: migrations, enabling and disabling, purge and restore, demo data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tenon_sdk.declarations import DemoContext
from tenon_sdk.entities import Entity
from tenon_sdk.errors import TenonError
from tenon_sdk.testing.conformance.facts import Facts

if TYPE_CHECKING:
    from tenon_sdk.testing.harness import Tenon

UNLIKE = frozenset({"id", "created_at", "updated_at"})
SEED = 20_260_309


def fill(tenon: Tenon, facts: Facts) -> None:
    """One record of each entity and each side table of the plugin, with optional fields too."""
    for cls in facts.own("entities"):
        tenon.make(cls, every=True)
    for extension in facts.own("extensions"):
        tenon.make(extension.entity, every=True)


def check_makes(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """A record of each entity can be made from its declaration alone."""
    for cls in facts.own("entities"):
        try:
            tenon.make(cls)
        except (TenonError, RecursionError, LookupError) as error:
            yield (
                f"{cls.__tenon__.name} cannot be made from its declaration: {error}. Say what its "
                "rules demand in the fillers of the conformance class"
            )


def check_migrations(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Up, down and up again, and afterwards nothing differs from the entities."""
    with tenon.stopped() as life:
        yield from _differences(life, facts.key, "after migrating")
        if not facts.entities:
            return
        life.downgrade(facts.key)
        left = life.tables(facts.key)
        if left:
            yield f"downgrade leaves {', '.join(left)}: drop what upgrade created"
        life.upgrade()
        yield from _differences(life, facts.key, "after migrating down and up")


def _differences(life: Any, key: str, when: str) -> Iterator[str]:
    for difference in life.differences(key):
        yield (
            f"{when} the database lacks: {difference}. Make a revision: tenon plugin revision {key}"
        )


def check_disabling(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """While the plugin is off core works, and when it is on again all is there."""
    fill(tenon, facts)
    with tenon.stopped() as life:
        before = life.rows(facts.key)
        for name in ("disable", "enable"):
            getattr(life, name)(facts.key)
            if name == "disable":
                yield from _core_works(tenon, facts)
        yield from _changed(before, life.rows(facts.key), "disabling and enabling")


def _core_works(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Records of other plugins can be made and deleted beside tables that nobody knows now."""
    rest = [key for key in tenon.plugins if key != facts.key]
    with tenon.without(facts.key):
        for cls in _targets(facts):
            try:
                record = tenon.make(cls)
                with tenon.system() as ctx:
                    ctx.session.delete(ctx.session.get_one(cls, record.id))
            except (TenonError, SQLAlchemyError) as error:
                yield f"with {rest or 'core'} alone, {cls.__tenon__.name} does not work: {error}"


def _targets(facts: Facts) -> list[type[Entity]]:
    """Others' entities that this plugin's tables refer to."""
    wanted = {key.column.table.name for cls in facts.entities for key in cls.__table__.foreign_keys}
    return [
        cls
        for owner, cls in facts.contributions["entities"]
        if owner != facts.key
        and cls.__tenon__.table in wanted
        and cls.__tenon__.name != "core.user"
    ]


def check_purging(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """A purge leaves nothing behind, and its archive brings everything back."""
    fill(tenon, facts)
    with tenon.stopped() as life:
        before = life.rows(facts.key)
        life.disable(facts.key)
        archive = life.purge(facts.key)
        left = life.tables(facts.key)
        if left:
            yield f"purging leaves {', '.join(left)}"
        life.restore(archive)
        yield from _changed(before, life.rows(facts.key), "purging and restoring")
        life.enable(facts.key)
        yield from _changed(before, life.rows(facts.key), "purging, restoring and enabling")


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], when: str) -> Iterator[str]:
    for table in sorted({*before, *after}):
        if before.get(table) != after.get(table):
            had, has = len(before.get(table, ())), len(after.get(table, ()))
            yield f"{when} changes {table}: {had} rows before, {has} after, or with other values"


def check_demo(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """The same seed and day give the same demo data."""
    sets = _ordered(facts)
    if not sets:
        return
    first, second = _demo(tenon, facts, sets), _demo(tenon, facts, sets)
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            yield f"demo data of {name} differ from run to run: draw from random.Random(demo.seed)"
    if not any(first.values()):
        yield "the demo data are empty: make some, or register no demo set"


def _ordered(facts: Facts) -> list[Any]:
    """This plugin's sets, each after those of its own that it comes after."""
    waiting, done = list(facts.own("demo_data")), []
    while waiting:
        names = {s.key for s in waiting}
        ready = [s for s in waiting if not names & set(s.after)]
        if not ready:
            raise AssertionError(f"demo sets come after each other in a circle: {sorted(names)}")
        done += ready
        waiting = [s for s in waiting if s not in ready]
    return done


def _demo(tenon: Tenon, facts: Facts, sets: list[Any]) -> dict[str, list[Any]]:
    """The rows that the sets make, by entity; nothing of it is kept."""
    found: dict[str, list[Any]] = {}
    with tenon.system() as ctx:
        for each in sets:
            today = tenon.clock.today
            each.load(DemoContext(context=ctx, seed=SEED, today=today, report=lambda _t: None))
        ctx.session.flush()
        for cls in facts.entities:
            columns = [c for c in cls.__table__.columns if not _drawn(c)]
            rows = ctx.session.execute(select(*columns)).all() if columns else []
            found[cls.__tenon__.name] = sorted(map(repr, rows))
        ctx.session.rollback()
    return found


def _drawn(column: Any) -> bool:
    """Ids are new in each run, and so are references to them."""
    return column.name in UNLIKE or bool(column.foreign_keys) or column.name.endswith("_id")
