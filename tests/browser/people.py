"""Somebody in front of a browser window."""

import re
from pathlib import Path

from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "core/frontend/node_modules/axe-core/axe.min.js"
SCREEN = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LOCAL = ("data:", "blob:")


class Person:
    """A window with one page; `problems` are what its console complained about.

    `refused` takes the statuses that a test provokes: the browser itself logs them as errors.
    """

    def __init__(self, context, site):
        self.context, self.site = context, site
        self.problems, self.strayed, self.refused = [], [], set()
        self.page = context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        context.on("request", self._asked)

    def _heard(self, message):
        found = re.search(r"the server responded with a status of (\d+)", message.text)
        if message.type == "error" and not (found and int(found[1]) in self.refused):
            self.problems.append(f"{message.text} ({message.location.get('url')})")

    def _asked(self, request):
        if not request.url.startswith((f"{self.site}/", *LOCAL)):
            self.strayed.append(request.url)

    def open(self, path):
        """Goes to a page and waits until its elements and panels stand."""
        answer = self.page.goto(path)
        self.settle()
        return answer

    def settle(self):
        """Waits until nothing is being loaded: no request under way, no element half made."""
        expect(self.page.locator(".htmx-request, [aria-busy=true]")).to_have_count(0)
        self.page.wait_for_function(
            """() => [...document.querySelectorAll("*")].every((e) =>
                 (!e.localName.startsWith("tenon-") || customElements.get(e.localName))
                 && (e.localName !== "tenon-lookup" || e.ts))"""
        )

    def drag(self, what, to, *, x=40, y=20):
        """Drags from the middle of `what` to a point of `to`, measured from its corner."""
        what.scroll_into_view_if_needed()
        start, end = what.bounding_box(), to.bounding_box()
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, start["y"] + min(start["height"] / 2, 20))
        mouse.down()
        mouse.move(start["x"] + start["width"] / 2 + 12, start["y"] + 26, steps=3)
        mouse.move(end["x"] + x, end["y"] + y, steps=12)
        mouse.move(end["x"] + x + 4, end["y"] + y + 4, steps=4)
        mouse.up()

    def drag_across(self, start, end):
        """Drags from a point of the window to another."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(start[0] + 2, start[1] + 8, steps=3)
        mouse.move(*end, steps=12)
        mouse.up()

    def faults(self, *exclude):
        """The serious faults of access of this page (WCAG 2 A and AA), as axe-core finds them."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            """(exclude) => axe.run({exclude}, {runOnly: ["wcag2a", "wcag2aa"],
                 resultTypes: ["violations"]})""",
            [[one] for one in exclude],
        )
        return [
            f"{rule['id']}: {node['html'][:160]} - {node['failureSummary'][:200]}"
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical"}
            for node in rule["nodes"]
        ]

    def overflow(self):
        """How many pixels the page is wider than its window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def leave(self):
        self.context.close()
