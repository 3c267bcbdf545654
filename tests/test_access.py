"""The website for every reader: what axe-core finds, how it prints, what it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from euromesh.folders import ROOT
from tests.conftest import BuiltBook
from tests.test_site import DESKTOP, PHONE, page_names, serving, wake

pytestmark = pytest.mark.book

AXE = ROOT / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
ANSWER = "intro.html"
KINDS = {
    *(ANSWER, "explorer.html", "glossary.html", "notebooks/01_when.html"),
    *("sources-list.html", "sources-machines.html", "sources-results-owned.html"),
}
FINDINGS = """async (parts) => (await axe.run({
    resultTypes: ['violations'],
    rules: {'color-contrast': {enabled: parts.includes('contrast')}},
    ...(parts.includes('rest') ? {} : {runOnly: ['color-contrast']}),
})).violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`))"""

DROPPED = re.compile(r'role="(doc-biblioentry|doc-endnote|directory)"')


def parts(name: str, size: ViewportSize, scheme: str) -> list[str]:
    """What axe-core looks at on a page in one view.

    Contrast takes most of its time and hangs on the colours, the rest on the window. The pages of
    the sources are all made alike, and a phone has a bar and a menu of its own.
    """
    one_of_each, written = name in KINDS, "sources-" not in name
    asked = {
        "contrast": one_of_each or (written and size == DESKTOP),
        "rest": one_of_each
        or (written and (size, scheme) == (DESKTOP, "light"))
        or (size, scheme) == (PHONE, "dark"),
    }
    return [part for part, is_asked in asked.items() if is_asked]


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: `make test` installs it")
@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_a_reader_out(
    browser: Browser, built_book: BuiltBook, size: ViewportSize, scheme: Any
) -> None:
    """Nothing that axe-core calls serious or critical."""
    names = page_names(built_book.site)
    assert set(names) >= KINDS
    # The policy of a page forbids a script that the project does not ship.
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=AXE)
    page, wrong = context.new_page(), []
    with serving(built_book.site) as served:
        for name in names:
            if asked := parts(name, size, scheme):
                page.goto(served + name)
                wake(page)
                wrong += [f"{name}: {text}" for text in page.evaluate(FINDINGS, asked)]
    context.close()
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
