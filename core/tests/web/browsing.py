"""A browser without scripts: follows forms as they stand on pages."""

import re
from html import unescape
from html.parser import HTMLParser

from attrs import define, field
from conftest import Web

HTMX = {"hx-request": "true"}


class _Fields(HTMLParser):
    """The fields of the form whose action ends with `action`, as a browser would post them."""

    def __init__(self, action):
        super().__init__()
        self.action, self.inside, self.found, self.select = action, False, [], None
        self.area = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("action", "").endswith(self.action)
        if not self.inside or "disabled" in given:
            return
        name = given.get("name")
        if tag == "input" and name:
            off = given.get("type") in {"checkbox", "radio"} and "checked" not in given
            if not off and given.get("type") not in {"submit", "file"}:
                self.found.append((name, given.get("value", "")))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.found.append((self.select, given.get("value", "")))
        elif tag == "textarea":
            self.area = [name, ""]

    def handle_data(self, data):
        if self.area is not None:
            self.area[1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.area is not None:
            self.found.append(tuple(self.area))
            self.area = None
        elif tag == "template":
            self.found = [(n, v) for n, v in self.found if "__key__" not in n]


@define
class Browser:
    """`login` logged in with a session; forms carry their token as the page gave it."""

    web: Web
    login: str
    csrf: str = ""
    cookies: dict = field(factory=dict)

    def open(self):
        self.web.set_password(self.login)
        answer = self.web.log_in(self.login)
        self.csrf = answer.json()["csrf_token"]
        self.cookies = dict(self.web.client.cookies)
        return self

    def get(self, path, fragment=False, **headers):
        return self._send("GET", path, headers=HTMX if fragment else {}, **headers)

    def post(self, path, data=None, fragment=False, **kwargs):
        headers = {"x-csrf-token": self.csrf, **(HTMX if fragment else {})}
        return self._send("POST", path, data=data or {}, headers=headers, **kwargs)

    def _send(self, method, path, headers=None, **kwargs):
        self.web.client.cookies.clear()
        self.web.client.cookies.update(self.cookies)
        headers = {"Accept-Language": "en", **(headers or {}), **kwargs.pop("more", {})}
        return self.web.client.request(
            method, path, headers=headers, follow_redirects=False, **kwargs
        )

    def form(self, path, action=None, fragment=False):
        """What the form on the page at `path` would post."""
        return fields(self.get(path, fragment=fragment).text, action or path.partition("?")[0])


def fields(html, action):
    parser = _Fields(action)
    parser.feed(html)
    return dict(parser.found)


def text_of(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
