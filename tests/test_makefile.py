"""What `make help` says is what there is."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def make(*arguments):
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_help_lists_every_command():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    shown = [line.split(maxsplit=1) for line in make("help").splitlines()]
    assert "bench-quick" in phony[1]
    assert sorted(name for name, _text in shown) == sorted(phony[1].split())


def test_the_quick_benchmark_measures_both_databases():
    said = make("--dry-run", "bench-quick", "ARGS=--only list")
    assert "-m bench --quick --only list\n" in said
    assert "--database" not in said
