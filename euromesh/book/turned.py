"""What turns the answer, as tables of a written page; each row leads to the explorer."""

from __future__ import annotations

import csv
from datetime import date
from html import escape
from pathlib import Path
from typing import Final

from euromesh.book.pieces import listed
from euromesh.escape import markdown as escaped
from euromesh.facts.chances import YEAR

Rows = list[dict[str, str]]
MOST: Final = 5  # pairs that are shown
MOVED: Final = 24  # ends of assumptions
NEVER: Final = "never"


def write(run_dir: Path, tree: Path) -> None:
    """Write what the page includes, from the tables of a run."""
    for name, text in TEXTS.items():
        told = text(_rows(run_dir, name))
        (tree / f"excerpt-{name}.txt").write_text(told, encoding="utf-8")


def _rows(run_dir: Path, name: str) -> Rows:
    with (run_dir / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def alone(rows: Rows) -> str:
    """Every assumption at an end of its range: on plan, and the odds."""
    odds = (f"odds by the end of {YEAR}", "odds before the campus")
    heads = ["assumption", "set to", "on plan", *odds]
    return listed(heads, [*map(_alone, rows[:MOVED])] or [["none", *[""] * 4]])


def _alone(row: dict[str, str]) -> list[str]:
    return [
        escaped(row["name"]),
        escaped(row["at"]),
        _month(row["plan"]),
        *_odds(row, "odds", "before"),
    ]


def singles(rows: Rows) -> str:
    """What turns the order on plan by itself, and how likely it is that far off."""
    heads = ["change", "odds that it is that far off", TRIED]
    found = [
        [escaped(row["told"]), f"{100 * float(row['beyond']):.1f}", _try(row["query"], row["told"])]
        for row in rows
    ]
    return listed(heads, found or [[NEVER, "", ""]])


def halves(rows: Rows) -> str:
    """Where the odds before the campus cross a half."""
    heads = ["assumption", "odds cross a half at", TRIED]
    return listed(
        heads,
        [
            [escaped(row["name"]), escaped(row["value"]), _try(row["query"], row["name"])]
            for row in rows
        ],
    )


def pairs(rows: Rows) -> str:
    """Pairs that turn the order on plan together."""
    found = [[escaped(row["told"]), _try(row["query"], row["told"])] for row in rows[:MOST]]
    return listed(["change", TRIED], found or [[NEVER, ""]])


def _odds(row: dict[str, str], *columns: str) -> list[str]:
    return [f"{100 * float(row[column]):.0f}" for column in columns]


def _month(day: str) -> str:
    return f"{date.fromisoformat(day):%b %Y}" if day[:1].isdigit() else day


def _try(query: str, told: str) -> str:
    """A link to the explorer with a change set; no paper has it."""
    if not query:
        return ""
    address, about = (escape(text, quote=True) for text in (f"explorer.html?{query}", told))
    return f'<a class="em-web" href="{address}" aria-label="try it: {about}">try it</a>'


TRIED: Final = '<span class="em-web">explorer</span>'  # the head of these links
TEXTS: Final = {"alone": alone, "singles": singles, "halves": halves, "pairs": pairs}
NAMES: Final = [f"excerpt-{name}.txt" for name in TEXTS]
