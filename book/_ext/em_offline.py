"""A site that asks nobody for anything: no script from elsewhere, and a policy that forbids it.

The inline scripts that Sphinx, the theme and its extensions write are known to the letter and
allowed by their hashes; any other stops the build. All else must come from the site's own folder:
a library that starts to load from a CDN is blocked, and the browser test fails.
"""

from __future__ import annotations

import base64
import hashlib
import re
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
KNOWN = (
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
"""Every inline script of a page, to the letter."""
UNWANTED = re.compile(
    r'\s*<script type="text/x-thebe-config">.*?</script>|\s*<script>kernelName = .*?</script>',
    re.DOTALL,
)
"""What Jupyter Book writes into every page for a service that fetches code from elsewhere."""


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write the policy into each page of the finished site."""
    if error or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.relative_to(app.outdir).with_suffix("").as_posix()
        path.write_text(secured(path.read_text(encoding="utf-8"), page), encoding="utf-8")


def secured(html: str, page: str) -> str:
    """The page without unwanted scripts, and with the policy that fits the ones it keeps."""
    html = UNWANTED.sub("", html)
    scripts = dict.fromkeys(inline_scripts(html))
    if unknown := [body for body in scripts if body not in KNOWN]:
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
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True}
