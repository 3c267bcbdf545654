"""The outlines of the map: what the file holds, and what is refused."""

import itertools
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from euromesh import params
from euromesh.params import FOLDER, ParamsError
from euromesh.records import Params
from tests.refused import refusal

NEAR = 0.3  # degrees that a simplified coast may miss a town by
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds nothing but a copy of the outlines."""
    shutil.copy(FOLDER / "europe.geojson", tmp_path)
    return tmp_path


def refused(folder: Path, change: Change) -> str:
    path = folder / "europe.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    return refusal(params.outlines, folder).replace(f"{folder.name}/europe.geojson: ", "")


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


def test_the_file_says_where_it_comes_from_stays_small_and_is_plain_geojson() -> None:
    metadata = params.outlines().metadata
    assert "Natural Earth" in metadata.source
    assert "public domain" in metadata.licence
    drawn = params.outlines().features[0].drawn()
    assert json.loads(json.dumps(drawn)) == drawn
    assert set(drawn) == {"type", "id", "properties", "geometry"}
    assert 40_000 < (FOLDER / "europe.geojson").stat().st_size < 90_000


def code(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in data["features"] if one["id"] == name)


def rings(data: dict[str, Any], name: str) -> list[list[list[float]]]:
    found: list[list[list[float]]] = code(data, name)["geometry"]["coordinates"]
    return found


def ring(data: dict[str, Any], name: str) -> list[list[float]]:
    return rings(data, name)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: ring(data, "lu").reverse(), "ring must run clockwise: reverse it (lu)"),
        (lambda data: ring(data, "lu").pop(), "repeat its first position at the end (lu)"),
        (lambda data: rings(data, "lu").clear(), "at least 1 item after validation, not 0, got []"),
        (lambda data: rings(data, "fr").append([]), "a polygon has no ring: delete it (fr)"),
        (
            lambda data: data["features"].append(code(data, "lu")),
            "stands twice: merge the two features (lu)",
        ),
        (lambda data: code(data, "lu").update(id="LUX"), "'^[a-z]{2}$', got 'LUX' (features."),
        (
            lambda data: ring(data, "lu")[0].__setitem__(0, 400.0),
            "input should be less than or equal to 180, got 400.0 (features.",
        ),
        (
            lambda data: data["metadata"].pop("licence"),
            "metadata.licence is missing (metadata.licence)",
        ),
        (
            lambda data: data.update(source="x"),
            "unknown key source; did you mean features? (source)",
        ),
    ],
)
def test_faulty_outlines_are_refused_all_at_once(
    folder: Path, change: Change, message: str
) -> None:
    def changes(data: dict[str, Any]) -> None:
        change(data)
        if "(lu)" in message or "(fr)" in message:  # found once every field is there
            ring(data, "be").pop()

    said = refused(folder, changes)
    assert message in said
    assert len(said.splitlines()) == 1 + ("(lu)" in message or "(fr)" in message)


def test_a_missing_file_is_named_with_the_way_to_get_it_and_one_that_is_no_json_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(ParamsError, match=r"take the file from the repository, .*europe.geojson"):
        params.outlines(tmp_path)
    (tmp_path / "europe.geojson").write_text("{", encoding="utf-8")
    with pytest.raises(ParamsError, match="not valid JSON: .* line 1 column 2"):
        params.outlines(tmp_path)
