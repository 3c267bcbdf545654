"""What a page of the site loads: the scripts it uses, one style sheet, fonts of what it prints.

Theme and extensions bring a megabyte of icons, rules and scripts for pages that we do not have.
"""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Iterable, Iterator
from html import unescape
from io import BytesIO
from itertools import groupby, pairwise
from logging import WARNING, getLogger
from pathlib import Path
from typing import Any

import tinycss2
from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx
from tinycss2.ast import AtRule, Node, QualifiedRule

from euromesh.charts.style import DARK_OF

SHEET = "style.css"
FIRST = ("_static/basic.css", "_static/styles/pydata-sphinx-theme.css")
"""What the theme loads before the style sheets that Sphinx lists."""
WITHOUT = ("thebe", "mathjax", "togglebutton")
ICONS = re.compile(r"Font Awesome|--fa-font")
"""What sets a letter of the theme's icons: the book draws its own (euromesh.css)."""
USED_WITH = {
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "design-tabs.js": "sd-tab-set",
}
"""A script, and what a page holds that uses it."""
MISNAMED = {
    'role="list" class="citation-list"': 'class="citation-list"',
    ' role="doc-biblioentry"': "",
    '<summary aria-label="Toggle hidden content">': "<summary>",
}
"""Roles and labels that say another thing than a page shows, or that ARIA dropped."""
TEXT_FONTS = ("Inter-Regular", "Inter-SemiBold")
"""They stand in the style sheet itself: no text is painted in another font first, and moves."""
MATH_LETTERS = "".join(map(chr, (*range(0x1D434, 0x1D468), *range(0x1D6FC, 0x1D71C), 0x210E)))
"""The slanted letters that a browser puts for the letters of an equation."""
SHORT_FEATURES = ["kern", "tnum", "ccmp", "mark", "mkmk", "ssty"]
PICTURE = re.compile(r"<svg .*?</svg>", re.DOTALL)
DRAWN = re.compile(r' d="[^"]*"|translate\([^)]*\)')
UNUSED = (
    "**/*.css",
    "**/*.map",
    "*.mjs",
    "*webpack-macros.html",
    "fonts/*.ttf",
    "images/logo_*",
    "locales",
    "scripts/fontawesome.js*",
    "sphinx-thebe.*",
    "togglebutton.js",
    "vendor",
)


