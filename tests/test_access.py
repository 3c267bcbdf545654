"""The website for everybody: what axe-core finds, what a page weighs, how it moves and prints."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from euromesh.folders import ROOT
from tests.conftest import BuiltBook
from tests.test_site import DESKTOP, PHONE, page_names, serving

pytestmark = pytest.mark.book

AXE = ROOT / "tests" / "web" / "node_modules" / "axe-core" / "axe.min.js"
HEAVIEST = 350_000  # bytes that a page may ask for, compressed, before a reader touches it
VIEWS = [(size, scheme) for size in (PHONE, DESKTOP) for scheme in ("light", "dark")]
FINDINGS = """async () => (await axe.run({resultTypes: ['violations']})).violations
    .filter(({impact}) => ['serious', 'critical'].includes(impact))
    .flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`))"""


def found(browser: Browser, site: Path, size: ViewportSize, scheme: Any) -> Iterator[str]:
    """What axe-core calls serious or critical, on every page in one view."""
    # The policy of a page forbids a script that the project does not ship.
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=AXE)
    page = context.new_page()
    with serving(site) as served:
        for name in page_names(site):
            page.goto(served + name)
            yield from (f"{name}: {text}" for text in page.evaluate(FINDINGS))
    context.close()


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: `make web` installs it, with npm")
@pytest.mark.parametrize(("size", "scheme"), VIEWS)
def test_no_page_shuts_a_reader_out(
    browser: Browser,
    built_book: BuiltBook,
    size: ViewportSize,
    scheme: Literal["light", "dark"],
) -> None:
    assert not list(found(browser, built_book.site, size, scheme))
