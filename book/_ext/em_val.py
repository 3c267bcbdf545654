"""The `val` role: prints a result or a parameter and links to where it comes from.

{val}`owned.finish_date` prints it in its own format, {val}`owned.finish_date:%B %Y` in another.
Of a parameter, `owned.share.low`, `.high` and `.as_of` print the ends of its range and its date.
The link is a pending cross-reference, so a key without an entry is a warning (an error with -W).
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from euromesh.book.values import Value, ValueFormatError

FILE = "values.json"
log = logging.getLogger(__name__)


class Val(SphinxRole):
    """One value, as a link to its entry among the sources."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the value; a key or a format that does not fit is a warning."""
        key, _, spec = self.text.partition(":")
        known: dict[str, Value] = self.env.app.em_values  # type: ignore[attr-defined]
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; the nearest key is {near[0]}" if near else ""
            log.warning("no result or parameter %r%s", key, hint, location=self.get_location())
            return [nodes.literal(text=key)], []
        try:
            text = known[key].printed(spec)
        except ValueFormatError as error:
            log.warning("%s: %s", key, error, location=self.get_location())
            return [nodes.literal(text=key)], []
        return [self._link(known[key].target, text)], []

    def _link(self, target: str, text: str) -> nodes.Node:
        link = addnodes.pending_xref(
            "",
            nodes.inline(text, text),
            refdomain="std",
            reftype="ref",
            reftarget=target,
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )
        self.set_source_info(link)
        return nodes.inline("", "", link, classes=["em-val"])


def read_values(app: Sphinx) -> None:
    """Read what the run found, once for the build."""
    data = json.loads((Path(app.srcdir) / FILE).read_text(encoding="utf-8"))
    app.em_values = {key: Value.read(entry) for key, entry in data.items()}  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role with Sphinx."""
    app.connect("builder-inited", read_values)
    app.add_role("val", Val())
    return {"parallel_read_safe": True}
