"""Charts as the script of the site draws them, on a phone and beside a menu: no label is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
import vl_convert
from playwright.sync_api import Browser

from euromesh.charts.render import book_html
from euromesh.charts.style import FONT
from euromesh.folders import ROOT
from tests import drawing, stating

Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom
Drawn: TypeAlias = dict[str, Any]

pytestmark = pytest.mark.slow

STATIC: Final = ROOT / "book" / "_static"
WIDTHS: Final = (342, 720)  # pixels that a page leaves a chart in windows of 390 and of 800
LOOSE: Final = 1.0  # pixels
LEADING: Final = 2.5  # pixels of a box above its letters, and below them
FACES: Final = "".join(
    f'@font-face {{ font-family: "{FONT}"; font-weight: {weight}; src: url("{file.as_uri()}") }}\n'
    for weight, file in (
        (400, STATIC / "fonts" / "Inter-Regular.ttf"),
        (600, STATIC / "fonts" / "Inter-SemiBold.ttf"),
    )
)
PAGE: Final = """<!doctype html><meta charset="utf-8"><style>%s
body { margin: 0 } .em-chart { width: %dpx; margin: 40px 60px }
.em-chart svg { overflow: visible; max-width: 100%%; height: auto; display: block; margin: 0 auto }
</style>%s<script src="charts.js"></script>"""
LIVE: Final = "[...document.querySelectorAll('.em-chart')].every((chart) => chart.dataset.live)"
READ: Final = """() => [...document.querySelectorAll('.em-chart')].map((chart) => {
    const box = (one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        return [left, top, right, bottom];
    };
    const shown = [...chart.querySelectorAll('svg text')].filter(
        (one) => one.textContent.trim() && one.getAttribute('opacity') !== '0');
    const axes = [...chart.querySelectorAll('svg .role-axis')];
    const along = (path) => {  // points of a line, a few pixels apart
        const matrix = path.getScreenCTM(), steps = Math.ceil(path.getTotalLength() / 3);
        return Array.from({ length: steps }, (_, step) => {
            const at = path.getPointAtLength(3 * step).matrixTransform(matrix);
            return [at.x, at.y];
        });
    };
    return {
        name: chart.dataset.chart,
        frame: box(chart),
        texts: shown.map((one) => ({
            said: one.textContent,
            box: box(one),
            upright: (one.getAttribute('transform') || '').includes('rotate'),
            axis: axes.findIndex((axis) => axis.contains(one) && one.closest('.role-axis-label')),
            isMark: Boolean(one.closest('.role-mark')),
            haloed: (one.getAttribute('stroke') || 'none') !== 'none',
        })),
        lines: [...chart.querySelectorAll('svg .mark-line path')].map(along),
    };
})"""


@pytest.fixture(scope="module")
def charts(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Drawn]]:
    """What a browser shows of every chart of the central run, at both widths."""
    values = {key: told["value"] for key, told in stating.golden().items()}
    every = "\n".join(map(book_html, drawing.charts(values).values()))
    folder = tmp_path_factory.mktemp("charts")
    source = (STATIC / "charts.mjs").read_text(encoding="utf-8")
    script = f"(() => {{{vl_convert.javascript_bundle(source)}}})();"
    (folder / "charts.js").write_text(script, encoding="utf-8")
    return {width: shown(browser, folder, every, width) for width in WIDTHS}


def shown(browser: Browser, folder: Path, charts: str, width: int) -> list[Drawn]:
    (folder / "page.html").write_text(PAGE % (FACES, width, charts), encoding="utf-8")
    page = browser.new_page(viewport={"width": width + 200, "height": 900})
    page.goto((folder / "page.html").as_uri())
    page.wait_for_function(LIVE, timeout=120_000)
    drawn: list[Drawn] = page.evaluate(READ)
    page.close()
    return drawn


def letters(text: Mapping[str, Any]) -> Box:
    """The box of a text without the space above and below its letters."""
    left, top, right, bottom = text["box"]
    across, down = (LEADING, 0.0) if text["upright"] else (0.0, LEADING)
    return left + across, top + down, right - across, bottom - down


def outside(chart: Drawn) -> Iterator[str]:
    left, top, right, bottom = chart["frame"]
    for text in chart["texts"]:
        x, y, end, low = letters(text)
        lost = max(left - x, end - right, top - y, low - bottom)
        if lost > LOOSE:
            yield f"{chart['name']}: {text['said']!r} is {lost:.0f} pixels outside the frame"


def over_another(chart: Drawn) -> Iterator[str]:
    for one, other in combinations(chart["texts"], 2):
        a, b = letters(one), letters(other)
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        is_halo = one["said"] == other["said"] and one["haloed"] != other["haloed"]
        if wide > LOOSE and high > LOOSE and not is_halo:
            yield f"{chart['name']}: {one['said']!r} lies over {other['said']!r}"


def across_a_line(chart: Drawn) -> Iterator[str]:
    points = [point for line in chart["lines"] for point in line]
    for text in (text for text in chart["texts"] if text["isMark"]):
        left, top, right, bottom = letters(text)
        if any(left < x < right and top < y < bottom for x, y in points):
            yield f"{chart['name']}: a line runs through {text['said']!r}"


def said_twice(chart: Drawn) -> Iterator[str]:
    for one, other in pairwise(chart["texts"]):
        if one["axis"] == other["axis"] >= 0 and one["said"] == other["said"]:
            yield f"{chart['name']}: an axis says {one['said']!r} twice"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("fault", [outside, over_another, across_a_line, said_twice])
def test_no_label_leaves_its_frame_covers_another_crosses_a_line_or_stands_twice(
    charts: dict[int, list[Drawn]], width: int, fault: Any
) -> None:
    assert len(charts[width]) > 25
    assert not [found for chart in charts[width] for found in fault(chart)]
