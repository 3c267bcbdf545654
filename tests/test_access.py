"""The website for every reader: what axe-core finds, what a page weighs, how it prints."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from euromesh.folders import ROOT
from tests.conftest import BuiltBook
from tests.test_site import DESKTOP, PHONE, page_names, serving, wake

pytestmark = pytest.mark.book

AXE = ROOT / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
ANSWER = "intro.html"
HEAVIEST = 350_000  # bytes that a page asks for, compressed, before a reader touches it
PACKED = (".woff2", ".png")
VIEWS = [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")]
FINDINGS = """async () => (await axe.run({resultTypes: ['violations']})).violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`))"""
SHIFTS = """new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) {
        if (!hadRecentInput) window.shifted = (window.shifted ?? 0) + value;
    }
}).observe({ type: 'layout-shift', buffered: true })"""

DROPPED = re.compile(r'role="(doc-biblioentry|doc-endnote|directory)"')


def found(
    browser: Browser, site: Path, names: list[str], size: ViewportSize, scheme: Any
) -> Iterator[str]:
    """What axe-core calls serious or critical, on some pages in one view."""
    # The policy of a page forbids a script that the project does not ship.
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=AXE)
    page = context.new_page()
    with serving(site) as served:
        for name in names:
            page.goto(served + name)
            wake(page)
            yield from (f"{name}: {text}" for text in page.evaluate(FINDINGS))
    context.close()


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: `make test` installs it")
@pytest.mark.parametrize(("size", "scheme"), VIEWS)
def test_no_page_shuts_a_reader_out(
    browser: Browser, built_book: BuiltBook, size: ViewportSize, scheme: str
) -> None:
    """The pages of the sources are all made alike: they are read in the first view."""
    every = page_names(built_book.site)
    names = every if (size, scheme) == VIEWS[0] else [n for n in every if "sources-" not in n]
    assert not list(found(browser, built_book.site, names, size, scheme))


def weight(site: Path, address: str) -> int:
    """Bytes of a file as a server sends it."""
    data = (site / urlsplit(address).path.lstrip("/")).read_bytes()
    return len(data) if address.endswith(PACKED) else len(gzip.compress(data))


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_page_is_light_and_holds_still(
    browser: Browser, built_book: BuiltBook, size: ViewportSize
) -> None:
    wrong = []
    with serving(built_book.site) as served:
        for name in page_names(built_book.site):
            if size == DESKTOP and "sources-" in name:  # made alike, and read on a phone
                continue
            page = browser.new_page(viewport=size)
            page.add_init_script(SHIFTS)
            asked: set[str] = set()
            page.on("request", lambda request, asked=asked: asked.add(request.url))
            page.goto(served + name)
            page.wait_for_load_state("networkidle")
            weights = sum(weight(built_book.site, url) for url in asked if url.startswith(served))
            shifted = page.evaluate("window.shifted ?? 0")
            if weights > HEAVIEST or shifted > 0.1:
                wrong.append(f"{name}: {weights} bytes, moves by {shifted:.2f}")
            page.close()
    assert not wrong


def test_no_page_names_a_part_by_a_role_that_aria_dropped(built_book: BuiltBook) -> None:
    pages = {name: (built_book.site / name).read_text() for name in page_names(built_book.site)}
    assert not {name for name, page in pages.items() if DROPPED.search(page)}


def test_every_control_works_without_the_icons_of_the_theme(
    browser: Browser, built_book: BuiltBook
) -> None:
    page = browser.new_page(viewport=DESKTOP, color_scheme="light")
    with serving(built_book.site) as served:
        page.goto(served + "how-to-rerun.html")
        page.click(".theme-switch-button")
        mode = page.evaluate("document.documentElement.dataset.mode")
        shown = page.locator(".theme-switch:visible")
        assert shown.count() == 1 and shown.get_attribute("data-mode") == mode
        page.click(".primary-toggle")
        page.wait_for_selector("#pst-primary-sidebar", state="hidden")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#pst-search-dialog[open] input")
        page.keyboard.press("Escape")
        page.hover("div.highlight")
        page.click("div.highlight .copybtn >> nth=0")
        page.wait_for_selector(".copybtn.success")
        page.set_viewport_size(PHONE)
        page.click(".primary-toggle")
        page.wait_for_selector("#pst-primary-sidebar-modal[open] .bd-links")
    page.close()


def inked(page: Page, folder: Path) -> float:
    """How much of the first two printed sheets is dark."""
    file = folder / "printed.pdf"
    page.pdf(path=file, print_background=True)
    sheets = [pypdfium2.PdfDocument(file)[number].render().to_numpy() for number in (0, 1)]
    return max(float((sheet < 128).mean()) for sheet in sheets)


def test_a_dark_page_prints_light_also_when_its_charts_are_live(
    browser: Browser, built_book: BuiltBook, tmp_path: Path
) -> None:
    page = browser.new_page(viewport=DESKTOP, color_scheme="dark")
    page.goto(f"{built_book.site.as_uri()}/{ANSWER}")
    assert 0 < inked(page, tmp_path) < 0.2
    wake(page)
    assert 0 < inked(page, tmp_path) < 0.2
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.locator(".em-chart svg").count() == page.locator(".em-chart").count()
    page.close()


def test_nothing_widens_a_page_at_twice_its_size(browser: Browser, built_book: BuiltBook) -> None:
    """A window of 1280 pixels at 200 % is one of 640 with every size doubled."""
    page = browser.new_page(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    wide = []
    for name in page_names(built_book.site):
        page.goto(f"{built_book.site.as_uri()}/{name}")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(name)
    page.close()
    assert not wide
