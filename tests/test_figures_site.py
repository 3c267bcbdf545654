"""What stands around figures and tables on the website: files, numbers, captions, tooltips."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page, ViewportSize

from euromesh.charts.saved import is_aside, sentences, tables, units
from tests.conftest import BuiltBook
from tests.test_site import PHONE, document, page_names, serving, wake

pytestmark = pytest.mark.book

MOVES = 24  # pixels, which a legend may take in a line more
SYMBOLS = ("symbol", "meaning", "in code")
HEIGHTS = """() => [...document.querySelectorAll('.em-chart')].map(
    chart => [chart.dataset.chart, Math.round(chart.getBoundingClientRect().height)]
)"""


def figures(site: Path) -> Iterator[tuple[str, Tag, dict[str, Any]]]:
    """Every figure with a chart: its page, the figure, and the specification."""
    for name in page_names(site):
        for chart in document(site / name).select(".em-chart"):
            figure, script = chart.find_parent("figure"), chart.select_one("script")
            assert figure is not None and script is not None, f"{name}: a chart is no figure"
            yield name, figure, json.loads(script.get_text())["spec"]


def saved(site: Path, page: str, figure: Tag, kind: str) -> list[Path]:
    """The files of a kind that a figure links to."""
    links = figure.select(".em-figure-links a[download]")
    paths = ((site / page).parent / str(link["href"]) for link in links)
    return [path.resolve() for path in paths if path.suffix == f".{kind}"]


def test_every_figure_is_saved_with_its_finding_and_leads_to_itself(built_book: BuiltBook) -> None:
    seen = set()
    for page, figure, _ in figures(built_book.site):
        caption = figure.select_one("figcaption p")
        [drawn], [png] = (saved(built_book.site, page, figure, kind) for kind in ("svg", "png"))
        assert caption is not None and png.read_bytes().startswith(b"\x89PNG")
        number = caption.select_one(".caption-number")
        told = caption.get_text().removeprefix(number.get_text() if number else "")
        words = BeautifulSoup(drawn.read_text(encoding="utf-8"), "html.parser")
        shown = " ".join(" ".join(words.find_all(string=True)).split())
        assert sentences(told)[0].rstrip("#") in shown and "evidence up to" in shown
        [own] = figure.select(".em-figure-links a[href^='#']")
        assert own["href"] == f"#{figure['id']}" and str(figure["id"]).startswith("fig-")
        seen.add((figure["id"], drawn))
    files = {drawn for _, drawn in seen}
    assert len(files) == len(seen) > 20  # no two figures share one


def test_what_a_figure_saves_is_the_data_that_its_marks_draw(built_book: BuiltBook) -> None:
    for page, figure, spec in figures(built_book.site):
        texts = [path.read_text() for path in saved(built_book.site, page, figure, "csv")]
        kept = [list(csv.reader(io.StringIO(text))) for text in texts]
        rows = [
            dict(zip((head.split(" [")[0] for head in heads), cells, strict=True))
            for heads, *body in kept
            for cells in body
        ]
        for unit, name, _ in units(spec):
            drawn = spec["datasets"].get(name, ())
            if is_aside(unit) or (drawn and "geometry" in drawn[0]):
                continue
            some = drawn[:: 1 + len(drawn) // 40]
            assert all(any(holds(row, datum) for row in rows) for datum in some)
        assert sum(map(len, tables(spec))) == len(rows)


def holds(row: dict[str, str], datum: dict[str, Any]) -> bool:
    """Whether a saved row says all that a drawn one does."""
    return datum.keys() <= row.keys() and all(same(row[key], datum[key]) for key in datum)


def same(cell: str, value: Any) -> bool:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(cell) and float(cell) == pytest.approx(value, rel=1e-12)
    return cell == ("" if value is None else str(value))


def test_no_tooltip_tells_the_name_of_a_column(built_book: BuiltBook) -> None:
    for _, figure, spec in figures(built_book.site):
        for unit, *_ in units(spec):
            told = unit.get("encoding", {}).get("tooltip", [])
            assert is_aside(unit) or told, f"{figure['id']}: a mark tells nothing"
            raw = [tip for tip in told if re.search(r"_|\b(lo|hi|p\d\d|row|n)\b", tip["title"])]
            plain = [tip for tip in told if tip["type"] != "nominal" and not tip.get("format")]
            assert not raw and not plain, f"{figure['id']}: {raw or plain}"


def test_every_table_has_a_number_a_caption_and_a_place_and_no_call_above_it(
    built_book: BuiltBook,
) -> None:
    bare = []
    for page in page_names(built_book.site):
        if page.startswith(("sources", "api", "search")):
            continue
        for table in document(built_book.site / page).select("article table"):
            if table.find_parent(class_="em-explorer"):  # a part of a tool, and called so
                continue
            heads = [cell.get_text(strip=True) for cell in table.select("thead th")]
            number, place = table.select_one("caption .caption-number"), table.get("id")
            if tuple(heads) != SYMBOLS and not (number and place):
                bare.append((page, heads))
    assert not bare


def test_no_call_stands_above_a_table_or_a_figure(built_book: BuiltBook) -> None:
    for page in page_names(built_book.site):
        for cell in document(built_book.site / page).select("div.cell"):
            call = cell.select_one(":scope > div.cell_input")
            assert not (call and cell.select_one("table, .em-chart")), f"{page}: {call}"


def told(page: Page) -> str:
    return str(page.locator(".em-tip.em-on").first.inner_text())


def test_the_keyboard_and_a_tap_reach_what_a_mark_tells(
    browser: Browser, built_book: BuiltBook
) -> None:
    page = browser.new_page(viewport=PHONE, has_touch=True)
    page.goto(f"{(built_book.site / 'notebooks' / '01_when.html').as_uri()}")
    wake(page)
    chart = page.locator("#fig-finish .em-chart")
    chart.focus()
    page.keyboard.press("ArrowRight")
    first = told(page)
    page.keyboard.press("ArrowRight")
    assert "route: " in first and told(page) != first
    assert page.locator(".em-tip.em-on").get_attribute("role") == "status"  # which is spoken
    page.keyboard.press("Escape")
    assert page.locator(".em-tip.em-on").count() == 0
    page.locator("#fig-finish .em-live .mark-symbol path").first.tap()
    assert "if everything goes to plan: " in told(page)
    page.locator("article h1").tap()
    assert page.locator(".em-tip.em-on").count() == 0
    page.close()


def heights(browser: Browser, address: str, width: int, live: bool) -> dict[str, int]:
    """How high every chart of a page stands, with its picture or live."""
    size: ViewportSize = {"width": width, "height": 844}
    page = browser.new_page(viewport=size)
    page.goto(address)
    if live:
        wake(page)
    found: dict[str, int] = dict(page.evaluate(HEIGHTS))
    page.close()
    return found


@pytest.mark.parametrize("width", [390, 1280])
def test_a_live_chart_takes_the_room_of_its_picture(
    browser: Browser, built_book: BuiltBook, width: int
) -> None:
    with serving(built_book.site) as base:
        for name in dict.fromkeys(name for name, *_ in figures(built_book.site)):
            before, after = (heights(browser, base + name, width, live) for live in (False, True))
            moved = {chart: after[chart] - height for chart, height in before.items()}
            assert all(abs(by) <= MOVES for by in moved.values()), (name, moved)
