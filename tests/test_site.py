"""The website in a real browser: offline, within its policy, with live charts; and its links."""

from __future__ import annotations

import functools
import re
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page, ViewportSize

from euromesh import params
from euromesh.facts.stored import read
from euromesh.folders import ROOT
from tests.conftest import BuiltBook

pytestmark = pytest.mark.book

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
AT_ONCE = 4  # pages that are open
LEADS = '<meta http-equiv="refresh"'
CHARTS = "[...document.querySelectorAll('.em-chart')]"
LIVE = f"""() => {CHARTS}.every(
    chart => chart.dataset.live && chart.querySelector('svg').getBoundingClientRect().height > 50
)"""
IN_THEME = f"""theme => {CHARTS}.every(
    chart => chart.dataset.live === theme
        && chart.querySelectorAll('svg').length === 1
        && chart.querySelector('svg').getAttribute('aria-label') === chart.dataset.alt
)"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves a page early hangs up; what fails, the test sees itself."""


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """A site over HTTP, from this machine to itself."""
    server = Server(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def page_names(site: Path) -> list[str]:
    """Every page but those that only lead to another."""
    return sorted(
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if LEADS not in path.read_text(encoding="utf-8").lower()
    )


def wake(page: Page) -> None:
    """Move as a reader does on whom the live charts wait."""
    if page.locator(".em-chart").count():
        page.locator(".em-chart").first.scroll_into_view_if_needed()
        page.dispatch_event("body", "pointermove")
        page.wait_for_function(LIVE, timeout=20_000)


@dataclass
class Visit:
    """A page of a browser, the name of what it shows, and what went wrong there."""

    page: Page
    name: str = ""
    wrong: list[str] = field(default_factory=list)

    def listen(self, base: str) -> None:
        """Note requests elsewhere, blocked or failed loads, dialogs and script errors."""
        listeners: dict[str, Callable[[Any], str]] = {
            "request": lambda r: "" if r.url.startswith(_known(base)) else f"asks {r.url}",
            "requestfailed": lambda r: f"failed {r.url}",
            "pageerror": lambda e: f"error {e}",
            "console": lambda m: m.text if m.type == "error" else "",
            "dialog": lambda d: f"dialog {d.message}{d.dismiss() or ''}",
        }
        for event, told in listeners.items():
            self.page.on(event, partial(self._note, told))  # type: ignore[call-overload]

    def _note(self, told: Callable[[Any], str], event: Any) -> None:
        if what := told(event):
            self.wrong.append(f"{self.name}: {what}")


def _known(base: str) -> tuple[str, ...]:
    return base, "data:", "blob:"


def visits(browser: Browser, base: str, names: Iterable[str], **view: Any) -> Iterator[Visit]:
    """Pages with live charts once nothing loads any more; some come to rest while others load."""
    free, resting = [Visit(browser.new_page(**view)) for _ in range(AT_ONCE)], deque[Visit]()
    for visit in free:
        visit.listen(base)
    for name in (*names, *[""] * AT_ONCE):
        if resting and (not free or not name):
            visit = resting.popleft()
            visit.page.wait_for_load_state("networkidle")
            yield visit
            free.append(visit)
        if name:
            visit = free.pop()
            visit.name, visit.wrong = name, []
            resting.append(visit)
            visit.page.goto(base + name)
            wake(visit.page)
    for visit in free:
        visit.page.close()


def test_every_page_loads_nothing_from_elsewhere_and_its_charts_follow_the_theme(
    browser: Browser, built_book: BuiltBook
) -> None:
    names, wrong, n_charts = page_names(built_book.site), [], 0
    with serving(built_book.site) as served:
        for visit in visits(browser, served, names, viewport=DESKTOP, color_scheme="light"):
            page = visit.page
            n_charts += page.locator(".em-chart").count()
            policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute(
                "content"
            )
            assert policy and "unsafe-eval" not in policy
            for theme in ("light", "dark"):
                page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                page.wait_for_function(IN_THEME, arg=theme, timeout=20_000)
            wrong += visit.wrong
        page = browser.new_page(viewport=DESKTOP)
        page.goto(served)  # the address of the site leads to the answer
        page.wait_for_selector("article h1 >> text=Can Europe")
        page.goto(f"{served}search.html?q=sources")
        page.wait_for_selector("#search-results li a")
        page.close()
    assert not wrong and n_charts


def test_every_page_works_from_the_file_system_on_a_phone_in_the_dark(
    browser: Browser, built_book: BuiltBook
) -> None:
    base, wrong = f"{built_book.site.as_uri()}/", []
    names = page_names(built_book.site)
    for visit in visits(browser, base, names, viewport=PHONE, color_scheme="dark"):
        wrong += visit.wrong
        fits = visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        wrong += [] if fits else [f"{visit.name} is wider than the window"]
    assert not wrong


@functools.cache
def document(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@functools.cache
def ids(path: Path) -> frozenset[str]:
    return frozenset(str(element["id"]) for element in document(path).select("[id]"))


def leads(site: Path, name: str, link: Tag) -> bool:
    """Whether a link on a page leads to an entry of the sources."""
    target, anchor = urldefrag(urljoin(name, unquote(str(link["href"]))))
    return target.startswith("sources") and anchor in ids(site / target)


def test_an_address_of_before_leads_to_its_page(built_book: BuiltBook) -> None:
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    for name in config["redirects"]:
        page = built_book.site / f"{name}.html"
        assert (page.parent / str(document(page).select("a")[0]["href"])).is_file()


def test_every_number_is_two_clicks_from_its_sources(built_book: BuiltBook) -> None:
    numbers = [
        (name, link)
        for name in page_names(built_book.site)
        for link in document(built_book.site / name).select(".em-val a")
    ]
    assert len(numbers) > 20
    assert not [at for at in numbers if not leads(built_book.site, *at)]


COUNT = re.compile(r"([\d,]+) (inputs?|values?|rows?)(?: of ([\d,]+) columns?)?")


def counted(inputs: list[str]) -> Counter[tuple[int, ...]]:
    """Their number, that of single values of each topic, and rows and columns of each table."""
    tables, topics, found = params.library().tables, Counter[str](), defaultdict(set)
    for key in inputs:
        name, *row, column = key.split(".")
        if name in tables:
            found[name].add((".".join(row), column))
        else:
            topics[name] += 1
    cells = [(len({r for r, _ in one}), len({c for _, c in one})) for one in found.values()]
    return Counter([(len(inputs),) * bool(inputs), *((n,) for n in topics.values()), *cells])


def test_the_pages_of_results_count_exactly_the_inputs_of_each_result(
    built_book: BuiltBook,
) -> None:
    results, pages = read(built_book.run), built_book.site.glob("sources-results-*.html")
    errors = {f"{key}_se" for key in results} & results.keys()
    for page in pages:
        for block in document(page).select(".em-inputs"):
            listed = block.find_previous_sibling(class_="em-results")
            assert listed is not None
            assert all(leads(built_book.site, page.name, link) for link in block.select("a[href]"))
            told = COUNT.findall(block.get_text().partition("read")[2])
            numbers = Counter(
                tuple(int(n.replace(",", "")) for n in (one, of) if n) for one, _, of in told
            )
            for code in listed.select("code"):
                inputs = results.pop(code.get_text())["inputs"]
                assert numbers == counted(inputs) or not inputs, (page.name, code.get_text())
    assert results.keys() == errors


def test_no_page_of_the_sources_is_too_heavy_for_a_phone(built_book: BuiltBook) -> None:
    pages = sorted(built_book.site.glob("sources*.html"))
    sizes = {page.name: page.stat().st_size for page in pages}
    elements = {page.name: len(document(page).find_all(True)) for page in pages}
    assert len(pages) > 40
    assert [name for name, size in sizes.items() if size > 150_000] == []
    assert [name for name, n in elements.items() if n > 4_000] == []