def choose(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Keep the scripts that a page uses and let none of them hold up its text."""
    if app.builder.name != "html":
        return
    listed = sorted(context["css_files"], key=lambda css: css.priority)
    names = [str(css.filename) for css in listed]
    app.env.em_sheets = [name for name in names if "thebe" not in name]  # type: ignore[attr-defined]
    context["css_files"] = []
    body = context.get("body", "")
    if body:
        context["body"] = named(body)
    context["script_files"] = [js for js in context["script_files"] if _is_used(js.filename, body)]
    for script in context["script_files"]:  # all pages share what stands for a script
        if template == "search.html":  # its own scripts, not deferred, call these
            script.attributes.pop("defer", None)
        else:
            script.attributes["defer"] = "defer"


def named(body: str) -> str:
    """A page without the roles and labels that say another thing than it shows."""
    for wrong, right in MISNAMED.items():
        body = body.replace(wrong, right)
    return body


def _is_used(name: str | None, body: str) -> bool:
    """Whether a script has something to do; those without a file set up what we do not have."""
    if not name or any(part in name for part in WITHOUT):
        return False
    return USED_WITH.get(Path(name).name, "") in body


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write the style sheet and the fonts, and remove what no page loads."""
    if error or app.builder.name != "html":
        return
    site, static = Path(app.outdir), Path(app.outdir) / "_static"
    pages = [shortened(path) for path in site.rglob("*.html")]
    sheets = [site / name for name in (*FIRST, *app.env.em_sheets)]  # type: ignore[attr-defined]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sheets)
    scripts = [path.read_text(encoding="utf-8") for path in static.rglob("*.js")]
    kept = pruned(text, words_of(pages, scripts)) + dark_charts()
    finished = with_fonts(kept, static, pages)
    remove_unused(static)
    (static / SHEET).write_text(finished, encoding="utf-8")


def shortened(path: Path) -> str:
    """A page whose pictures are drawn to a tenth of a pixel, written back."""
    page = PICTURE.sub(
        lambda svg: DRAWN.sub(lambda drawn: re.sub(r"(\.\d)\d+", r"\1", drawn[0]), svg[0]),
        path.read_text(encoding="utf-8"),
    )
    path.write_text(page, encoding="utf-8")
    return page


def words_of(pages: Iterable[str], scripts: Iterable[str]) -> frozenset[str]:
    """Classes and ids of the pages, and every word of the scripts that may set one."""
    attributes = (m[1] for page in pages for m in re.finditer(r'\b(?:class|id)="([^"]*)"', page))
    words = {word for value in attributes for word in value.split()}
    return frozenset(words.union(*(re.findall(r"[\w-]+", script) for script in scripts)))


def pruned(css: str, words: frozenset[str]) -> str:
    """A style sheet without comments and without rules for elements that no page has."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_kept(rules, words))


def _kept(rules: Iterable[Node], words: frozenset[str]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            kept = [tokens for tokens in _selectors(rule) if _asked(tokens) <= words]
            heads = ",".join(tinycss2.serialize(tokens).strip() for tokens in kept)
            body = _packed(rule.content)
            if heads and not ICONS.search(body):
                yield f"{heads}{{{body}}}\n"
        elif isinstance(rule, AtRule) and rule.content is not None:
            yield from _at_rule(rule, words)


def _at_rule(rule: AtRule, words: frozenset[str]) -> Iterator[str]:
    body = _packed(rule.content)
    if rule.lower_at_keyword in ("media", "supports"):
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = "".join(_kept(inner, words))
    if body and not (rule.lower_at_keyword == "font-face" and ICONS.search(body)):
        yield f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}{{{body}}}\n"


def _packed(content: list[Node]) -> str:
    return re.sub(r"\s*\n\s*", " ", tinycss2.serialize(content)).strip()


def _selectors(rule: QualifiedRule) -> Iterator[list[Node]]:
    """The selectors of a rule; a comma within brackets is a token of theirs."""
    by_comma = groupby(rule.prelude, key=lambda token: token == ",")
    return (list(tokens) for is_comma, tokens in by_comma if not is_comma)


def _asked(selector: list[Node]) -> set[str]:
    """Classes and ids that an element must have; what brackets hold only excludes or chooses."""
    classes = {
        name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"
    }
    return classes | {token.value for token in selector if token.type == "hash"}


def dark_charts() -> str:
    """Rules that show a chart's picture in the colours of the dark page."""
    return "".join(
        f'html[data-theme="dark"] .em-chart>svg [{name}="{light}" i]{{{name}:{dark}}}\n'
        for light, dark in DARK_OF.items()
        for name in ("fill", "stroke")
    )


def with_fonts(css: str, static: Path, pages: list[str]) -> str:
    """The style sheet with every font it names cut to the letters of the site, or its equations."""
    text = "".join(pages)
    equations = "".join(re.findall(r"<math.*?</math>", text, re.DOTALL)) + MATH_LETTERS

    def cut(match: re.Match[str]) -> str:
        path = static / match[1]
        data = subset_of(path, set(unescape(equations if "Math" in path.stem else text)))
        path.unlink()
        if path.stem in TEXT_FONTS:
            packed = base64.b64encode(data).decode()
            return f'url("data:font/woff2;base64,{packed}") format("woff2")'
        path.with_suffix(".woff2").write_bytes(data)
        return f'url("fonts/{path.stem}.woff2") format("woff2")'

    return re.sub(r'url\("(fonts/[^"]+)"\) format\("\w+"\)', cut, css)


def subset_of(font: Path, letters: set[str]) -> bytes:
    """A font as WOFF2 with the given letters alone; the same bytes every time."""
    getLogger("fontTools").setLevel(WARNING)  # it tells every table that it cuts
    options = subset.Options(flavor="woff2", layout_features=SHORT_FEATURES)
    loaded = subset.load_font(font, options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(sorted(letters)))
    cutter.subset(loaded)
    file = BytesIO()
    subset.save_font(loaded, file, options)
    return file.getvalue()


def remove_unused(static: Path) -> None:
    """Delete style sheets that stand in the one, and files of scripts that no page loads."""
    for path in [path for pattern in UNUSED for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx: after those who add files, before the policy is written."""
    app.connect("html-page-context", choose, priority=900)
    app.connect("build-finished", finish, priority=850)
    return {"parallel_read_safe": True}
