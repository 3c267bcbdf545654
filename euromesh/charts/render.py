"""Draw a chart: as a picture, as the live chart of the book, or as the line a baseline keeps.

The environment variable EUROMESH_CHARTS chooses:

unset    a static SVG, for a person in Jupyter
check    one line of text, `chart NAME DIGEST`: small, the same on every machine, and different as
         soon as a datum or an encoding changes
book     a static SVG and the chart's specification beside it, which the site's script makes live
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import vl_convert
from altair import SCHEMA_VERSION

from euromesh.charts.style import DARK_OF
from euromesh.charts.tips import spoken
from euromesh.folders import ROOT

PHONE = 342  # pixels that a chart has there
MODES = ("check", "book")
KEYS = "Chart: arrow keys step through its values"
AUTOMATIC = re.compile(r"\b(?:data-[0-9a-f]{32}|(?:view|param|concat|layer)_\d+)\b")
"""Names that Altair counts up through a session or hashes from the data."""
# Text is measured and drawn with the committed font, whatever the machine has installed.
vl_convert.register_font_directory(str(ROOT / "book" / "_static" / "fonts"))


class ChartError(ValueError):
    """A chart that a reader could not name, cite or hear read out."""


def render(spec: Mapping[str, Any], **_: Any) -> dict[str, str]:
    """The outputs of one chart by MIME type, in the mode of the environment."""
    name = identify(spec)[0]
    mode = os.environ.get("EUROMESH_CHARTS", "")
    if mode == "check":
        return {"text/plain": f"chart {name} {digest(spec)}"}
    if mode == "book":
        return {"text/html": book_html(spec), "text/plain": f"chart {name}"}
    if mode:
        raise ChartError(f"EUROMESH_CHARTS={mode!r}: use one of {', '.join(MODES)}, or unset it")
    return {"image/svg+xml": svg(spec), "text/plain": f"chart {name}"}


def identify(spec: Mapping[str, Any]) -> tuple[str, str]:
    """Name and alternative text of a chart; both are mandatory."""
    name, alt = str(spec.get("name") or ""), str(spec.get("description") or "").strip()
    if AUTOMATIC.fullmatch(name) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ChartError(
            f"a chart has no name of lower case, digits and underscores, got {name!r} (its "
            f"description: {alt!r}): add .properties(name='lower_case_words')"
        )
    if not alt:
        raise ChartError(
            f"chart {name!r} has no alternative text: add .properties(description='the finding')"
        )
    return name, alt


def digest(spec: Mapping[str, Any]) -> str:
    """A short hash of what the chart shows: data and encoding, without look or session counters."""
    shown = {
        key: value for key, value in spec.items() if key not in ("config", "$schema", "usermeta")
    }
    rounded = json.loads(
        json.dumps(shown), parse_float=lambda number: float(f"{float(number):.6g}")
    )
    seen: dict[str, str] = {}
    text = AUTOMATIC.sub(
        lambda name: seen.setdefault(name[0], f"name_{len(seen)}"),
        json.dumps(rounded, sort_keys=True, ensure_ascii=False),
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def svg(spec: Mapping[str, Any]) -> str:
    """The chart as a static SVG that a screen reader announces as one picture."""
    name, alt = identify(spec)
    return _picture(spec, name, alt)


def narrow(spec: Mapping[str, Any]) -> str:
    """The same picture for a phone; nothing where its panels have widths of their own."""
    if not {"mark", "layer"} & spec.keys() or isinstance(spec.get("width"), dict):
        return ""
    name, alt = identify(spec)
    autosize = {"type": "fit-x", "contains": "padding"}
    drawn = _picture({**spec, "width": PHONE, "autosize": autosize}, f"{name}-narrow", alt)
    return drawn.replace("<svg ", '<svg class="em-narrow" ', 1)


def _picture(spec: Mapping[str, Any], name: str, alt: str) -> str:
    drawn = re.sub(r"<[^>]*>", lambda tag: _own(tag[0], name), _drawn(spec))  # words are no tags
    head = f'<svg role="img" aria-label="{escape(alt)}" '
    return head + drawn.removeprefix("<svg ")


def _drawn(spec: Mapping[str, Any]) -> str:
    version = ".".join(SCHEMA_VERSION.lstrip("v").split(".")[:2])
    return str(vl_convert.vegalite_to_svg(dict(spec), vl_version=version))


def _own(tag: str, name: str) -> str:
    """A tag of the picture without roles, its ids those of the chart."""
    tag = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", tag)
    tag = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', tag)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", tag)


def _room(spec: Mapping[str, Any], drawn: str, second: str) -> str:
    """The height that the live chart takes; on a phone its panels stand below each other.

    A map keeps its shape there, so its picture is to shrink as it does.
    """
    if "mark-shape" in drawn:
        return ' data-shaped="yes"'
    below = {**spec, "vconcat": spec["hconcat"]} if "hconcat" in spec else {**spec, "columns": 1}
    below.pop("hconcat", None)
    turned = _drawn(below) if "hconcat" in spec or "facet" in spec else second or drawn
    return f' style="--em-high: {_height(drawn)}px; --em-below: {_height(turned)}px"'


def _height(drawn: str) -> str:
    found = re.search(r' height="([\d.]+)"', drawn)
    return found[1] if found else "0"


def book_html(spec: Mapping[str, Any], for_phones: bool = False) -> str:
    """The SVG and the specification, as the site's script and the PDF step expect them.

    On a phone a chart scrolls until it is live, or has a second, narrow picture until then.
    """
    name, alt = identify(spec)
    sent = json.dumps(
        {"spec": spoken(spec), "dark": DARK_OF}, ensure_ascii=False, separators=(",", ":")
    )
    sent = sent.replace("<", r"\u003c")  # neither `</script>` nor `<!--` means anything in it
    drawn, second = svg(spec), narrow(spec) if for_phones else ""
    return (
        f'<div class="em-chart" data-chart="{name}" data-alt="{escape(alt)}" tabindex="0" '
        f'role="group" aria-label="{KEYS}"{_room(spec, drawn, second)}>\n{drawn}\n'
        f'<script type="application/json">{sent}</script>{second}\n</div>'
    )
