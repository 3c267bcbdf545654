"""Charts as the script of the site draws them, on a phone and beside a menu: no label is lost."""

from __future__ import annotations

from collections.abc import Iterator
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

STATIC: Final = ROOT / "book" / "_static"
FILES: Final = {400: "Inter-Regular.ttf", 600: "Inter-SemiBold.ttf"}
WIDTHS: Final = (342, 720)  # pixels that the page leaves a chart in windows of 390 and of 800
LOOSE: Final = 1.0  # pixels
LEADING: Final = 2.5  # pixels of a box above and below the letters
DRAWN: Final = "[...document.querySelectorAll('.em-chart')].every(one => one.dataset.live)"
TEXTS: Final = """([chart]) => {
    const box = ({ left, top, right, bottom }) => [left, top, right, bottom];
    const of = (one) => ({
        said: one.textContent,
        box: box(one.getBoundingClientRect()),
        axis: one.closest('.role-axis-label') ? [...one.closest('.role-axis').parentNode.children]
            .indexOf(one.closest('.role-axis')) : null,
    });
    const seen = [...chart.querySelectorAll('svg text')].filter(
        (one) => one.textContent.trim() && one.getAttribute('opacity') !== '0');
    return [box(chart.getBoundingClientRect()), seen.map(of)];
}"""
