"""The `explorer` directive: controls of the model that runs in the page, and what it answers.

```{explorer} answer
```

`answer` shows the few controls of the answer page, `all` shows every one. The controls and the
numbers of the book stand in the page itself; `explorer.js` makes them move.
"""

from __future__ import annotations

import json
import math
import shutil
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from euromesh.book.values import printed

FILE = "explorer.json"
SOURCE, SCRIPT = "explorer/explorer.mjs", "explorer.js"  # Jupyter Book would load every `.js`
STEPS = 200  # of a slider on a scale of factors
MONTHS = 12
ROOM = 0.07  # of a bar for a number
TABLE = "explorer.html#what-each-assumption-does-by-itself"
TOOLS = ("undo", "redo", "reset_all", "copy", "export", "picture")
NOTHING = {"presets": [], "objections": [], "known": {}, "labels": {}}
LEFT_OUT = "owned.country_left_out"
SOLVED = ("owned.share", "race.decision_date", "owned.never_granted")
Data = dict[str, Any]


class Explorer(SphinxDirective):
    """The controls and their results, by what is shown: `answer` or `all`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The explorer as HTML; other builders have nothing to move."""
        data = json.loads((Path(self.env.srcdir) / FILE).read_text(encoding="utf-8"))
        return [nodes.raw("", Drawn(data, self.arguments[0]).html(), format="html")]


