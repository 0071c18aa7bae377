from sqlalchemy import text

from tenon_core.kernel.doctor import doctor
from tenon_core.kernel.lifecycle import boot, enable
from tenon_core.kernel.report import contributions
from tenon_core.storage.ownership import violations


def test_doctor_is_silent_on_a_sound_site_and_names_what_is_not(open_site):
    site = open_site()
    enable(site, ["forge"])
    assert doctor(site) == []
    with site.engine.begin() as connection:
        connection.execute(text("CREATE TABLE forge_stray (id integer)"))
        connection.execute(text("CREATE TABLE ghost_thing (id integer)"))
        connection.execute(text("DROP INDEX ix_forge_press_ready"))
        connection.execute(
            text("CREATE TABLE forge_bind (tag uuid REFERENCES core_tag (id))")
            if connection.dialect.name == "postgresql"
            else text("CREATE TABLE forge_bind (tag varchar(36) REFERENCES core_tag (id))")
        )
        connection.execute(text("DELETE FROM tenon_version_core"))
    kinds = sorted((problem.kind, problem.plugin) for problem in doctor(site))
    assert kinds == [
        ("binding_key", "forge"),
        ("differences", "forge"),
        ("orphan_table", "forge"),
        ("orphan_table", "forge"),
        ("orphan_table", "ghost"),
        ("pending", "core"),
    ]
    assert any("ix_forge_press_ready" in str(problem) for problem in doctor(site))


def test_ownership_rules(scratch_package, rows):
    code = """
from uuid import UUID

from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, reference
from tenon_sdk.text import Text


class Stolen(Entity, name="other.thing", label=Text("T")):
    pass


class Binding(Entity, name="lown.thing", label=Text("T")):
    tag_id: Mapped[UUID] = reference("core.tag", label=Text("Tag"))
    mine_id: Mapped[UUID | None] = reference("lown.thing", label=Text("Mine"))
"""
    plugin = scratch_package("lown", {"entities.py": code})
    import lown_plugin.entities  # noqa: F401

    try:
        found = [text.translate() for text in violations(plugin)]
    finally:
        for name in ("other.thing", "lown.thing"):
            rows.forget(name)
    assert found == [
        "Table “other_thing” of “lown” must be called “lown_…”.",
        (
            "tag_id of “lown_thing” refers to “core_tag” of another plugin: it needs on_delete "
            "“cascade” or “set_null”."
        ),
    ]


def test_the_report_says_who_contributes_what(open_site, smithy):
    site = open_site()
    enable(site, ["forge", "bellows"])
    booted = boot(open_site({"bellows": smithy["bellows"]}))
    core, bellows, forge = contributions(booted.loaded)
    assert (core.key, core.order, bellows.key, bellows.order) == ("core", 0, "bellows", 1)
    assert bellows.items == {"entities": ("bellows.pump",)}
    assert (forge.health, forge.locks) == ("quarantined", ("core.tag",))
    assert "not installed" in forge.reason
    whole = {c.key: c for c in contributions(boot(site).loaded)}
    assert whole["bellows"].items == {"entities": ("bellows.pump", "bellows.pump_press")}
    assert whole["forge"].items["permissions"] == ("forge.press.view", "forge.press.melt")
    assert whole["forge"].items["entities"] == ("forge.press",)
    assert whole["forge"].items["extensions"] == ("forge.tag_colour",)
