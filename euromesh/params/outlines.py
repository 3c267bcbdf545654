"""The outlines of the countries that a map draws: `params/europe.geojson`, checked.

The file is GeoJSON with one addition, the member `metadata`, which says where the outlines come
from. Outer rings run clockwise, as the drawing library wants them: it would take a ring that runs
the other way for the rest of the globe.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Field

from euromesh.params.files import Place, read_text, shown
from euromesh.params.forms import Form, parsed
from euromesh.params.library import FOLDER
from euromesh.params.texts import IN_TEXT, ONE_LINE, quoted

FILE: Final = "europe.geojson"
SHORTEST_RING: Final = 4  # positions, the first one repeated at the end


Line = Annotated[str, Field(min_length=1)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Ring = list[Annotated[tuple[Longitude, Latitude], Field(strict=False)]]  # JSON has no tuples


class Metadata(Form):
    """Where the outlines come from, on which terms, and what was done to them."""

    title: Line
    source: Line
    licence: Line
    obtained: Line
    made: Line
    note: str = ""


class Polygon(Form):
    """One piece of land: its outer ring, then its lakes."""

    type: Literal["Polygon"]
    coordinates: list[Ring] = Field(min_length=1)


class MultiPolygon(Form):
    """Several pieces of land."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[Ring]] = Field(min_length=1)


class Named(Form):
    """What a country is called."""

    name: Line


class Outline(Form):
    """A country: its code (ISO 3166 alpha-2, lower case), name and shape."""

    type: Literal["Feature"]
    id: str = Field(pattern=r"^[a-z]{2}$")
    properties: Named
    geometry: Polygon | MultiPolygon = Field(discriminator="type")

    @property
    def polygons(self) -> list[list[Ring]]:
        """Its pieces of land, each as an outer ring and the rings of its lakes."""
        shape = self.geometry
        return [shape.coordinates] if isinstance(shape, Polygon) else shape.coordinates

    def drawn(self) -> dict[str, Any]:
        """The country as GeoJSON, for a chart."""
        return self.model_dump(mode="json")


class Outlines(Form):
    """Every country of the map, and where the outlines come from."""

    type: Literal["FeatureCollection"]
    metadata: Metadata
    features: list[Outline] = Field(min_length=1)


@cache
def outlines(folder: Path = FOLDER) -> Outlines:
    """Read and check the outlines; a `ParamsError` names everything wrong at once."""
    here = Place(shown(folder / FILE))
    text = read_text(folder / FILE, here)
    here.stop()
    try:
        data = json.loads(text or "", object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        here.add(f"not valid JSON: {error}")
        here.stop()
    found = parsed(Outlines, data, here)
    for code, what in _shape_faults(found.features if found else []):
        here.at(code).add(what)
    here.stop()
    return cast(Outlines, found)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The members of a JSON object, each of which stands once, a text on one line."""
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise ValueError(f"member {quoted(name)} stands twice")
    for name, text in pairs:
        if isinstance(text, str) and IN_TEXT.search(text):
            raise ValueError(f"member {quoted(name)} {ONE_LINE}, got {quoted(text)}")
    return dict(pairs)


def _shape_faults(countries: Sequence[Outline]) -> Iterator[tuple[str, str]]:
    """What is wrong with codes and rings, each with where it stands."""
    for code, count in Counter(country.id for country in countries).items():
        if count > 1:
            yield code, "stands twice: merge the two features"
    for country in countries:
        for rings in country.polygons:
            yield from ((country.id, what) for what in _ring_faults(rings))


def _ring_faults(rings: Sequence[Ring]) -> Iterator[str]:
    if any(len(ring) < SHORTEST_RING or ring[0] != ring[-1] for ring in rings):
        yield "a ring must end where it starts: repeat its first position at the end"
    elif not rings:
        yield "a polygon has no ring: delete it"
    elif _turn(rings[0]) > 0:
        yield "an outer ring must run clockwise: reverse it"


def _turn(ring: Ring) -> float:
    """Twice the area of a ring in square degrees; positive where it runs anticlockwise."""
    return math.fsum(x * v - u * y for (x, y), (u, v) in pairwise(ring))
