"""Every route by name, in the order in which they are raced.

A new route is one function that returns a `Route`, its entry here, and its parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from euromesh.routes.built import gigafactory, leased, new_medium, on_site, signed
from euromesh.routes.campus import campus
from euromesh.routes.owned import owned
from euromesh.routes.route import Kind

ROUTES: Final[Mapping[str, Kind]] = {
    "owned": Kind("public machines", "federation", owned),
    "new_medium": Kind("new medium sites", "new sites", new_medium),
    "campus": Kind("gigawatt campus", "campus", campus),
    "signed": Kind("signed projects", "others", signed),
    "gigafactory": Kind("AI gigafactory", "others", gigafactory),
    "leased": Kind("leased hall", "new sites", leased),
    "on_site": Kind("campus on its own gas", "campus", on_site),
}
