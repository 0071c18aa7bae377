"""Runs the examples of the manual as a reader would, page by page, from top to bottom.

A fenced block says by its first line what it is:

    ```console            commands after `$ `, each with what it prints; `…` stands for anything.
                          A command with `# refused` has to fail; $ID is the id printed last,
                          $TOKEN the token
    ```python             code; all of a page shares its names, and lines with >>> are doctests
    ```http 201           a request, answered with this status; a `json` block after it is what
                          comes back, with `…` for any value or any further members
    ```toml map.toml      a file that is written; `>> map.toml` is added to the file
    ```text, sh, …        what cannot be run here: shown and left alone
"""

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from attrs import define, field
from click.testing import CliRunner
from litestar.testing import TestClient

from tenon_core.cli.app import App
from tenon_core.cli.main import root
from tenon_core.web.app import create_app
from tenon_sdk.testing.checkout import describe_checkout

FENCE = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SCRIPT = "from tenon_core.cli.main import run; run()"


@define
class Block:
    language: str
    info: str
    content: str
    line: int


def blocks_of(text):
    return [
        Block(found[1], found[2] or "", found[3], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


@define
class Page:
    """One page that is being followed in a folder of its own."""

    folder: Path
    variables: dict[str, str] = field(factory=dict)
    names: dict[str, object] = field(factory=dict)
    installed: list[Path] = field(factory=list)
    answer: object = None
    _client: TestClient | None = None
    _app: App | None = None

    def close(self):
        if self._client is not None:
            self._client.__exit__(None, None, None)
            self._app.close()
            self._client = None

    def follow(self, text, name):
        """Runs every block; raises AssertionError that names page and line of the first wrong."""
        for block in blocks_of(text):
            try:
                self._run(block)
            except Exception as error:
                raise AssertionError(f"{name}:{block.line}: {error}") from error

    def _run(self, block):
        if block.language == "console":
            for command, expected in commands_of(block.content):
                self._command(command, expected)
        elif block.language == "http":
            self._request(block)
        elif block.language == "json" and not block.info:
            assert matches(json.loads(block.content), self.answer), (
                f"the answer is {json.dumps(self.answer, ensure_ascii=False, indent=2)}"
            )
        elif block.language == "python" and not block.info:
            self._python(block)
        elif "." in block.info:
            path = self.folder / block.info.removeprefix(">> ")
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text("utf-8") if block.info.startswith(">> ") else ""
            path.write_text(before + block.content, "utf-8")

    # ------------------------------------------------------------------------------- commands

    def _command(self, command, expected):
        refused = command.endswith("# refused")
        words = [self._filled(word) for word in shlex.split(command, comments=True)]
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.variables[name] = value
            return
        if words[:4] == ["uv", "pip", "install", "-e"]:
            folder = self.folder / words[4]
            held = self.folder.parent / f"{self.folder.name}-installed"
            describe_checkout(folder, held)
            self.installed += [folder / "src", held]
            return
        code, said = self._called(words)
        assert (code != 0) == refused, f"{command} ended with {code}: {said}"
        if words[:3] == ["tenon", "token", "add"]:
            self.variables["TOKEN"] = said.split()[-1]
        if ids := ID.findall(said):
            self.variables["ID"] = ids[-1]
        assert not expected or printed(expected, said), f"{command} printed:\n{said}"

    def _called(self, words):
        self.close()
        if self.installed or words[0] != "tenon":
            return self._process(words)
        env = {name: self.variables.get(name) for name in ("TENON_SITE", "LANG")}
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            result = CliRunner().invoke(root, words[1:], env=env)
        finally:
            os.chdir(here)
        return result.exit_code, result.output

    def _process(self, words):
        programs = {"tenon": ["-c", SCRIPT], "pytest": ["-m", "pytest"]}
        command = [sys.executable, *programs[words[0]], *words[1:]]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TENON_S")}
        kept |= {"PYTHONPATH": os.pathsep.join(map(str, self.installed)), **self.variables}
        done = subprocess.run(
            command, cwd=self.folder, env=kept, check=False, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    def _filled(self, text):
        return re.sub(r"\$(\w+)", lambda found: self.variables.get(found[1], found[0]), text)

    # ------------------------------------------------------------------------------- requests

    def _request(self, block):
        head, _, body = self._filled(block.content).partition("\n\n")
        first, *lines = head.splitlines()
        method, path = first.split(" ", 1)
        headers = dict(line.split(": ", 1) for line in lines)
        if "TOKEN" in self.variables:
            headers.setdefault("Authorization", f"Bearer {self.variables['TOKEN']}")
        if body.strip():
            headers.setdefault("Content-Type", "application/json")
        content = body.strip().encode() or None
        answer = self._web().request(method, path, headers=headers, content=content)
        assert answer.status_code == int(block.info or 200), f"{answer.status_code} {answer.text}"
        self.answer = answer.json() if answer.content else None

    def _web(self):
        if self._client is None:
            self._app = App(given=str(self.folder / self.variables["TENON_SITE"]))
            self._client = TestClient(create_app(self._app.site()))
            self._client.__enter__()
        return self._client

    # --------------------------------------------------------------------------------- python

    def _python(self, block):
        if ">>>" not in block.content:
            exec(compile(block.content, f"line {block.line}", "exec"), self.names)
            return
        parsed = doctest.DocTestParser().get_doctest(
            block.content.replace("…", "..."), {}, "page", "page", block.line
        )
        parsed.globs = self.names
        said = []
        runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
        failed = runner.run(parsed, out=said.append, clear_globs=False).failed
        assert not failed, "".join(said)


def commands_of(content):
    """(command, what it has to print); a command goes on after a backslash at a line's end."""
    found = []
    for line in content.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((line[2:].strip(), []))
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip()) for command, lines in found]


def printed(expected, said):
    """Whether a text is as shown, white space aside; `…` stands for anything, also for nothing."""
    parts = (re.escape(" ".join(part.split())) for part in expected.split("…"))
    found = " ".join(said.replace("\ufeff", "").split())
    return re.fullmatch(".*".join(parts), found) is not None


def matches(expected, found):
    """Whether JSON is as shown; `"…"` is any value, as a member's name any further members."""
    if expected == "…":
        return True
    if isinstance(expected, dict) and isinstance(found, dict):
        named = {name for name in expected if name != "…"}
        known = named <= found.keys() and ("…" in expected or named == found.keys())
        return known and all(matches(expected[name], found[name]) for name in named)
    if isinstance(expected, list) and isinstance(found, list):
        if expected and expected[-1] == "…":
            expected, found = expected[:-1], found[: len(expected) - 1]
        return len(expected) == len(found) and all(map(matches, expected, found))
    if isinstance(expected, str) and isinstance(found, str) and "…" in expected:
        return printed(expected, found)
    return bool(expected == found)
