"""A type checker finds what is wrong with the answer to a hook."""

import os
import sys
import textwrap

import pytest

from tenon_sdk.testing.environments import run

GOOD = """
from collections.abc import Sequence
from uuid import UUID

from tenon_press.hookspecs import CheckContext, PressHooks
from tenon_sdk.context import Context
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Refusal
from tenon_sdk.hooks import Hooks, SaveContext, implements


@implements(Hooks.register_entities)
def entities() -> Sequence[type[Entity]]:
    return ()


@implements(Hooks.guard_save)
def guard(decision: SaveContext) -> Sequence[Refusal]:
    return ()


@implements(PressHooks.press_checks)
def checks(question: CheckContext) -> Sequence[str]:
    return ()


def ask(ctx: Context, machine_id: UUID) -> list[Sequence[str]]:
    return ctx.ask(PressHooks.press_checks, CheckContext(context=ctx, machine_id=machine_id))
"""
MISTAKES = {
    "a misspelt hook": ("Hooks.register_entities", "Hooks.register_entitys", "has no attribute"),
    "a wrong type of return": (
        "def entities() -> Sequence[type[Entity]]:\n    return ()",
        "def entities() -> int:\n    return 1",
        "incompatible type",
    ),
    "a missing argument": ("guard(decision: SaveContext)", "guard()", "incompatible type"),
    "a wrong argument": ("decision: SaveContext", "decision: int", "incompatible type"),
    "a hook of a plugin asked without its argument": (
        ", CheckContext(context=ctx, machine_id=machine_id))",
        ")",
        "Missing positional argument",
    ),
    "a field that a question has not": ("machine_id=machine_id", "machine=machine_id", "machine"),
}


@pytest.fixture(scope="module")
def complaints(root, fixture_plugins, tmp_path_factory):
    """What mypy says of each sample, by the sample's name; one run for all."""
    folder = tmp_path_factory.mktemp("typed")
    samples = {"good": GOOD}
    for number, (old, new, _complaint) in enumerate(MISTAKES.values()):
        assert old in GOOD
        samples[f"mistake{number}"] = GOOD.replace(old, new)
    for name, text in samples.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    sources = [root / "sdk" / "src", root / "core" / "src", fixture_plugins["press"] / "src"]
    result = run(
        *(sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"),
        *("--config-file", "", "--cache-dir", root / ".mypy_cache", "--follow-imports", "silent"),
        *(folder / f"{name}.py" for name in samples),
        check=False,
        environ={"MYPYPATH": os.pathsep.join(map(str, sources))},
    )
    lines = [line for line in result.stdout.splitlines() if ": error:" in line]
    return {name: [line for line in lines if f"/{name}.py:" in line] for name in samples}


def test_right_answers_pass(complaints):
    assert complaints["good"] == []


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=list(MISTAKES))
def test_a_mistake_is_found(number, complaints):
    wanted = list(MISTAKES.values())[number][2]
    assert any(wanted in line for line in complaints[f"mistake{number}"]), complaints
