"""A site that asks nobody for anything: no script from elsewhere, and a policy that forbids it.

Every inline script of a finished page is allowed by its hash; all else must come from the site's
own folder. A library that starts to load from a CDN is then blocked, and the browser test fails.
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

POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'"
)
SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
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
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(secured(page.read_text(encoding="utf-8")), encoding="utf-8")


def keep_used_mathjax(static: Path) -> None:
    """Of MathJax's 24 MB, one script and its fonts are used."""
    wheel = Path(importlib.import_module("sphinx-mathjax-offline").__file__ or "").parent
    source, target = wheel / "static" / "mathjax", static / "mathjax"
    shutil.rmtree(target, ignore_errors=True)
    fonts = Path("output") / "chtml" / "fonts"
    shutil.copytree(source / fonts, target / fonts)
    shutil.copyfile(source / MATHJAX, target / MATHJAX)


def secured(html: str) -> str:
    """The page without unwanted scripts, and with the policy that fits the ones it keeps."""
    html = UNWANTED.sub("", html)
    hashes = dict.fromkeys(_hash(body) for body in inline_scripts(html))
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
