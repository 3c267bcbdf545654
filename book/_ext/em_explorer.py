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

FILE = "explorer.json"
SOURCE, SCRIPT = "explorer/explorer.mjs", "explorer.js"  # Jupyter Book would load every `.js`
STEPS = 200  # of a slider on a scale of factors
MONTHS = 12
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
    """The HTML of an explorer."""

    def __init__(self, data: Data, shown: str) -> None:
        self.data, self.shown = data, shown
        self.strings: dict[str, str] = data["strings"]
        every = shown == "all"
        self.controls = [one for one in data["controls"] if every or one.get("answer")]

    def html(self) -> str:
        """The whole: a note, controls by group, results, and the data for the script."""
        parts = [self._results(), self._controls()]
        if self.shown == "all":
            parts = [*parts, self._presets(), self._routes(), self._backwards()]
        told = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        told = told.replace("<", "\\u003c")
        return (
            f'<section class="em-explorer em-web" data-shown="{self.shown}" '
            f'aria-label="{self._says("title")}">'
            f'<div class="em-x-bar"><p class="em-x-note">{self._note()}</p>'
            f'<button type="button" class="em-x-begin" hidden></button>'
            f'<span class="em-x-tools" hidden>{self._tools()}</span></div>'
            f'{"".join(parts)}<p class="em-x-spoken" role="status"></p>'
            f'<script type="application/json" class="em-explorer-data">{told}</script></section>'
        )

    def _says(self, key: str, **values: object) -> str:
        return escape(self.strings[key].format(**values))

    def _note(self) -> str:
        found = self._says("before" if self.data["present"] else "absent")
        return f"{found}<noscript> {self._says('without_script')}</noscript>"

    def _tools(self) -> str:
        names = ("undo", "redo", "reset_all", "copy", "export", "picture")
        return "".join(
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
            if found and self.shown == "all":
                found = [f"<fieldset><legend>{escape(label)}</legend>", *found, "</fieldset>"]
            groups += found
        return f'<div class="em-x-controls">{"".join(groups)}</div>'

    def _control(self, one: Data) -> str:
        name = f"x-{self.shown}-{one['id'].replace('.', '-').replace('_', '-')}"
        source = self._link(one["source"], one["label"])
        reset = f'<button type="button" class="em-x-reset" hidden>{self._says("reset")}</button>'
        return (
            f'<div class="em-x-control" data-id="{one["id"]}">'
            f'<label for="{name}">{escape(one["label"])}</label>{self._input(one, name)}'
            f'<p class="em-x-range" id="{name}-range">{self._range(one)} {source} {reset}</p></div>'
        )

    def _range(self, one: Data) -> str:
        value = shown(one, one["value"])
        if one["range"] is None:
            return self._says("no_range", value=value)
        low, high = (shown(one, end) for end in one["range"])
        return self._says("range", low=low, high=high, value=value)

    def _input(self, one: Data, name: str) -> str:
        told = f'id="{name}" aria-describedby="{name}-range"'
        if "names" in one:
            return f"<select {told}>{_options(one['names'], one['value'])}</select>"
        if one["kind"] == "flag":
            return f'<input type="checkbox" {told}{" checked" * bool(one["value"])}>'
        marks = {"at": one["value"]}
        if one["range"]:
            marks |= dict(zip(("low", "high"), one["range"], strict=True))
        style = ";".join(f"--{key}:{place(one, value):.4f}" for key, value in marks.items())
        low, high, step = ends(one)
        return (
            f'<output for="{name}">{escape(shown(one, one["value"]))}</output>'
            f'<input type="range" {told} min="{low:g}" max="{high:g}" step="{step:g}" '
            f'value="{position(one, one["value"]):g}" style="{style}">'
        )

    # --- results ---------------------------------------------------------------------------------

    def _results(self) -> str:
        lines = ("headline_odds", "headline_by", "headline_plan", "headline_lag", "headline_star")
        told = "".join(
            f'<div class="em-x-line" data-line="{key}"><dt>{self._says(key)}</dt>'
            f'<dd><strong></strong> <span class="em-x-off"></span></dd></div>'
            for key in lines
        )
        return (
            f'<div class="em-x-results"><dl>{told}</dl><p class="em-x-drawn"></p>'
            f'<p class="em-x-moved">{self._says("central")}</p></div>'
        )

    def _routes(self) -> str:
        heads = "".join(
            f'<th scope="col">{self._says(key)}</th>' for key in ("route", "on_plan", "likely")
        )
        rows = "".join(
            f'<tr data-route="{name}"><th scope="row">{escape(route["label"])}</th>'
            f'<td></td><td></td><td><div class="em-x-odds"></div></td></tr>'
            for name, route in self.data["routes"].items()
        )
        last = f'<th scope="col">{self._says("odds_by")} {_listed(self.data["years"])}</th>'
        return (
            f'<div class="em-x-scroll" tabindex="0" role="group" '
            f'aria-label="{self._says("routes")}"><table class="em-x-routes">'
            f"<thead><tr>{heads}{last}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div>"
        )

    # --- what to try -----------------------------------------------------------------------------

    def _presets(self) -> str:
        buttons = "".join(
            f'<button type="button" data-preset="{at}">{escape(one["label"])}</button>'
            for at, one in enumerate(self.data["presets"])
        )
        known = sorted(self.data["countries"].items(), key=lambda item: str(item[1]))
        countries = _options({"": self.strings["nobody"], **dict(known)}, "")
        ticks = "".join(
            f'<li><label><input type="checkbox" data-objection="{at}"> {escape(one["label"])}'
            f"</label> {self._link(one['page'], one['label'])}</li>"
            for at, one in enumerate(self.data["objections"])
        )
        return (
            f'<div class="em-x-presets"><h3>{self._says("presets")}</h3><p>{buttons}</p>'
            f"<p><label>{self._says('country')} <select data-country>"
            f"{countries}</select></label></p>"
            f"<details><summary>{self._says('objections')}</summary><ul>{ticks}</ul></details></div>"
        )

    def _backwards(self) -> str:
        labels = {one["id"]: one["label"] for one in self.data["controls"]}
        solve = _options({key: labels[key] for key in SOLVED}, SOLVED[0])
        granted = self._says("ask_granted")
        return (
            f'<form class="em-x-backwards"><h3>{self._says("backwards")}</h3>'
            f"<label>{self._says('ask_for')} "
            f'<input type="number" name="odds" min="1" max="99" value="80"></label> '
            f'<label>{self._says("ask_what")} <select name="solve">{solve}</select></label> '
            f'<label><input type="checkbox" name="granted" checked> {granted}</label> '
            f"<button>{self._says('ask_go')}</button>"
            f'<p class="em-x-solved" role="status"></p></form>'
        )


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
    """Where a value stands on its slider."""
    if one["kind"] == "date":
        return months(value)
    if one.get("log"):
        return STEPS * math.log(value / one["least"]) / math.log(one["most"] / one["least"])
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


def shown(one: Data, value: Any) -> str:
    """A value as a reader sees it, with its unit."""
    if "names" in one:
        return str(one["names"].get(value, value))
    if one["kind"] == "flag":
        return "yes" if value else "no"
    if one["kind"] == "date":
        return f"{date.fromisoformat(value):%B %Y}"
    if one.get("percent"):
        return f"{100 * value:.3g} %"
    return f"{value:.3g} {one.get('unit', '')}".strip()


def _listed(years: list[int]) -> str:
    return ", ".join(map(str, years))


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
