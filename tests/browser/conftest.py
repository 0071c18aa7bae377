"""One demo company for each process of a test run, and its people in Chromium.

Every page that a test opens is watched: an error in its console, or a request that would leave
this machine, fails the test at its end.
"""

import shutil
import sys
from pathlib import Path

import pytest
from fasteners import InterProcessLock
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
for folder in (ROOT / "tools", Path(__file__).parent):
    sys.path.insert(0, str(folder))

from people import PHONE, SCREEN, Person  # noqa: E402 (the same)

from demosite import launch, log_in, make_demo, served  # noqa: E402 (found where the line above says)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of a demo company that only this process writes to."""
    folder = tmp_path_factory.mktemp("site") / "demo"
    shutil.copytree(_made_once(tmp_path_factory), folder)
    with served(folder) as address:
        yield address


def _made_once(tmp_path_factory):
    # With pytest-xdist every process has a folder of its own below that of the run.
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    made = shared / "demo-made"
    with InterProcessLock(shared / "demo-made.lock"):
        if not made.exists():
            make_demo(shared / "demo-unfinished")
            (shared / "demo-unfinished").rename(made)
    return made


@pytest.fixture(scope="module")
def browser():
    """One for a file: while it runs, its event loop keeps other tests from starting theirs."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def cookies():
    """What the browser keeps of each log-in, so that a person logs in once a run."""
    return {}


@pytest.fixture
def visit(browser, site, cookies):
    """Opens a window: `visit("dengliping", phone=True)`; nobody is logged in without a name."""
    people = []

    def come(login=None, *, phone=False, locale="en", dark=False, **options):
        context = browser.new_context(
            base_url=site,
            locale="zh-CN" if locale == "zh_CN" else "en-US",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            storage_state=cookies.get(login),
            **(PHONE if phone else SCREEN),
            **options,
        )
        if login and login not in cookies:
            log_in(context, site, login)
            cookies[login] = context.storage_state()
        context.add_cookies([{"name": "tenon_locale", "value": locale, "url": site}])
        people.append(Person(context, site))
        return people[-1]

    yield come
    for person in people:
        person.leave()
    for person in people:
        assert person.problems == []
        assert person.strayed == []
