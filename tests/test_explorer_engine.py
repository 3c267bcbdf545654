"""The model in a browser's worker: to the bit what Python says, the newest question first."""

from __future__ import annotations

import json
import random
import re
import runpy
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from euromesh.book import controls, engine, explorer
from euromesh.book.controls import Control
from euromesh.explore import Session, answer
from euromesh.folders import ROOT
from tests.conftest import BuiltBook
from tests.test_explorer import page, wrong

__all__ = ["page", "wrong"]
pytestmark = pytest.mark.book

DRAWN: Final = runpy.run_path(str(ROOT / "book" / "_ext" / "em_explorer.py"))["Drawn"]
LISTEN: Final = """() => {
    const address = new URL("_static/explorer/worker.mjs", location.href);
    window.worker = new Worker(address, { type: "module" });
    window.heard = [];
    window.ended = new Promise((resolve, reject) => {
        window.worker.onmessage = ({ data }) => {
            window.heard.push(data);
            if (data.failed) reject(data.failed);
            if (data.end && data.id === window.last) resolve();
        };
    });
}"""
ONE_BY_ONE: Final = """(requests) => {
    let at = 0;
    window.last = requests.length - 1;
    const next = () => {
        if (at < requests.length) window.worker.postMessage({ id: at, request: requests[at++] });
    };
    window.worker.addEventListener("message", ({ data }) => { if (data.end) next(); });
    next();
}"""
AT_ONCE: Final = """(requests) => {
    window.last = requests.length - 1;
    requests.forEach((request, id) => window.worker.postMessage({ id, request }));
}"""
HEARD: Final = "window.ended.then(() => window.heard.filter((data) => !('progress' in data)))"


def session_of(site: Path) -> Session:
    """Python's own session of the model that a site ships."""
    folder = site / "_static" / "explorer"
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return Session(model, (folder / "draws.bin").read_bytes())


def anywhere(one: Control, at: random.Random) -> Any:
    """A value anywhere on a control."""
    if one.names:
        return at.choice(list(one.names))
    if isinstance(one.least, str):
        return f"{at.randint(2027, 2031)}-{at.randint(1, 12):02d}-01"
    if one.least is None or isinstance(one.most, str):
        return at.random() < 0.5
    return at.uniform(one.least, one.most or one.least)


def random_settings(n: int) -> list[dict[str, Any]]:
    """Some controls each, anywhere on their sliders."""
    at, every = random.Random(16), controls.explorer().controls
    some = (at.sample(every, at.randint(1, 4)) for _ in range(n))
    return [{one.id: anywhere(one, at) for one in chosen} for chosen in some]


def pieces(session: Session, request: dict[str, Any]) -> list[dict[str, Any]]:
    """All that Python tells of a request."""
    found = [json.loads(answer(session, json.dumps(request)))]
    while "end" not in found[-1]:
        found.append(json.loads(answer(session, json.dumps({"next": True}))))
    return [one for one in found if one]


def test_dates_and_the_largest_run_are_those_of_python_to_the_bit(
    page: Page, built_book: BuiltBook
) -> None:
    """Of three hundred random settings, without draws; the worker and Python work side by side."""
    asked = [{"settings": one, "draws": False} for one in random_settings(300)]
    page.evaluate(LISTEN)
    page.evaluate(ONE_BY_ONE, asked)
    session = session_of(built_book.site)
    ours = [{"id": at} | told for at, one in enumerate(asked) for told in pieces(session, one)]
    assert sum("c_star" in told for told in ours) == len(asked)
    assert page.evaluate(HEARD) == ours


def test_odds_are_those_of_python_draw_by_draw_and_the_newest_question_is_heard(
    page: Page, built_book: BuiltBook
) -> None:
    """Of questions asked at once the last alone is followed to its end, through every draw."""
    asked: list[dict[str, Any]] = [
        {"settings": {"race.decision_date": "2028-03-01"}},
        {"settings": {"owned.share": 0.2}},
        {"settings": {"campus.region": "ireland", "slip.probability": 0.9}},
    ]
    page.evaluate(LISTEN)
    page.evaluate(AT_ONCE, asked)
    heard = page.evaluate(HEARD)
    ours = [{"id": 2} | told for told in pieces(session_of(built_book.site), asked[-1])]
    assert [told for told in heard if told["id"] == 2] == ours
    assert [told["odds"]["n"] for told in ours if "odds" in told] == [*range(64, 513, 64)]
    assert not [told for told in heard if told["id"] != 2 and "c_star" in told]


def test_a_book_without_the_engine_tells_its_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "FILES", ("no-such-file",))
    monkeypatch.setattr(explorer, "payload", lambda *_: ({}, b""))
    monkeypatch.setattr(controls, "data", lambda *_: {})
    evidence: Any = type("", (), {"resolved": {}})
    explorer.write(evidence, evidence, tmp_path)
    told = json.loads((tmp_path / "explorer.json").read_text(encoding="utf-8"))
    assert (told["present"], told["megabytes"]) == (False, "0.0")
    assert "no Pyodide" in capsys.readouterr().err
    assert not (tmp_path / "_static" / "pyodide").exists()


def test_a_page_without_the_engine_rests_and_says_why(page: Page, built_book: BuiltBook) -> None:
    """Its table computed beforehand stands there, and nothing of the model is asked for."""
    data = json.loads((built_book.site.parent / "tree" / "explorer.json").read_text("utf-8"))
    without = DRAWN(data | {"present": False}, "all").html()
    html = (built_book.site / "explorer.html").read_text(encoding="utf-8")
    html, n = re.subn(
        r'<section class="em-explorer.*?</section>', lambda _: without, html, flags=re.DOTALL
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route(
        "**/explorer.html*", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    page.goto(f"{page.url}?owned.share=0.2")
    assert n == 1
    assert data["strings"]["absent"] in page.inner_text(".em-x-note")
    assert page.locator(".em-x-control :is(input, select):enabled").count() == 0
    assert page.locator(".em-x-begin").is_hidden()
    assert page.locator("#tab-one-at-a-time tbody tr").count() > 10
    assert not [url for url in asked if "/_static/explorer/" in url or "/pyodide/" in url]
