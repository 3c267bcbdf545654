"""The outlines of the map: what the file holds, and what is refused."""

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from euromesh import params
from euromesh.params import FOLDER
from euromesh.records import Params
from tests.refused import refusal

NEAR = 0.3  # degrees that a simplified coast may miss a town by
Change = Callable[[dict[str, Any]], None]


def inside(longitude: float, latitude: float, ring: list[tuple[float, float]]) -> bool:
    """Whether a ray from a point crosses a ring an odd number of times."""
    odd = False
    for (x, y), (u, v) in itertools.pairwise(ring):
        if (y > latitude) != (v > latitude):
            odd ^= longitude < x + (latitude - y) / (v - y) * (u - x)
    return odd


def test_every_machine_stands_in_its_country(central: Params) -> None:
    countries = {country.id: country for country in params.outlines().features}
    turns = [k * math.tau / 16 for k in range(16)]
    nudges = [(0.0, 0.0), *((NEAR * math.cos(a), NEAR * math.sin(a)) for a in turns)]
    for name, machine in central.machines.items():
        found = any(
            inside(machine.longitude + east, machine.latitude + north, rings[0])
            for rings in countries[machine.country].polygons
            for east, north in nudges
        )
        assert found, f"{name} is not in {machine.country}"


def test_the_file_stays_small_and_is_drawn_as_it_is_written() -> None:
    written = (FOLDER / "europe.geojson").read_bytes()
    assert 40_000 < len(written) < 90_000
    drawn = [country.drawn() for country in params.outlines().features]
    assert drawn == json.loads(written)["features"]


def rings(land: dict[str, Any]) -> list[list[list[float]]]:
    found: list[list[list[float]]] = land["geometry"]["coordinates"]
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda land: rings(land)[0].reverse(), "ring must run clockwise: reverse it (params/"),
        (lambda land: rings(land)[0].pop(), "repeat its first position at the end (params/"),
        (lambda land: rings(land).clear(), "at least 1 item after validation, not 0, got []"),
        (
            lambda land: land.update(geometry={"type": "MultiPolygon", "coordinates": [[]]}),
            "a polygon has no ring: delete it (params/europe.geojson: lu)",
        ),
        (lambda land: land.update(id="be"), "stands twice: merge the two features (params/"),
        (lambda land: land.update(id="LUX"), "'^[a-z]{2}$', got 'LUX' (params/europe.geojson: f"),
        (lambda land: rings(land)[0][0].__setitem__(0, 400.0), "less than or equal to 180, got"),
    ],
)
def test_faulty_outlines_are_refused(folder: Path, change: Change, message: str) -> None:
    path = folder / "europe.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(next(one for one in data["features"] if one["id"] == "lu"))
    path.write_text(json.dumps(data), encoding="utf-8")
    assert message in refusal(params.outlines, folder)
