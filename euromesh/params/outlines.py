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

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from euromesh.params.files import Faults, read_text
from euromesh.params.library import FOLDER, shown
from euromesh.params.texts import IN_TEXT, ONE_LINE, quoted

FILE: Final = "europe.geojson"
SHORTEST_RING: Final = 4  # positions, the first one repeated at the end


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _on_one_line(text: str) -> str:
    if IN_TEXT.search(text):
        raise ValueError(ONE_LINE)
    return text


Text = Annotated[str, AfterValidator(_on_one_line)]
Line = Annotated[Text, Field(min_length=1)]


class Metadata(_Model):
    """Where the outlines come from, on which terms, and what was done to them."""

    title: Line
    source: Line
    licence: Line
    obtained: Line
    made: Line
    note: Text = ""


Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Ring = list[tuple[Longitude, Latitude]]


class Polygon(_Model):
    """One piece of land: its outer ring, then its lakes."""

    type: Literal["Polygon"]
    coordinates: list[Ring] = Field(min_length=1)


class MultiPolygon(_Model):
    """Several pieces of land."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[Ring]] = Field(min_length=1)


class Named(_Model):
    """What a country is called."""

    name: Line


class Outline(_Model):
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


class Outlines(_Model):
    """Every country of the map, and where the outlines come from."""

    type: Literal["FeatureCollection"]
    metadata: Metadata
    features: list[Outline] = Field(min_length=1)


@cache
def outlines(folder: Path = FOLDER) -> Outlines:
    """Read and check the outlines; a `ParamsError` names everything wrong at once."""
    path, faults = folder / FILE, Faults()
    found = _read(path, faults)
    for where, what in _shape_faults(found.features if found else []):
        faults.add(what, shown(path), where)
    faults.stop()
    return cast(Outlines, found)


def _read(path: Path, faults: Faults) -> Outlines | None:
    text = read_text(path, shown(path), faults)
    try:
        found = None if text is None else Outlines.model_validate_json(text)
        json.loads(text or "null", object_pairs_hook=_once)
        return found
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            faults.add(f"{one['msg']}, got {quoted(one['input'])}", shown(path), where)
    except ValueError as error:
        faults.add(str(error), shown(path))
    return None


def _once(pairs: list[tuple[str, object]]) -> None:
    """Refuse a member that stands twice in a JSON object."""
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise ValueError(f"member {quoted(name)} stands twice")


def _shape_faults(countries: Sequence[Outline]) -> Iterator[tuple[str, str]]:
    """What is wrong with codes and rings, each with where it stands."""
    codes = [country.id for country in countries]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
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
