"""The model in a page tells what Python's does, to the bit."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from euromesh.book.controls import explorer
from euromesh.explore import Session, answer
from tests.conftest import BuiltBook
from tests.test_site import serving

pytestmark = pytest.mark.book

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
    browser: Browser, built_book: BuiltBook
) -> None:
    """Dates of three hundred random settings, odds after 64 draws and C* of some of them."""
    asked = [[{"settings": one}, "dates"] for one in random_settings(300)]
    asked += [[request, wanted] for request, _ in asked[:6] for wanted in ("odds", "c_star")]
    page = browser.new_page()
    with serving(built_book.site) as served:
        page.goto(f"{served}limits.html")
        told = page.evaluate(ASK, asked)
    page.close()
    session = session_of(built_book.site)
    for (request, wanted), theirs in zip(asked, told, strict=True):
        found = json.loads(answer(session, json.dumps(request)))
        while not found.keys() & {wanted, "error"}:
            found = json.loads(answer(session, json.dumps({"next": True})))
        assert theirs == found.get(wanted, found.get("error")), request
