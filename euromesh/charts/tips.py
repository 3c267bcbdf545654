"""What a chart tells about a mark: names and values in words, never the columns of a table.

The columns of facts know their head, unit and format; a chart carries them along (`about`), and
`spoken` gives every mark a tooltip from them, from the titles of its axes, or from the names.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pandas as pd

from euromesh.charts.saved import is_aside, units
from euromesh.charts.tables import UNSPOKEN, head

Spec: TypeAlias = dict[str, Any]

SPELT: Final = {
    "p05": "fifth percentile",
    "p10": "tenth percentile",
    "p50": "median",
    "p90": "ninetieth percentile",
    "p95": "95th percentile",
    "accel": "accelerators",
    "eflops": "EFLOP/s",
    "flop": "FLOP",
    "gbit": "Gbit",
    "high": "high end",
    "kappa": "FLOP penalty",
    "low": "low end",
    "meur": "million EUR",
    "mfu": "MFU",
    "mw": "MW",
    "n": "",
    "row": "case",
    "se": "standard error",
}
"""Words of the names of columns, as a reader knows them."""
ODDS: Final = re.compile(r"odds|probability|share of the draws|\bnever\b")
NAMES: Final = ("nominal", "ordinal")
DATE: Final = re.compile(r"\d{4}-\d{2}")
IDS: Final = ("row", "key", "colour")
LARGE: Final = 1e7
NAMING, MEASURING = ("y", "x", "color", "shape", "strokeDash"), ("x", "x2", "y", "y2", "opacity")
DAY: Final = "%B %Y"


@dataclass(frozen=True)
class Words:
    """What a chart knows of its columns."""

    titles: Mapping[str, str]  # from axes and legends
    columns: Mapping[str, Mapping[str, str]]  # of facts
    percent: bool  # whether an axis counts so
    rows: Mapping[str, list[Spec]]  # of the data sets

    def tip(self, asked: Spec, data: str) -> Spec:
        """One line with its title and its format."""
        field, kind = str(asked["field"]), str(asked.get("type", "nominal"))
        kind = "nominal" if kind == "ordinal" else kind
        column = self.columns.get(field, {})
        title = self.titles.get(field) or column.get("head") or spelt(field)
        tip = {"field": field, "type": kind, "title": asked.get("title") or title}
        form = asked.get("format") or column.get("format") or ""
        if kind == "temporal":
            tip["format"] = form if asked.get("format") else DAY
        if kind == "quantitative":
            tip["format"] = form or self._form(field, data)
        return tip

    def _form(self, field: str, data: str) -> str:
        """A format for numbers that bring none: percent as on their axis, powers of ten."""
        values = [row.get(field) for row in self.rows.get(data, [])]
        most = max((abs(v) for v in values if isinstance(v, (int, float))), default=0.0)
        if self.percent and most <= 1:
            return ".1~%"
        return ".1e" if most >= LARGE else ",.3~r"


def spelt(name: str) -> str:
    """The name of a column in words."""
    words = (SPELT.get(word, word) for word in name.split("_"))
    return " ".join(filter(None, words)).replace("per s", "a second")


def about(chart: Any) -> dict[str, dict[str, str]]:
    """The head and the format of every column of facts that a chart draws."""
    found: dict[str, dict[str, str]] = {}
    for data in _frames(chart):
        for name, column in data.attrs.get("columns", {}).items():
            told = {"head": head(spelt(name), column), "format": column.format, "unit": column.unit}
            silent = {"unit"} if column.unit in UNSPOKEN or _is_in(column.unit, name) else set()
            found[name] = {k: v for k, v in told.items() if "{" not in v and k not in silent}
    return found


def _is_in(unit: str, name: str) -> bool:
    """Whether the name of a column says its unit: `lag_months` does, and `flop`."""
    return unit.split(" ")[0].lower() in name.lower()


def _frames(chart: Any) -> Iterator[pd.DataFrame]:
    """The tables of a chart and of its parts."""
    if isinstance(data := getattr(chart, "data", None), pd.DataFrame):
        yield data
    parts = ("layer", "hconcat", "vconcat", "concat")
    inner = [part for name in parts for part in _listed(chart, name)]
    for part in [*inner, *_listed(chart, "spec")]:
        yield from _frames(part)


def _listed(chart: Any, name: str) -> list[Any]:
    found = chart.__dict__.get("_kwds", {}).get(name)
    return found if isinstance(found, list) else [found] if hasattr(found, "_kwds") else []


def spoken(spec: Mapping[str, Any]) -> Spec:
    """The chart with a tooltip on every mark that has something to tell, in names and units."""
    made = copy.deepcopy(dict(spec))
    every = list(units(made))
    words = Words(
        titles={field: title for *_, encoding in every for field, title in _titles(encoding)},
        columns=made.get("usermeta", {}).get("columns", {}),
        percent=any("%" in form for *_, encoding in every for form in _forms(encoding)),
        rows=made.get("datasets", {}),
    )
    for unit, data, encoding in every:
        if is_aside(unit):
            unit.get("encoding", {}).pop("tooltip", None)
            unit["mark"] = {**_mark(unit), "tooltip": None}
        else:
            unit.setdefault("encoding", {})["tooltip"] = list(_tips(unit, data, encoding, words))
    return made


def _mark(unit: Spec) -> Spec:
    return unit["mark"] if isinstance(unit["mark"], dict) else {"type": unit["mark"]}


def _titles(encoding: Spec) -> Iterator[tuple[str, str]]:
    """The fields of a mark that an axis or a legend names; not the ends of a range."""
    for channel, told in encoding.items():
        if isinstance(told, dict) and told.get("title") and f"{channel}2" not in encoding:
            yield told.get("field", ""), str(told["title"])


def _forms(encoding: Spec) -> Iterator[str]:
    """The formats of the axes."""
    for channel in ("x", "y"):
        yield ((encoding.get(channel) or {}).get("axis") or {}).get("format", "")


def _tips(unit: Spec, data: str, encoding: Spec, words: Words) -> Iterator[Spec]:
    """The lines of a tooltip: what it is first, then how much."""
    told = encoding.get("tooltip") or [*_naming(data, encoding, words), *_measuring(encoding)]
    seen: set[str] = set()
    for asked in told if isinstance(told, list) else [told]:
        tip = words.tip(asked, data)
        if tip["title"] not in seen:
            seen.add(tip["title"])
            yield _in_100(unit, tip)


def _naming(data: str, encoding: Spec, words: Words) -> Iterator[Spec]:
    """What a mark stands for; without a name of its own the first words of its rows."""
    found = [encoding[channel] for channel in NAMING if channel in encoding]
    named = [told for told in found if told.get("type") in NAMES and told.get("scale", 1)]
    if named:
        yield from ({"field": told["field"], "type": "nominal"} for told in named)
        return
    for row in words.rows.get(data, [])[:1]:
        texts = [key for key, value in row.items() if key not in IDS and _is_word(value)]
        yield from ({"field": field, "type": "nominal"} for field in texts[:1])


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and not DATE.match(value)


def _measuring(encoding: Spec) -> Iterator[Spec]:
    """What a mark measures, both ends of a range."""
    for channel in MEASURING:
        told = encoding.get(channel, {})
        kind = told.get("type") or encoding.get(channel[0], {}).get("type")
        if "field" in told and kind not in NAMES:
            yield {"field": told["field"], "type": kind}


def _in_100(unit: Spec, tip: Spec) -> Spec:
    """Odds are told out of 100."""
    if not (ODDS.search(tip["title"]) and tip.get("format", "")[-1:] in ("%", "r")):
        return tip
    field = f"{tip['field']} in 100"
    sum_ = f"format(100 * datum['{tip['field']}'], '.0f') + ' in 100'"
    unit["transform"] = [*unit.get("transform", []), {"calculate": sum_, "as": field}]
    return {"field": field, "type": "nominal", "title": tip["title"]}
