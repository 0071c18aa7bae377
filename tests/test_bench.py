"""The benchmark runs and tells every operation beside its limit; how fast it is, is not asked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FEW = ["--rows", "1000", "--seconds", "0.1", "--import-rows", "100"]
OPERATIONS = (
    "list",
    "filter",
    "search",
    "get",
    "view",
    "create",
    "update",
    "import",
    "follow",
    "handover",
    "merge",
)


def test_the_quick_benchmark_tells_every_ratio(database, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", *FEW, "--database", database],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line for line in done.stdout.splitlines() if line.startswith(f"| {database}")]
    shown = {tuple(cell.strip() for cell in line.split("|")[3:5]) for line in lines}
    requests = OPERATIONS[:7]
    wanted = {(who, name) for who in ("admin", "seller") for name in requests}
    assert shown == wanted | {("admin", name) for name in OPERATIONS[7:]}
    for line in lines:
        share = line.split("|")[8].strip()
        assert re.fullmatch(r"\d+\.\d\d", share), line


def test_an_answer_that_differs_from_the_limit_is_an_error(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from bench import operations
    from bench.client import Request

    answers = iter([b'{"items":[1],"next":"a"}', b'{"items":[2],"next":"b"}'])
    monkeypatch.setattr(operations, "ask", lambda *_args: next(answers))
    one = [Request("GET", "/")]
    with pytest.raises(RuntimeError, match="the answers differ"):
        operations.check(operations._of("list", one, one), 1, 2, {})