class Drawn:
    """The HTML of an explorer, whole without its script: the numbers of the book stand in it."""

    def __init__(self, data: Data, shown: str) -> None:
        self.every = shown == "all"
        self.data = data if self.every else {**data, **NOTHING}
        self.shown, self.strings = shown, data["strings"]
        self.controls = [one for one in data["controls"] if self.every or one.get("answer")]

    def html(self) -> str:
        """The whole: a note, results, controls by group, and the data for the script."""
        found = (
            f'<div class="em-x-top">{self._results()}{self._routes() if self.every else ""}</div>'
        )
        more = [self._presets(), self._backwards()] if self.every else []
        told = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        told = told.replace("<", "\\u003c")
        return (
            f'<section class="em-explorer em-web" data-shown="{self.shown}" '
            f'aria-label="{self._says("title")}">'
            f'<div class="em-x-bar"><p class="em-x-note" role="status">{self._note()}</p>'
            f'<button type="button" class="em-x-begin" hidden></button></div>'
            f"{found}<p class='em-x-tools' hidden>{self._tools()}</p>"
            f"{self._controls()}{''.join(more)}"
            f'<p class="em-x-spoken" role="status"></p>'
            f'<script type="application/json" class="em-explorer-data">{told}</script></section>'
        )

    def _says(self, key: str, **values: object) -> str:
        return escape(self.strings[key].format(**values))

    def _note(self) -> str:
        size = {"megabytes": self.data["megabytes"]}
        found = self._says("before" if self.data["present"] else "absent", **size)
        table = f'<a href="{TABLE}">{self._says("table")}</a>'
        return f"{found}<noscript> {self._says('without_script')}</noscript> {table}"

    def _tools(self) -> str:
        names = TOOLS if self.every else TOOLS[:4]
        more = "" if self.every else f'<a data-all href="explorer.html">{self._says("all")}</a>'
        return more + "".join(
            f'<button type="button" data-do="{name}">{self._says(name)}</button>' for name in names
        )

    def _link(self, address: str, about: str) -> str:
        told = self._says("source")
        return f'<a href="{escape(address)}" aria-label="{told}: {escape(about)}">{told}</a>'

    # --- controls --------------------------------------------------------------------------------

    def _controls(self) -> str:
        groups = []
        for name, label in self.data["groups"].items():
            found = [self._control(one) for one in self.controls if one["group"] == name]
            if found and self.every:
                found = [f"<fieldset><legend>{escape(label)}</legend>", *found, "</fieldset>"]
            groups += found
        return f'<div class="em-x-controls">{"".join(groups)}</div>'

    def _control(self, one: Data) -> str:
        name = f"x-{self.shown}-{one['id'].replace('.', '-').replace('_', '-')}"
        source = self._link(one["source"], one["label"])
        reset = (
            f'<button type="button" class="em-x-reset" hidden aria-label="{self._says("reset")}: '
            f'{escape(one["label"])}">{self._says("reset")}</button>'
        )
        hint = f'<p class="em-x-hint" id="{name}-hint">{escape(one.get("hint", ""))}</p>'
        return (
            f'<div class="em-x-control" data-id="{one["id"]}">'
            f'<label for="{name}">{escape(one["label"])}</label>{self._input(one, name)}'
            f"{hint if self._has_hint(one) else ''}"
            f'<p class="em-x-range">{reset}<span id="{name}-range">{self._range(one)}</span> '
            f"{source}</p></div>"
        )

    def _has_hint(self, one: Data) -> bool:
        return self.every and "hint" in one

    def _range(self, one: Data) -> str:
        value = shown(one, one["value"])
        if one["range"] is None:
            return self._says("no_range", value=value)
        low, high = one["range"]
        key = "assumed" if one["how"] == "assumed" else "range"
        return self._says(key, low=shown(one, low, bare=True), high=shown(one, high), value=value)

    def _input(self, one: Data, name: str) -> str:
        about = f"{name}-hint {name}-range" if self._has_hint(one) else f"{name}-range"
        told = f'id="{name}" aria-describedby="{about}" disabled'
        if "names" in one:
            return f"<select {told}>{_options(one['names'], one['value'])}</select>"
        if one["kind"] == "flag":
            return f'<input type="checkbox" {told}{" checked" * bool(one["value"])}>'
        span = one["range"] or [one["value"]] * 2
        marks = dict(zip(("at", "low", "high"), (one["value"], *span), strict=True))
        style = ";".join(f"--{key}:{place(one, value):.4f}" for key, value in marks.items())
        low, high, step = ends(one)
        return (
            f'<output for="{name}">{escape(shown(one, one["value"]))}</output>'
            f'<input type="range" {told} min="{low:g}" max="{high:g}" step="{step:g}" '
            f'value="{position(one, one["value"]):g}" style="{style}">'
        )

    # --- results ---------------------------------------------------------------------------------

    def _results(self) -> str:
        year = {"year": self.data["year"]}
        told = "".join(
            f'<div class="em-x-line" data-line="{key}"><dt>{self._says(key, **year)}</dt>'
            f'<dd><strong>{escape(value)}</strong><span class="em-x-off"></span>'
            f'<span class="em-x-error"></span></dd></div>'
            for key, value in self._headlines().items()
        )
        return (
            f'<div class="em-x-results"><dl>{told}</dl></div>'
            f'<p class="em-x-moved"><span>{self._says("central")}</span> '
            f'<span class="em-x-drawn"></span></p>'
        )

    def _headlines(self) -> dict[str, str]:
        """The numbers of the book, as the script writes those of a reader."""
        owned, lag = self.data["routes"]["owned"], self.data["lag"]
        out_of, star = self.strings["out_of"], self.data["c_star"]
        known = isinstance(star, float) and star > 0
        large = self.strings["flop"].format(flop=printed(star, ".1e")) if known else ""
        months = self._counted(lag) if isinstance(lag, float) else self.strings["no_date"]
        return {
            "headline_odds": out_of.format(odds=percent(self.data["before"]["odds"])),
            "headline_by": out_of.format(odds=percent(owned["by"][self.data["year"]])),
            "headline_plan": self._day(owned["date"]),
            "headline_lag": months,
            "headline_star": large or self.strings["none"],
        }

    def _counted(self, months: float) -> str:
        n = round(months)
        return self.strings["month" if n == 1 else "months"].format(n=n)

    def _day(self, day: str, form: str = "%B %Y") -> str:
        return self.strings[day] if day == "never" else f"{date.fromisoformat(day):{form}}"

    def _routes(self) -> str:
        heads = "".join(
            f'<th scope="col">{self._says(key)}</th>' for key in ("route", "on_plan", "likely")
        )
        keys = " ".join(
            f'<span class="em-x-key" data-at="{at}">{year}</span>'
            for at, year in enumerate(self.data["years"])
        )
        rows = "".join(self._route(*item) for item in self.data["routes"].items())
        return (
            f'<div class="em-x-scroll" tabindex="0" role="group" '
            f'aria-label="{self._says("routes")}"><table class="em-x-routes">'
            f'<thead><tr>{heads}<th scope="col">{self._says("odds_by")} '
            f'<span class="em-x-keys">{keys}</span></th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def _route(self, name: str, route: Data) -> str:
        parts = [route["by"][str(year)] for year in self.data["years"]]
        light, dark = route["colour"]
        colours = f"--light:{light};--dark:{dark};--on-light:{on(light, 1)};--on-dark:{on(dark, 0)}"
        told = ", ".join(
            f"{year}: {percent(p)}" for year, p in zip(self.data["years"], parts, strict=True)
        )
        return (
            f'<tr data-route="{name}"><th scope="row">{escape(route["label"])}</th>'
            f"<td>{self._day(route['date'], '%b %Y')}</td>"
            f"<td>{self._day(route['likely'], '%b %Y')}</td>"
            f'<td style="{colours}"><div class="em-x-odds" role="img" aria-label="{told}">'
            f'{_pieces(parts, True)}</div><div class="em-x-was" hidden>{_pieces(parts, False)}'
            f"</div></td></tr>"
        )

    # --- what to try -----------------------------------------------------------------------------

    def _presets(self) -> str:
        buttons = "".join(
            f'<button type="button" data-preset="{at}" disabled>{escape(one["label"])}</button>'
            for at, one in enumerate(self.data["presets"])
        )
        names = self.data["labels"][LEFT_OUT]["names"]
        known = sorted(names.items(), key=lambda item: str(item[1]))
        countries = _options({"": self.strings["nobody"], **dict(known)}, "")
        ticks = "".join(
            f'<li><label><input type="checkbox" data-objection="{at}" disabled> '
            f"{escape(one['label'])}</label> "
            f'<a href="{one["page"]}" aria-label="{self._says("answer_to")}: '
            f'{escape(one["label"])}">{self._says("answer_to")}</a></li>'
            for at, one in enumerate(self.data["objections"])
        )
        return (
            f'<div class="em-x-presets"><h2>{self._says("presets")}</h2><p>{buttons}</p>'
            f"<p><label>{self._says('country')} <select data-country disabled>"
            f"{countries}</select></label></p>"
            f"<details><summary>{self._says('objections')}</summary><ul>{ticks}</ul></details></div>"
        )

    def _backwards(self) -> str:
        labels = {one["id"]: one["label"] for one in self.data["controls"]}
        solve = _options({key: labels[key] for key in SOLVED}, SOLVED[0])
        return (
            f'<form class="em-x-backwards"><h2>{self._says("backwards")}</h2>'
            f"<label>{self._says('ask_for')} "
            f'<input type="number" name="odds" min="1" max="99" value="80" disabled></label> '
            f'<label><input type="checkbox" name="granted" checked disabled> '
            f"{self._says('ask_granted')}</label> "
            f"<label>{self._says('ask_what')} "
            f'<select name="solve" disabled>{solve}</select></label> '
            f"<button disabled>{self._says('ask_go')}</button>"
            f'<p class="em-x-solved" role="status"></p>'
            f'<button type="button" class="em-x-take" hidden>{self._says("take")}</button></form>'
        )


def _pieces(parts: list[float], labelled: bool) -> str:
    """A bar of odds, one piece a year, each with the odds up to it where there is room."""
    found, before = [], 0.0
    for at, p in enumerate(parts):
        told = str(percent(p)) if labelled and p - before > ROOM else ""
        width = 100 * max(0.0, p - before)
        found.append(f'<span data-at="{at}" style="width:{width:.1f}%">{told}</span>')
        before = max(before, p)
    return "".join(found)


def percent(p: float) -> int:
    """Odds out of 100, a half upwards as in the script."""
    return math.floor(100 * p + 0.5)


def on(colour: str, paper: int) -> str:
    """The colour, dark or light, that is read best on the first piece of a bar."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    mixed = [0.8 * part + 0.2 * (paper or 0.07) for part in parts]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in mixed]
    seen = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#fff" if 1.05 / (seen + 0.05) > (seen + 0.05) / 0.05 else "#000"


def _options(names: dict[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{key}"{" selected" * (key == chosen)}>{escape(label)}</option>'
        for key, label in names.items()
    )


# --- scales: the script has the same -------------------------------------------------------------


def months(day: str) -> float:
    """Months of a date since the calendar began."""
    year, month, *_ = (int(part) for part in day.split("-"))
    return float(year * MONTHS + month - 1)


def position(one: Data, value: Any) -> float:
    """Where a value stands on its slider; on a scale of factors none stands before its least."""
    if one["kind"] == "date":
        return months(value)
    if one.get("log"):
        part = max(value, one["least"]) / one["least"]
        return STEPS * math.log(part) / math.log(one["most"] / one["least"])
    return float(value)


def ends(one: Data) -> tuple[float, float, float]:
    """The ends and the step of a slider."""
    if one["kind"] == "date":
        return months(one["least"]), months(one["most"]), 1.0
    return (0.0, float(STEPS), 1.0) if one.get("log") else (one["least"], one["most"], one["step"])


def place(one: Data, value: Any) -> float:
    """Where a value stands between the ends of its slider, from 0 to 1."""
    low, high, _ = ends(one)
    return min(1.0, max(0.0, (position(one, value) - low) / (high - low)))


def shown(one: Data, value: Any, bare: bool = False) -> str:
    """A value as a reader sees it, with its unit unless it stands before another of the kind."""
    if "names" in one:
        return str(one["names"].get(value, value))
    if one["kind"] == "flag":
        return "yes" if value else "no"
    if one["kind"] == "date":
        return f"{date.fromisoformat(value):%B %Y}"
    number = f"{100 * value if one.get('percent') else value:.3g}"
    return number if bare else f"{number} {unit(one, number)}".replace(" ×", "×").strip()


def unit(one: Data, number: str) -> str:
    """The unit after a number: months, but one month."""
    told = one.get("unit") or "%" * one.get("percent", False)
    return one.get("one", told) if number == "1" else told


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Only a page with an explorer loads its script."""
    if "em-explorer" in context.get("body", ""):
        app.add_js_file(SCRIPT, loading_method="defer")


def write_script(app: Sphinx) -> None:
    """The script beside the others, where the page finds the worker from."""
    if app.builder.name == "html":
        source, target = Path(app.srcdir) / "_static" / SOURCE, Path(app.outdir) / "_static"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / SCRIPT)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its steps with Sphinx."""
    app.add_directive("explorer", Explorer)
    app.connect("builder-inited", write_script)
    app.connect("html-page-context", add_script, priority=400)
    return {"parallel_read_safe": True}
