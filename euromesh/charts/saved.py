"""What a reader saves of a figure: its data, and a picture that says by itself what it shows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final, TypeAlias

import pandas as pd

from euromesh.charts.style import FONT, INK, MUTED, PAPER

FAMILY: Final = f"{FONT}, Helvetica, Arial, sans-serif"
MARGIN: Final = 24  # pixels around what is saved
TITLE, TEXT, SMALL = 17, 12.5, 11  # pixels, of letters
WIDE: Final = 0.53  # of the size of a letter: its mean width, rather too wide than too narrow
LEADING: Final = 1.4
SENTENCE: Final = re.compile(r"(?:(?<=[\w)]{2}[.?!])|(?<=[%’*][.?!]))\s+(?=[^a-z])")
Spec: TypeAlias = dict[str, Any]
Unit: TypeAlias = tuple[Spec, str, Spec]


# --- the data ------------------------------------------------------------------------------------


def tables(spec: Spec) -> list[pd.DataFrame]:
    """What the marks of a chart draw: a table for every data set, as it stands in the chart.

    Names beside the marks, and what only leads to them, are not data; neither are the outlines of
    countries. Parts of another table are in it already.
    """
    found: list[pd.DataFrame] = []
    names = dict.fromkeys(name for unit, name, _ in units(spec) if name and not is_aside(unit))
    for name in names:
        rows = spec["datasets"][name]
        if rows and "geometry" not in rows[0]:
            _add(found, pd.DataFrame(rows))
    return found


def units(spec: Spec, data: str = "", around: Spec | None = None) -> Iterator[Unit]:
    """Every mark of a chart, the data set that it draws, and its encoding with what is shared."""
    data = str((spec.get("data") or {}).get("name", data))
    encoding = {**(around or {}), **spec.get("encoding", {})}
    if "mark" in spec:
        yield spec, data, encoding
    for key in ("layer", "hconcat", "vconcat", "concat", "spec"):
        found = spec.get(key, [])
        for part in found if isinstance(found, list) else [found]:
            yield from units(part, data, encoding)


def is_aside(unit: Spec) -> bool:
    """Whether a mark only writes words, or has nothing to tell about what it draws."""
    mark = unit["mark"] if isinstance(unit["mark"], dict) else {"type": unit["mark"]}
    return mark["type"] in ("text", "geoshape") or mark.get("tooltip", True) in (None, False)


def _add(found: list[pd.DataFrame], table: pd.DataFrame) -> None:
    """Put a table to the others, below one of the same columns; no row stands in them twice."""
    for place, other in enumerate(found):
        if set(table) == set(other):
            found[place] = pd.concat([other, table]).drop_duplicates(ignore_index=True)
            return
        if set(table) < set(other) and _rows(table) <= _rows(other[list(table)]):
            return
    found.append(table)


def _rows(table: pd.DataFrame) -> set[tuple[Any, ...]]:
    return set(table.itertuples(index=False, name=None))


def csv(table: pd.DataFrame, known: Mapping[str, Mapping[str, str]]) -> str:
    """A table as text; the unit of a column stands in its head where it is known."""
    of = {name: found["unit"] for name, found in known.items() if "unit" in found}
    heads = {name: f"{name} [{unit}]" for name, unit in of.items()}
    return table.rename(columns=heads).to_csv(index=False, lineterminator="\n")


# --- the picture ---------------------------------------------------------------------------------


def sentences(text: str) -> tuple[str, str]:
    """The first sentence of a caption, which is the finding, and the others."""
    first, *rest = SENTENCE.split(" ".join(text.split()), maxsplit=1)
    return first, "".join(rest)


def picture(drawn: str, caption: str, source: str) -> str:
    """The chart on paper: its finding above it, what is drawn and the source below."""
    width, height = (float(size) for size in re.findall(r'(?:width|height)="([\d.]+)"', drawn)[:2])
    title, rest = sentences(caption)
    above = _lines(title, TITLE, width, f'fill="{INK}" font-weight="600"', MARGIN)
    top = above[1] + 10
    below = _lines(rest, TEXT, width, f'fill="{INK}"', top + height + 8)
    foot = _lines(source, SMALL, width, f'fill="{MUTED}"', below[1] + 8)
    size = f"{width + 2 * MARGIN:g}", f"{foot[1] + MARGIN / 2:g}"
    inner = drawn[drawn.index(">") + 1 : drawn.rindex("</svg>")]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" role="img" '
        f'aria-label="{escape(title)}">\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n{above[0]}'
        f'<g transform="translate({MARGIN},{top:g})">{inner}</g>\n{below[0]}{foot[0]}</svg>\n'
    ).replace(f'font-family="{FONT}"', f'font-family="{FAMILY}"')


def _lines(text: str, size: float, width: float, look: str, top: float) -> tuple[str, float]:
    """A text in lines that fit a width, and where it ends."""
    wrapped = textwrap.wrap(text, int(width / (size * WIDE)))
    step = size * LEADING
    spans = "".join(
        f'<tspan x="{MARGIN}" y="{top + size + step * place:g}">{escape(line)}</tspan>'
        for place, line in enumerate(wrapped)
    )
    told = f'<text font-family="{FONT}" font-size="{size}" {look}>{spans}</text>\n'
    return (told if wrapped else ""), top + step * len(wrapped)
