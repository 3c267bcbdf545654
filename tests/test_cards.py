"""The card of a number in a real browser: by mouse, keyboard and touch, from the file system."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import BuiltBook
from tests.test_site import DESKTOP, PHONE, ids, leads, page_names

pytestmark = pytest.mark.book

ANSWER = "intro.html"
DATE, SHARE = "owned.finish_date", "owned.share"
CARD = ".em-card:popover-open"
MOST = 15_000  # bytes of a page's cards, compressed
INSIDE = """card => { const box = card.getBoundingClientRect(); return box.left >= 0 && box.top >= 0
    && box.right <= window.innerWidth && box.bottom <= window.innerHeight }"""


@contextmanager
def opened(browser: Browser, book: BuiltBook, **options: object) -> Iterator[Page]:
    """The first page from the file system; an error of its console fails the test."""
    page, wrong = browser.new_page(**options), []  # type: ignore[arg-type]
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(f"{book.site.as_uri()}/{ANSWER}")
    yield page
    page.close()
    assert not wrong


def number(page: Page, key: str) -> Locator:
    """The link of the first number of a key."""
    return page.locator(f'.em-val[data-key="{key}"] > a').first


def cards(book: BuiltBook, name: str) -> dict[str, dict[str, object]]:
    """The cards that a page holds."""
    found = re.search(r'id="em-cards">(.*?)</script>', (book.site / name).read_text("utf-8"))
    told: dict[str, dict[str, object]] = json.loads(found[1])["cards"] if found else {}
    return told


def test_a_card_opens_under_the_mouse_stays_while_it_is_there_and_closes_after(
    browser: Browser, built_book: BuiltBook
) -> None:
    with opened(browser, built_book, viewport=DESKTOP) as page:
        number(page, DATE).hover()
        card = page.locator(CARD)
        expect(card).to_be_visible()
        assert card.evaluate(INSIDE)
        card.hover()
        page.wait_for_timeout(600)  # longer than a card stays without the mouse
        expect(card).to_be_visible()
        told = cards(built_book, ANSWER)[DATE]
        assert card.locator(".em-card-title").inner_text() == told["t"]
        assert card.locator(".em-card-value").inner_text() == told["v"]
        assert card.locator("li span:first-child").all_inner_texts() == [m[0] for m in told["m"]]
        page.mouse.move(5, 5)
        expect(card).to_have_count(0)


def test_focus_opens_a_card_escape_closes_it_and_enter_follows_the_number(
    browser: Browser, built_book: BuiltBook
) -> None:
    with opened(browser, built_book, viewport=DESKTOP) as page:
        page.keyboard.press("Tab")  # what the keyboard focuses, it shows
        number(page, SHARE).focus()
        card = page.locator(CARD)
        expect(card).to_be_visible()
        described = number(page, SHARE).get_attribute("aria-describedby")
        assert "2.5%" in page.locator(f"#{described}").inner_text()
        page.keyboard.press("Tab")  # into the card, which stays
        expect(card.locator("a").first).to_be_focused()
        page.keyboard.press("Escape")
        expect(card).to_have_count(0)
        expect(number(page, SHARE)).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/sources-parameters-routes.html#value-owned-share")


def test_a_tap_opens_a_card_at_the_foot_of_a_phone_and_leaves_the_page_where_it_is(
    browser: Browser, built_book: BuiltBook
) -> None:
    options = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
    with opened(browser, built_book, **options) as page:
        number(page, DATE).tap()
        card = page.locator(CARD)
        expect(card).to_be_visible()
        assert card.evaluate(INSIDE) and page.url.endswith(ANSWER)
        page.locator("h1").first.dispatch_event("pointerdown", {"pointerType": "touch"})
        expect(card).to_have_count(0)
        number(page, DATE).tap()
        card.get_by_text("All inputs").tap()
        page.wait_for_url("**/sources-results-owned.html#value-owned-finish-date")


def test_without_a_script_a_number_is_a_link_and_in_print_there_is_no_card(
    browser: Browser, built_book: BuiltBook
) -> None:
    with opened(browser, built_book, viewport=DESKTOP) as page:
        page.keyboard.press("Tab")
        number(page, DATE).focus()
        card = page.locator(".em-card")
        expect(card).to_be_visible()
        page.emulate_media(media="print")
        assert card.evaluate("card => getComputedStyle(card).display") == "none"
    with opened(browser, built_book, java_script_enabled=False) as page:
        number(page, DATE).click()
        assert page.url.endswith("sources-results-owned.html#value-owned-finish-date")


def test_every_number_has_a_card_with_what_it_prints_and_sources_that_are_listed(
    built_book: BuiltBook,
) -> None:
    listed = ids(built_book.site / "sources-list.html")
    values = json.loads((built_book.site.parent / "tree" / "values.json").read_text("utf-8"))
    for name in page_names(built_book.site):
        text = (built_book.site / name).read_text(encoding="utf-8")
        numbers = BeautifulSoup(text, "html.parser").select(".em-val")
        keys = {str(one["data-key"]) for one in numbers}
        found = cards(built_book, name)
        assert found.keys() == keys
        assert all(key in values and {"t", "v", "k"} <= found[key].keys() for key in keys)
        assert {at for card in found.values() for at in card["s"]} <= listed  # type: ignore[attr-defined]
        assert len(gzip.compress(json.dumps(found).encode())) < MOST
        assert all(
            leads(built_book.site, name, link) for one in numbers for link in one.select("a")
        )
