"""The explorer in a real browser: the same numbers as Python's, its controls, its address."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from euromesh import params
from euromesh.book.controls import explorer
from euromesh.explore import Session, answer
from tests.conftest import BuiltBook
from tests.test_site import DESKTOP, PHONE, serving

pytestmark = pytest.mark.book

LOADED: Final = 60_000  # ms
SETTLED: Final = ".em-explorer[data-state=settled]"
PLAN: Final = "[data-line=headline_plan]"
ASK: Final = """async (requests) => {
    const address = new URL("_static/explorer/worker.mjs", location.href);
    const worker = new Worker(address, { type: "module" });
    const heard = (done) => new Promise((resolve) => {
        worker.onmessage = ({ data }) => { const found = done(data); if (found) resolve(found); };
    });
    const first = heard((data) => data.ready || data.failed);
    worker.postMessage({ type: "load" });
    await first;
    const told = [];
    for (const [id, [request, wanted]] of requests.entries()) {
        const next = heard((data) => data.id === id && (data[wanted] || data.error) && data);
        worker.postMessage({ id, request });
        const data = await next;
        told.push(data.error ?? data[wanted]);
    }
    worker.terminate();
    return told;
}"""
"""What the worker tells of some requests, each up to the first piece that is wanted."""


class Visited:
    """A page on which nothing may go wrong."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.wrong: list[str] = []
        page.on("pageerror", lambda e: self.wrong.append(f"error {e}"))
        page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        page.on(
            "request",
            lambda r: (
                None if r.url.startswith((base, "data:", "blob:")) else self.wrong.append(r.url)
            ),
        )

    def go(self, name: str) -> None:
        self.page.goto(self.base + name)

    def settled(self) -> None:
        self.page.wait_for_selector(SETTLED, timeout=LOADED)

    def slide(self, key: str, value: float) -> None:
        """Move a slider as a reader does."""
        self.page.evaluate(
            """([key, value]) => {
                document.querySelector(".em-explorer").dataset.state = "asking";
                const input = document.querySelector(`.em-x-control[data-id="${key}"] input`);
                input.value = value;
                input.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            [key, value],
        )

    def line(self, key: str) -> str:
        return self.page.inner_text(f"[data-line={key}]")


@pytest.fixture
def visited(browser: Browser, built_book: BuiltBook) -> Iterator[Visited]:
    page = browser.new_page(viewport=DESKTOP)
    with serving(built_book.site) as served:
        found = Visited(page, served)
        yield found
        page.close()
    assert not found.wrong


def session_of(site: Path) -> Session:
    folder = site / "_static" / "explorer"
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return Session(model, (folder / "draws.bin").read_bytes())


def random_settings(n: int) -> list[dict[str, Any]]:
    """Some controls each, anywhere on their sliders."""
    at, found = random.Random(16), []
    for _ in range(n):
        some = at.sample(explorer().controls, at.randint(1, 4))
        found.append({one.id: _anywhere(one, at) for one in some})
    return found


def _anywhere(one: Any, at: random.Random) -> Any:
    if one.names:
        return at.choice(list(one.names))
    if isinstance(one.least, str):
        return f"{at.randint(2027, 2031)}-{at.randint(1, 12):02d}-01"
    if one.least is None:
        return at.random() < 0.5
    return at.uniform(one.least, one.most)


def test_the_worker_tells_the_same_as_python_to_the_bit(
    visited: Visited, built_book: BuiltBook
) -> None:
    """Dates of three hundred random settings, odds after 64 draws and C* of some of them."""
    asked = [[{"settings": one}, "dates"] for one in random_settings(300)]
    asked += [[request, wanted] for request, _ in asked[:6] for wanted in ("odds", "c_star")]
    visited.go("limits.html")
    told = visited.page.evaluate(ASK, asked)
    session = session_of(built_book.site)
    for (request, wanted), theirs in zip(asked, told, strict=True):
        found = json.loads(answer(session, json.dumps(request)))
        while not found.keys() & {wanted, "error"}:
            found = json.loads(answer(session, json.dumps({"next": True})))
        assert theirs == found.get(wanted, found.get("error")), request


def test_a_reader_moves_the_assumptions_and_takes_them_away(visited: Visited) -> None:
    page = visited.page
    visited.go("explorer.html")
    before = visited.line("headline_odds")
    visited.slide("owned.share", 0)  # the touch loads the model
    visited.settled()
    page.wait_for_function("location.search === '?owned.share=0.005'")
    assert visited.line("headline_odds") != before
    assert "later" in visited.line("headline_plan")
    page.click("[data-preset='1']")  # what operates today, beside the share
    visited.settled()
    assert "Share of each public machine" in page.inner_text(".em-x-moved")
    assert "Machines on order" in page.inner_text(".em-x-moved")
    with page.expect_download() as download:
        page.click("[data-do=export]")
    found = params.read_overrides((), Path(download.value.path()))
    assert found == {"owned.share": 0.005, "owned.contracted": False}
    for _ in found:
        page.click("[data-do=undo]")
    assert visited.line("headline_odds") == before
    page.click("[data-do=redo]")
    assert not page.locator(".em-x-control[data-id='owned.share'] .em-x-reset").is_hidden()
    page.click("[data-do=reset_all]")
    assert page.locator(".em-x-set").count() == 0


def test_an_address_sets_the_explorer_and_what_cannot_be_is_said(visited: Visited) -> None:
    visited.go("explorer.html?owned.share=0.2&race.target=run_1e26")
    visited.settled()
    page = visited.page
    assert page.input_value("[data-id='race.target'] select") == "run_1e26"
    assert page.inner_text("[data-id='owned.share'] output") == "20 %"
    visited.go("explorer.html?owned.share=7")
    page.wait_for_function(
        "document.querySelector('.em-x-note').textContent.includes('must be in [0, 1], got 7')",
        timeout=LOADED,
    )


def test_a_question_is_answered_backwards(visited: Visited) -> None:
    visited.go("explorer.html")
    page = visited.page
    page.click(".em-x-begin")
    page.wait_for_selector(".em-explorer[data-state]", timeout=LOADED)
    page.fill("[name=odds]", "99")
    page.uncheck("[name=granted]")
    page.click(".em-x-backwards button")
    page.wait_for_function(
        "/Nothing reaches odds of 99/.test(document.querySelector('.em-x-solved').textContent)",
        timeout=LOADED,
    )


def test_the_keyboard_alone_moves_a_control_on_the_first_page(visited: Visited) -> None:
    visited.go("intro.html")
    page = visited.page
    page.focus(".em-x-control[data-id='owned.grant_months'] input")
    page.keyboard.press("ArrowRight")
    visited.settled()
    assert page.inner_text("[data-id='owned.grant_months'] output") == "13 months"
    assert re.search(r"\d+ out of 100", page.inner_text(".em-x-spoken"))


def test_from_a_file_the_explorer_says_why_it_rests(
    browser: Browser, built_book: BuiltBook
) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{built_book.site.as_uri()}/explorer.html")
    assert "web server" in page.inner_text(".em-x-note")
    assert page.locator(".em-x-control input:enabled").count() == 0
    assert page.locator("#tab-one-at-a-time tbody tr").count() > 10
    page.close()
