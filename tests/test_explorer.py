"""The explorer in a real browser: a reader moves assumptions, and the model of the book answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from euromesh import params as parameters
from euromesh.facts.changes import finished
from euromesh.units import last_day
from tests.conftest import BuiltBook
from tests.test_access import AXE, FINDINGS
from tests.test_site import DESKTOP, PHONE, page_names, serving

pytestmark = pytest.mark.book

ASIDE: Final = 120_000  # ms for a machine that does other things as well
SETTLED: Final = ".em-explorer[data-state=settled]"
SHARE: Final = "[data-id='owned.share'] input"
Wrong = list[str]


def month(day: str) -> str:
    return f"{last_day(day):%B %Y}"


def plan(**settings: Any) -> str:
    """What the explorer says of the public machines on plan under some settings."""
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    return month(finished(parameters.load(overrides=overrides), "owned"))


def settle(page: Page) -> None:
    page.wait_for_selector(SETTLED, timeout=ASIDE)


def said(page: Page, line: str) -> str:
    return page.inner_text(f"[data-line={line}] strong")


@pytest.fixture
def wrong() -> Wrong:
    """What the console of a page says is wrong."""
    return []


@pytest.fixture
def page(browser: Browser, built_book: BuiltBook, wrong: Wrong) -> Iterator[Page]:
    """The explorer of the book, served, with nothing wrong in its console at the end."""
    context = browser.new_context(viewport=DESKTOP, permissions=["clipboard-read"])
    found = context.new_page()
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    with serving(built_book.site) as served:
        ours = (served, "blob:", "data:")
        found.on("request", lambda r: None if r.url.startswith(ours) else wrong.append(r.url))
        found.goto(f"{served}explorer.html")
        if found.locator(".em-x-begin").is_hidden():
            pytest.skip("no Pyodide: `make book` installs it")
        yield found
    context.close()
    assert not wrong


def test_a_reader_with_a_keyboard_moves_an_assumption_and_hears_what_it_does(
    page: Page, tmp_path: Path
) -> None:
    """Arrow keys load the model; undo, an address and a file of parameters hold what was set."""
    before, largest = said(page, "headline_odds"), said(page, "headline_star")
    assert " × 10²" in largest
    page.focus(SHARE)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    settle(page)
    share = float(page.url.partition("owned.share=")[2])
    assert share > 0.1
    assert said(page, "headline_plan") == plan(owned__share=share)
    assert said(page, "headline_odds") != before
    assert "out of 100" in page.inner_text(".em-x-spoken")
    assert "more than in the book" in page.inner_text("[data-line=headline_odds]")

    with page.expect_download() as download:
        page.click("[data-do=export]")
    download.value.save_as(tmp_path / "settings.yaml")
    assert parameters.read_overrides((), tmp_path / "settings.yaml") == {"owned.share": share}

    page.click("[data-id='owned.share'] .em-x-reset")
    settle(page)
    assert (said(page, "headline_odds"), said(page, "headline_star")) == (before, largest)
    page.wait_for_function("() => !location.search")  # written a moment later
    page.click("[data-do=undo]")
    settle(page)
    assert said(page, "headline_plan") == plan(owned__share=share)


def test_an_address_sets_the_explorer_and_what_cannot_be_is_refused(page: Page) -> None:
    page.goto(f"{page.url}?owned.grant_months=20&owned.share=0.2")
    settle(page)
    assert said(page, "headline_plan") == plan(owned__grant_months=20.0, owned__share=0.2)
    assert "Months to a grant: 20 months" in page.inner_text(".em-x-moved")
    page.goto(f"{page.url.partition('?')[0]}?owned.machine_set=eurohpc&owned.left_out=lumi_g")
    told = "machine left out: LUMI-G; which public machines take part: those of EuroHPC"
    assert told in page.inner_text(".em-x-moved")
    for asked, told in (
        ("owned.share=7", "owned.share must be in [0, 1], got 7"),
        ("owned.shar=0.1", "there is no parameter owned.shar"),
    ):
        page.goto(f"{page.url.partition('?')[0]}?{asked}")
        expect(page.locator(".em-x-note")).to_contain_text(told, timeout=ASIDE)
        assert "Nothing is moved" in page.inner_text(".em-x-moved")


def test_what_describes_a_control_stands_beside_it_and_a_bare_year_is_a_date(page: Page) -> None:
    named = "[...document.querySelectorAll('.em-explorer [aria-describedby]')]"
    ids = f"{named}.flatMap((one) => one.getAttribute('aria-describedby').split(' '))"
    assert page.locator(".em-x-hint").count() > 9
    assert page.evaluate(f"{ids}.every((id) => document.getElementById(id).textContent)")
    assert page.evaluate(f"{ids}.filter((id) => id.endsWith('-hint')).length") > 9
    page.goto(f"{page.url}?gigafactory.selected_on=2028&penalty.law=joint_vs_one")
    settle(page)
    told = page.inner_text(".em-x-moved")
    assert "day of the selection: January 2028" in told and "joint vs one" in told


def test_a_scenario_and_what_differs_from_it_make_a_short_address(page: Page) -> None:
    page.click("text=The worst end for the public machines")
    settle(page)
    page.wait_for_function("() => location.search === '?scenario=low'")
    assert said(page, "headline_plan") == finished(parameters.load("low"), "owned") == "never"
    page.goto(f"{page.url}&owned.share=0.2")
    settle(page)
    told = "“The worst end for the public machines”; Share of each public machine: 20 %"
    assert told in page.inner_text(".em-x-moved")
    low = parameters.load("low", {"owned.share": 0.2})
    assert said(page, "headline_plan") == month(finished(low, "owned"))
    page.click("[data-id='owned.grant_months'] .em-x-reset")
    settle(page)
    page.wait_for_function("() => location.search.startsWith('?scenario=low&owned.grant_months=')")
    page.goto(f"{page.url.partition('?')[0]}?scenario=lowe")
    expect(page.locator(".em-x-note")).to_contain_text("There is no scenario lowe here: ")
    assert "Nothing is moved" in page.inner_text(".em-x-moved")


def test_questions_combine_and_a_wish_is_solved_for(page: Page) -> None:
    for label in ("Without JUPITER", "A leased hall joins"):
        page.click(f"text={label}")
    settle(page)
    presets = json.loads(page.inner_text(".em-explorer-data"))["presets"]
    sets = {one["label"]: one["set"] for one in presets}
    made = sets["Without JUPITER"] | sets["A leased hall joins"]
    assert said(page, "headline_plan") == month(finished(parameters.load(overrides=made), "owned"))
    page.click("[data-do=reset_all]")
    page.fill(".em-x-backwards [name=odds]", "85")
    page.click(".em-x-backwards button:not([hidden])")
    page.wait_for_selector(".em-x-take:visible", timeout=ASIDE)
    page.click(".em-x-take")
    settle(page)
    assert "owned.share" in page.url
    page.fill(".em-x-backwards [name=odds]", "99")
    page.uncheck(".em-x-backwards [name=granted]")
    page.click(".em-x-backwards button:not([hidden])")
    expect(page.locator(".em-x-solved")).to_contain_text(
        "since a grant may be refused", timeout=ASIDE
    )


def test_the_explorer_stands_whole_without_its_script_and_from_a_file(
    browser: Browser, built_book: BuiltBook
) -> None:
    """The numbers of the book, all controls at rest, and why nothing moves."""
    context = browser.new_context(java_script_enabled=False)
    found = context.new_page()
    found.goto((built_book.site / "explorer.html").as_uri())
    assert said(found, "headline_plan") == plan()
    assert found.locator(".em-explorer :is(input, select):enabled").count() == 0
    context.close()
    opened = browser.new_page()
    opened.goto((built_book.site / "explorer.html").as_uri())
    assert "from a file on disk" in opened.inner_text(".em-x-note")
    assert opened.locator(".em-explorer :is(input, select):enabled").count() == 0
    opened.close()


@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: `make test` installs it")
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_a_moved_explorer_shuts_no_reader_out(
    browser: Browser, built_book: BuiltBook, size: Any, scheme: Any
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    context.add_init_script(path=AXE)
    found = context.new_page()
    with serving(built_book.site) as served:
        found.goto(f"{served}explorer.html?owned.share=0.2")
        settle(found)
        found.click(".em-x-presets summary")
        found.wait_for_timeout(300)
        assert not found.evaluate(FINDINGS, ["contrast", "rest"])
        width = found.evaluate("document.documentElement.scrollWidth - innerWidth")
    context.close()
    assert width <= 0


def test_links_that_set_the_explorer_set_what_it_knows(built_book: BuiltBook) -> None:
    """Every link of the book into the explorer is one that the model takes."""
    pages = (built_book.site / name for name in page_names(built_book.site))
    texts = (page.read_text(encoding="utf-8") for page in pages)
    found = {query for text in texts for query in re.findall(r'explorer\.html\?([^"#]+)"', text)}
    assert found
    for query in found:
        assert parse_qs(unescape(query)).keys() <= parameters.resolve().keys(), query
