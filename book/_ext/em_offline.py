"""A site that asks nobody for anything: no script from elsewhere, and a policy that forbids it.

The inline scripts that Sphinx, the theme and its extensions write are known to the letter and
allowed by their hashes; any other stops the build. All else must come from the site's own folder:
a library that starts to load from a CDN is blocked, and the browser test fails.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
SCRIPT = re.compile(
    r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script", re.DOTALL | re.IGNORECASE
)
PAGE = "DOCUMENTATION_OPTIONS.pagename = '{page}';"
KNOWN = (
    "var togglebuttonSelector = '.toggle, .admonition.dropdown';",
    "let toggleHintShow = 'Click to show';",
    "let toggleHintHide = 'Click to hide';",
    "let toggleOpenOnPrint = 'true';",
    "kernelName = 'python3'",
    'window.MathJax = {"options": {"processHtmlClass": '
    '"tex2jax_process|mathjax_process|math|output_area"}}',
    """
    document.documentElement.dataset.mode = localStorage.getItem("mode") || "auto";
    document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
  """,
    """
    // Activate the search field on page load
    let searchInput = document.querySelector("form.bd-search input");
    if (searchInput) {
        searchInput.focus();
        searchInput.select();
        console.log("[PST]: Set focus on search field.");
    }
  """,
)
"""Every inline script of a page but the one that says its name, to the letter."""
UNWANTED = re.compile(
    r'\s*<script[^>]*src="[^"]*thebe[^"]*"[^>]*></script>'
    r"|\s*<script>const THEBE_JS_URL.*?</script>"
    r'|\s*<script type="text/x-thebe-config">.*?</script>'
    r'|\s*<link[^>]*href="[^"]*thebe[^"]*"[^>]*/>',
    re.DOTALL,
)
"""Code that would fetch Thebe from a CDN: Jupyter Book always adds it."""
UNUSED = (
    "**/*.map",
    "sphinx-thebe.*",
    "cards.mjs",
    "charts.mjs",
    "*webpack-macros.html",
    "locales",
    "images/logo_*",
)
MATHJAX = "tex-chtml.js"


def finish(app: Sphinx, error: Exception | None) -> None:
    """Prune the finished site and write the policy into each page."""
    if error or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    keep_used_mathjax(static)
    for path in [path for pattern in UNUSED for path in static.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in Path(app.outdir).rglob("*.html"):
        page = path.relative_to(app.outdir).with_suffix("").as_posix()
        path.write_text(secured(path.read_text(encoding="utf-8"), page), encoding="utf-8")


def keep_used_mathjax(static: Path) -> None:
    """Of MathJax's 24 MB, one script and its fonts are used."""
    wheel = Path(importlib.import_module("sphinx-mathjax-offline").__file__ or "").parent
    source, target = wheel / "static" / "mathjax", static / "mathjax"
    shutil.rmtree(target, ignore_errors=True)
    fonts = Path("output") / "chtml" / "fonts"
    shutil.copytree(source / fonts, target / fonts)
    shutil.copyfile(source / MATHJAX, target / MATHJAX)


def secured(html: str, page: str) -> str:
    """The page without unwanted scripts, and with the policy that fits the ones it keeps."""
    html = UNWANTED.sub("", html)
    known = {*KNOWN, PAGE.format(page=page)}
    scripts = dict.fromkeys(inline_scripts(html))
    if unknown := [body for body in scripts if body not in known]:
        raise ExtensionError(
            f"{page}: a script that the project does not ship: {unknown[0][:80]!r}"
        )
    hashes = map(_hash, scripts)
    policy = POLICY.format(hashes="".join(f" '{value}'" for value in hashes))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return re.sub(r"<head>", f"<head>\n    {meta}", html, count=1)


def inline_scripts(html: str) -> list[str]:
    """The text of each script that stands in the page itself and is run."""
    found = SCRIPT.finditer(html)
    return [m["body"] for m in found if not re.search(r"\bsrc=|application/json", m["attributes"])]


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    # After the MathJax extension's own copy, which is done at the default priority.
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True}
