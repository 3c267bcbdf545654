"""What a page asks for before a reader touches it, and whether it holds still as it comes."""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.conftest import BuiltBook
from tests.test_site import DESKTOP, PHONE, page_names, serving

pytestmark = [pytest.mark.book, pytest.mark.still]

HEAVIEST = 350_000  # bytes that a page asks for, compressed
PACKED = (".woff2", ".png")
RESTING = 2  # pages
SHIFTS = """new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) {
        if (!hadRecentInput) window.shifted = (window.shifted ?? 0) + value;
    }
}).observe({ type: 'layout-shift', buffered: true })"""


def weight(site: Path, address: str) -> int:
    """Bytes of a file as a server sends it."""
    data = (site / urlsplit(address).path.lstrip("/")).read_bytes()
    return len(data) if address.endswith(PACKED) else len(gzip.compress(data))


def rested(
    browser: Browser, served: str, names: list[str], size: ViewportSize
) -> Iterator[tuple[str, Page, set[str]]]:
    """New pages once nothing loads any more, and what each asked for; two rest as another loads."""
    resting = deque[tuple[str, Page, set[str]]]()
    for name in (*names, *[""] * RESTING):
        if name:
            page, asked = browser.new_page(viewport=size), set[str]()
            page.add_init_script(SHIFTS)
            page.on("request", lambda request, asked=asked: asked.add(request.url))
            page.goto(served + name)
            resting.append((name, page, asked))
        if resting and (len(resting) > RESTING or not name):
            one = resting.popleft()
            one[1].wait_for_load_state("networkidle")
            yield one
            one[1].close()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_page_is_light_and_holds_still(
    browser: Browser, built_book: BuiltBook, size: ViewportSize
) -> None:
    """The pages of the sources are all made alike: they are read on a phone."""
    site, wrong = built_book.site, []
    names = [name for name in page_names(site) if size == PHONE or "sources-" not in name]
    with serving(site) as served:
        for name, page, asked in rested(browser, served, names, size):
            weights = sum(weight(site, url) for url in asked if url.startswith(served))
            shifted = page.evaluate("window.shifted ?? 0")
            if weights > HEAVIEST or shifted > 0.1:
                wrong.append(f"{name}: {weights} bytes, moves by {shifted:.2f}")
    assert not wrong
