"""Coming in and going out by the browser."""

from __future__ import annotations

from collections.abc import Mapping

from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.auth.endpoints import (
    CodeInput,
    LoginInput,
    logout,
    show_second_factor,
    sign_in,
)
from tenon_core.web.pages.calls import PageCall, local, redirect
from tenon_core.web.pages.gateway import LOGIN, SECOND_STEP
from tenon_core.web.problems import Fault
from tenon_sdk.text import translate

Params = Mapping[str, str]


def add_login(router: Router) -> None:
    router.add("GET", LOGIN, Endpoint(show_login, public=True))
    router.add("POST", LOGIN, Endpoint(enter, public=True))
    router.add("GET", SECOND_STEP, Endpoint(show_code))
    router.add("POST", SECOND_STEP, Endpoint(enter_code))
    router.add("POST", "logout", Endpoint(leave))


def show_login(call: PageCall, _params: Params) -> Answer:
    if call.who is not None:
        return redirect("/")
    return _form(call)


def enter(call: PageCall, _params: Params) -> Answer:
    given = LoginInput(call.form.get("login"), call.form.get("password"))
    try:
        opened = sign_in(call, given)
    except Fault as fault:
        return _form(call, fault, login=given.login)
    to = SECOND_STEP if opened.needed else local(call.form.get("next") or "/")
    return redirect(to, (b"set-cookie", opened.cookie.encode()))


def show_code(call: PageCall, _params: Params) -> Answer:
    if call.who is not None and not call.who.pending:
        return redirect("/")
    return call.pages.renderer.page(call, "core/login_code.html", fault=None)


def enter_code(call: PageCall, _params: Params) -> Answer:
    try:
        show_second_factor(call, CodeInput(call.form.get("code")))
    except Fault as fault:
        return call.pages.renderer.page(
            call, "core/login_code.html", status=fault.status, fault=translate(fault.message)
        )
    return redirect("/")


def leave(call: PageCall, params: Params) -> Answer:
    left = logout(call, params)
    return redirect(LOGIN, *left.headers)


def _form(call: PageCall, fault: Fault | None = None, login: str = "") -> Answer:
    back = dict(call.query).get("next") or (call.form.get("next") if call.body else "")
    return call.pages.renderer.page(
        call,
        "core/login.html",
        status=200 if fault is None else fault.status,
        fault=None if fault is None else translate(fault.message),
        login=login,
        back=local(back) if back else "",
    )
