"""Tables in print: the type size and the widths of the columns at which a table fits its page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bs4 import BeautifulSoup, Tag

SIZES = (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)  # points
LETTER = 0.56  # mean width of a letter, of the size of the type
INSET = 9.0  # points beside the text of a cell
COMFORT = 12  # letters that a column of words wants in a line
BREAKS = re.compile(r"[\s_/-]+")


def fit(table: Tag, room: float) -> float:
    """Give a table that is wider than so many points widths for its columns; its type size."""
    rows = [row.find_all(["td", "th"]) for row in table.select("tr")]
    if len({sum(_span(cell) for cell in cells) for cells in rows}) != 1:
        return SIZES[1]
    columns = list(zip(*([_text(cell) for cell in cells] for cells in rows), strict=True))
    longest = [max(map(len, column)) for column in columns]
    wanted = [min(long, max(COMFORT, _word(c))) for long, c in zip(longest, columns, strict=True)]
    size = next((s for s in SIZES if sum(_points(wanted, s)) <= room), SIZES[-1])
    if sum(_points(longest, size)) > room:
        _set_widths(table, _widths(_points(wanted, size), _points(longest, size), room), room)
    return size


def join_header(table: Tag) -> None:
    """pandas names the index in a header row of its own: move the name up beside the columns."""
    rows = table.select("thead tr")
    if len(rows) != 2:
        return
    upper, lower = (row.find_all("th") for row in rows)
    named = [cell.get_text(strip=True) for cell in lower]
    if named and not any(named[1:]) and not upper[0].get_text(strip=True):
        upper[0].string = named[0]
        rows[1].decompose()


def align(row: Tag, kinds: Sequence[str]) -> None:
    """Numbers of a data frame to the right; words, and what pages write, to the left."""
    for place, cell in enumerate(row.find_all(["td", "th"]), start=1):
        is_words = f"w{place}" in kinds or (cell.name == "th" and cell.find_parent("tbody"))
        is_number = "dataframe" in kinds and not is_words
        right = is_number or "text-right" in cell.get("class", [])
        spans = {name: cell[name] for name in ("colspan", "rowspan") if name in cell.attrs}
        cell.attrs = {"style": f"text-align: {'right' if right else 'left'}", **spans}


def _span(cell: Tag) -> int:
    """How many columns a cell takes; none for one of several rows, which no width fits."""
    return 0 if "rowspan" in cell.attrs or "colspan" in cell.attrs else 1


def _text(cell: Tag) -> str:
    return " ".join(cell.get_text().split())


def _word(column: Sequence[str]) -> int:
    """The letters of the longest word of a column."""
    return max(len(word) for text in column for word in BREAKS.split(text))


def _points(letters: Sequence[int], size: float) -> list[float]:
    return [count * LETTER * size + INSET for count in letters]


def _widths(wanted: Sequence[float], longest: Sequence[float], room: float) -> list[float]:
    """Every column what it wants, and of what is left each as it lacks for its longest text."""
    spare = max(0.0, room - sum(wanted))
    lacks = [long - width for long, width in zip(longest, wanted, strict=True)]
    return [w + spare * lack / sum(lacks) for w, lack in zip(wanted, lacks, strict=True)]


def _set_widths(table: Tag, widths: Sequence[float], room: float) -> None:
    """Widths in parts of the table, as pandoc reads them."""
    soup = BeautifulSoup("", "html.parser")
    group = soup.new_tag("colgroup")
    for width in widths:
        share = f"width: {width / max(room, sum(widths)):.2%}"
        group.append(soup.new_tag("col", attrs={"style": share}))
    table.insert(0, group)
