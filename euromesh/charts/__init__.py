"""Every chart of the book: data in, Altair chart out.

Importing this package turns on the theme and the renderer, so a notebook needs no set-up cell.
"""

from __future__ import annotations

from typing import cast

import altair as alt

from euromesh.charts.render import ChartError, digest, render, svg
from euromesh.charts.style import theme
from euromesh.charts.tables import code, joined, table

alt.theme.register("euromesh", enable=True)(lambda: cast(alt.theme.ThemeConfig, theme()))
alt.renderers.register("euromesh", render)
alt.renderers.enable("euromesh")
