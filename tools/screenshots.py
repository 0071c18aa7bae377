"""Write docs/screenshots anew: the main pages of the demo company, as `make screenshots` does.

Desktop and phone, English and Chinese, from a demo company that is made for them and goes again.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from demosite import launch, log_in, make_demo, served

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
LOGIN = "dengliping"
COLOURS = 128
LIMIT = 200_000
"""Bytes that a picture may have."""

PAGES = {
    "home": "/",
    "list": "/core/account",
    "form": "/core/account/new",
    "board": "/core/account/board/status",
    "calendar": "/calendar",
}
"""Pages by name; the log-in and a record are added."""

LOCALES = {"en": "en-US", "zh_CN": "zh-CN"}
SETTLED = """() => !document.querySelector(
    ".htmx-request, [aria-busy=true], tenon-calendar:empty, tenon-chart:empty") &&
  [...document.querySelectorAll(".tn-skeleton")].every((e) =>
    e.getBoundingClientRect().top > innerHeight) &&
  [...document.querySelectorAll("*")].every((e) =>
    !e.localName.startsWith("tenon-") || customElements.get(e.localName))"""


def take(page: Page, path: str, name: str) -> None:
    """Raises ValueError for a picture that is too large to be kept."""
    page.goto(path)
    page.wait_for_function(SETTLED)
    page.wait_for_load_state("load")
    file = FOLDER / f"{name}.png"
    taken = page.screenshot(animations="disabled", caret="hide", scale="css")
    with Image.open(BytesIO(taken)) as picture:
        # The colours of a page are few; a palette makes its picture a third of the size.
        reduced = picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
        reduced.save(file, optimize=True)
    if file.stat().st_size > LIMIT:
        raise ValueError(f"{file.name} has {file.stat().st_size:,} bytes, at most {LIMIT:,}")
    print(file.relative_to(FOLDER.parent.parent))


def window(browser: Browser, site: str, locale: str, *, phone: bool) -> BrowserContext:
    width, height = (390, 844) if phone else (1440, 900)
    context = browser.new_context(
        base_url=site,
        viewport={"width": width, "height": height},
        is_mobile=phone,
        has_touch=phone,
        locale=LOCALES[locale],
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        color_scheme="light",
    )
    context.add_cookies([{"name": "tenon_locale", "value": locale, "url": site}])
    return context


def a_customer(page: Page) -> str:
    """The address of the customer that the person worked with last."""
    page.goto("/core/account?sort=-updated_at")
    return page.locator("tbody tr[data-href]").first.get_attribute("data-href") or "/"


def photograph(browser: Browser, site: str, locale: str, *, phone: bool) -> None:
    ending = f"{'phone' if phone else 'desktop'}-{locale}"
    context = window(browser, site, locale, phone=phone)
    page = context.new_page()
    take(page, "/login", f"login-{ending}")
    log_in(context, site, LOGIN)
    context.add_cookies([{"name": "tenon_locale", "value": locale, "url": site}])
    for name, path in {**PAGES, "record": a_customer(page)}.items():
        take(page, path, f"{name}-{ending}")
    context.close()


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        make_demo(Path(folder) / "demo")
        with served(Path(folder) / "demo") as site:
            browser = launch(playwright)
            for locale in LOCALES:
                for phone in (False, True):
                    photograph(browser, site, locale, phone=phone)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
