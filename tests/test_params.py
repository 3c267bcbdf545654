"""The parameters: what the folder holds, what is refused and how, and how values are resolved."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import params
from euromesh.params import FOLDER, files, schema
from tests.refused import Edit, refusal, state

TOPIC_FILES = sorted(path for path in FOLDER.glob("*.yaml"))


# --- what the folder holds -----------------------------------------------------------------------


NO_PLACE = ("fate-oracle.com", "brick-house.org", "/work/", "/home/", "/tmp/", "code-index")
NOT_READ = re.compile(r"\b(primary (page|paper|note)s? not|pages) read\b", re.IGNORECASE)


def test_no_text_names_a_corrupted_page_or_a_place_that_no_reader_can_find():
    for path in [*FOLDER.glob("*.yaml"), *FOLDER.glob("*.csv")]:
        text = path.read_text(encoding="utf-8")
        for word in NO_PLACE:
            assert word not in text, f"{path.name} holds {word}"


def test_a_value_whose_page_was_not_read_has_a_source_that_was_read_in_a_copy():
    sources = params.library().sources
    for key, told in params.library().parameters.items():
        if NOT_READ.search(told.note):
            assert any(sources[name].read_at for name in told.sources), key


def test_a_source_has_the_day_of_its_page_only_where_a_value_was_read_there():
    library = params.library()
    for key, source in library.sources.items():
        own = re.sub(r"^https?://(github\.com/(?=[^/]+/[^/]+))?", "", source.url)
        alone = [told.seen_at for told in library.parameters.values() if told.sources == (key,)]
        there = [seen for seen in alone if not seen or own in seen]
        assert source.read_at or (source.url and bool(there) == bool(alone)), key


# --- schemas -------------------------------------------------------------------------------------


SCHEMAS = {name: json.loads(text) for name, text in schema.documents().items()}


def test_writing_schemas_deletes_those_of_files_that_are_gone(folder: Path, tmp_path: Path):
    target = tmp_path / "build" / "schema"
    target.mkdir(parents=True)
    (target / "gone.json").write_text("{}", encoding="utf-8")
    schema.write(target, folder)
    assert {path.name: json.loads(path.read_text("utf-8")) for path in target.iterdir()} == SCHEMAS


@pytest.mark.parametrize("path", TOPIC_FILES, ids=lambda path: path.name)
def test_a_yaml_file_names_its_schema_and_fits_it(path: Path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema=../_build/schema/{path.stem}.json"
    rules = SCHEMAS[f"{path.stem}.json"]
    jsonschema.validate(files.read_yaml(path, files.Place(path.name)), rules)


SHARE, GROWTH = "owned.share", "frontier.growth_per_year"
PART = {"weight": 1, "name": "normal", "p10": 2, "p90": 3.6}
MEDIAN = {"weight": 2, "name": "lognormal", "median": 2.8, "sigma": 0.2, "source": "algo-progress"}


def mixed(**changes: Any) -> dict[str, Any]:
    return {"name": "mixture", "parts": [{**MEDIAN, **changes}, PART]}


@pytest.mark.parametrize(
    ("key", "word", "told", "fits"),
    [
        (SHARE, "value", 1.5, False),
        (SHARE, "unit", "years", False),
        (SHARE, "sahre", 1, False),
        (GROWTH, "distribution", "lognormal", True),
        (GROWTH, "distribution", mixed(), True),
        (GROWTH, "distribution", {"name": "beta", "p10": 0.2, "p90": 0.4}, True),
        (GROWTH, "distribution", "empirical", False),
        (GROWTH, "distribution", {"name": "normal", "mean": 3}, False),
        (GROWTH, "distribution", {"name": "normal", "mean": 3, "sd": 0}, False),
        (GROWTH, "distribution", {"name": "gamma", "a": 3}, False),
        (GROWTH, "distribution", {"mean": 3, "sd": 1}, False),
        (GROWTH, "distribution", mixed(weight=0), False),
        (GROWTH, "distribution", mixed(name="mixture"), False),
        (GROWTH, "distribution", mixed(weihgt=1), False),
        ("frontier.reference_on", "distribution", "normal", False),
    ],
)
def test_a_schema_refuses_what_the_reader_refuses(key: str, word: str, told: object, fits: bool):
    path = FOLDER.parent / params.library().parameters[key].file
    tree = files.read_yaml(path, files.Place(path.name))
    topic, _, rest = key.partition(".")
    tree[topic][rest][word] = told
    rules = jsonschema.Draft7Validator(SCHEMAS[f"{path.stem}.json"])
    assert rules.is_valid(tree) == fits


# --- refusals: single values ---------------------------------------------------------------------


LEAVES: dict[str, list[tuple[dict[str, Any], str]]] = {
    "owned.share": [
        ({"value": 3.0}, "share must be in [0, 1], got 3.0"),
        ({"value": math.nan}, "share must be a finite number in [0, 1], got nan"),
        ({"value": True}, "share must be a number in [0, 1], got True"),
        ({"low": 0.2}, "low must be <= the value, got 0.2 > 0.1"),
        ({"high": 0.05}, "high must be >= the value, got 0.05 < 0.1"),
        ({"high": 1.5}, "share_high must be in [0, 1], got 1.5"),
        ({"unit": "percent"}, "unit must be 'fraction', got 'percent'"),
        ({"low": None}, "low and high must be given for a number that is assumed"),
        ({"why": None}, "why must be given for a value that is assumed"),
        ({"how": "recalled"}, "how must be seen, derived or assumed; a value never read"),
        ({"confidence": "sure"}, "confidence: input should be 'low', 'medium' or"),
        ({"confidence": None}, "confidence is missing"),
        ({"noet": "x"}, "unknown key noet; did you mean note?"),
        ({"as_of": 2026}, "as_of must be a text, in quotes where YAML reads a"),
        ({"as_of": "summer"}, "as_of must be a date such as 2026-10, got 'summer'"),
        ({"as_of": ""}, "as_of: string should have at least 1 character"),
        ({"sources": ["diloco-2032"]}, "'diloco-2032' is not in sources.yaml"),
    ],
    "owned.machine_set": [
        ({"value": "world"}, "must be one of europe, eu27, eurohpc, got 'world'"),
        ({"low": "eu27", "high": "europe"}, "low and high go together, beside"),
        ({"unit": "text"}, "unit must be left out of a choice, got 'text'"),
    ],
    "owned.goodput": [({"low": None}, "low and high go together, beside a number or a date")],
    "race.decision_date": [
        ({"value": "2027-13-01"}, "must be a date such as 2027-01-31"),
        ({"low": "2028-01-01"}, "low must be <= the value"),
    ],
    "race.target": [({"value": "llama_405"}, "'llama_405'; did you mean llama_405b?")],
    "campus.region": [({"value": "frence"}, "'frence'; did you mean france?")],
    "new_sites.goodput": [
        ({"formula": None}, "formula must be given for a value that is derived"),
        ({"sources": None}, "sources must be given for a value that is derived"),
    ],
}


@pytest.mark.parametrize(("key", "case"), [(key, one) for key in LEAVES for one in LEAVES[key]])
def test_a_leaf_is_refused(folder: Path, key: str, case: tuple[dict[str, Any], str]):
    state(folder, key, **case[0])
    said = refusal(params.library, folder)
    line = next((line for line in said.splitlines() if case[1] in line), None)
    assert line, f"{case[1]!r} is not in\n{said}"
    assert f"({params.library().parameters[key].file}: {key}" in line


AGAIN = (FOLDER / "frontier.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("more", "fronteer:\n  x: {}\n", "unknown key fronteer; did you mean frontier? (params/"),
        ("more", "owned:\n  porting: 3\n", "porting must hold parameters, got 3 (params/more.yaml"),
        ("more", "no: 1\n", "unknown key no; did you mean"),  # Norway is a word
        ("again", AGAIN, "another file too (params/frontier.yaml: frontier.class_ratio)"),
        ("costs", "costs: [", "line 2, column 1 (params/costs.yaml)"),
    ],
)
def test_a_file_of_parameters_is_refused(folder: Path, name: str, text: str, said: str):
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    assert said in refusal(params.library, folder)


def test_an_unknown_key_is_refused_with_the_nearest_known_one(edit, folder):
    edit("routes.yaml", "  share:\n", "  shares:\n")
    assert refusal(params.library, folder).splitlines() == [
        "unknown key owned.shares; did you mean owned.share? (params/routes.yaml)",
        "owned.share is missing: the records have it (params)",
    ]


# --- refusals: a text in a file ------------------------------------------------------------------

LEADS = "(params/grid_lead_times.csv: nordics_1000mw.lead_years)"
SPARE = "{title: t, publisher: p, url: '', date: '2026', read_at: a copy, licence: not stated}"
HOST, DAY = "url: https://acer.europa.eu/", "  accessed: 2026-11-21\n"
TWICE = "grid_lead_times.france_40mw.lead_years"
EDITS: dict[str, list[tuple[str, str, str]]] = {  # a text, another in its place, and what is said
    "countries.csv": [
        (",1.101,", ",0.12,", "pue must be in [1, 3], got 0.12 (params/countries.csv: fi.pue)"),
        (
            ",iberia,",
            ",iberica,",
            "got 'iberica'; did you mean iberia? (params/countries.csv: es.r",
        ),
        ("\npl,", "\npol,", "did you mean pl? (params/countries.csv: pol.id)"),
    ],
    "projects.csv": [
        (",230,", ",many,", "got 'many' (params/projects.csv: narvik.mw)"),
        (",230,", ",,", "mw must be given, got None (params/projects.csv: narvik.mw)"),
        ("id,name,", "id,mw,", "column mw stands twice"),
    ],
    "grid_lead_times.csv": [
        (",7.5,4,12,", ",7.5,,,", f"must be given for a number that is assumed {LEADS}"),
        ("s [years]", "s [months]", "unit must be 'years', got 'months'"),
        ("load_mw [MW]", "load_mw", "unit must be 'MW', got None"),
        ("nordics_250mw,", "nordics_1000mw,", "row 'nordics_1000mw' stands twice"),
    ],
    "losses.csv": [
        (
            "n_params [",
            "nparams [",
            "column nparams [count]; did you mean n_params? (params/losses",
        ),
        ("n35m,", "n35m,more,", "row has 14 cells, the header 13 (params/losses.csv: line 2)"),
        ("n35m,", "35 M,", "id must be words of a-z and 0-9 joined by _, got '35 M'"),
        (
            ",seen,",
            ",assumed,",
            "why must be given for a value that is assumed (params/losses.csv: n35m)",
        ),
        (",seen,", ",assumed,", "low and high must be given for a row that is assumed"),
        (",35M,", ',"35"M,', "not a valid table"),
        (",35M,", ',"3\t5M",', "a cell must stand on one line"),
    ],
    "machines.csv": [
        (",gh200,", ",gh20,", "accelerators, got 'gh20'; did you mean gh200? (params/machines.csv"),
        (",operator,", ",operator [MW],", "unit must be left out of a text"),
        (",note", ",note [EUR]", "unit must be left out of a text, got 'EUR'"),
        ("latitude [degrees],", "latitude [degrees] [x],", "unknown column latitude"),
    ],
    "accelerators.csv": [
        (",bloom_176b,", ",bloom,", "of mfu_runs, got 'bloom'; did you mean bloom_176b?"),
        (",cuda,989.4,", ",cuda,1979,", "(params/accelerators.csv: h100_80gb.fp8_tflop_per_s)"),
    ],
    "sources.yaml": [
        ("acer-pci-delay:", "acer pci:", "a source key is a letter, then letters, digits and"),
        ("date: 2022-06-23", "date: June", "date must be a date such as 2026-10, "),
        ("publisher: AC", "publischer: AC", "key publischer; did you mean publisher?"),
        ("url: https://acer", "url: acer", "url must be the address of a page, or '' where it is"),
        (
            HOST,
            f"{HOST} # ",
            "got 'https://acer.europa.eu/' (params/sources.yaml: acer-pci-delay.url)",
        ),
        (DAY, f"{DAY}  read_at: x\n", "read_at, the copy that was read: one of the two, got both"),
        (DAY, "", "one of the two, got neither (params/sources.yaml: acer-pci-delay)"),
        (DAY, "  accessed: ''\n", "accessed: string should have at least 1 character"),
        (DAY, "  seen_at: x\n", "unknown key seen_at; did you mean read_at? (params/sources.yaml"),
        ("acer-pci-delay:", f"x: {SPARE}\nacer-pci-delay:", "no parameter uses this"),
        ("acer-p", f"x: {SPARE}\ny: {SPARE}\nacer-p", "the source x: merge the two (params/sou"),
    ],
    "scenarios.yaml": [
        ("lead_years: low\n", f"lead_years: low\n    {TWICE}: 3\n", f"{TWICE} is set twice"),
        ("owned.share: low", "owned.shares: low", "owned.shares; did you mean owned.share?"),
        ("owned.share: low", "owned.shar*: low", "unknown parameter owned.shar*"),
        ("owned.share: low", "owned.share: 1.5", "share must be in [0, 1], got 1.5"),
        ("owned.share: low", "campus.grid_mw: low", "campus.grid_mw has no low end"),
        ("penalty.law: miri", "penalty.law: m", "penalty.law must be one of joint"),
        ("central:", "middle:", "central must be there and set nothing (params/scenarios.yaml)"),
        ("lead_years: low", "lead_year: low", "unknown parameter grid_lead_times.*"),
    ],
    "europe.geojson": [
        ("{", "", "not valid JSON: "),
        ('"title":', '"note": "x", "title":', "member 'note' stands twice (params/europe.geojson)"),
        ('"France"', '"Fran\\nce"', "member 'name' must stand on one line"),
    ],
}


@pytest.mark.parametrize(("file", "case"), [(file, one) for file in EDITS for one in EDITS[file]])
def test_an_edit_is_refused(edit: Edit, folder: Path, file: str, case: tuple[str, str, str]):
    edit(file, *case[:2])
    reader = params.outlines if file == "europe.geojson" else params.library
    assert case[2] in refusal(reader, folder)


@pytest.mark.parametrize("text", ["", "\n"])
def test_a_table_without_a_header_is_refused(folder: Path, text: str):
    (folder / "losses.csv").write_text(text, encoding="utf-8")
    assert "column n_params is missing (params/losses.csv)" in refusal(params.library, folder)


def test_an_unknown_and_a_missing_table_are_refused(folder):
    (folder / "losses.csv").rename(folder / "loses.csv")
    assert refusal(params.library, folder).splitlines() == [
        "unknown table loses; did you mean losses? (params/loses.csv)",
        "losses is missing: the records have it (params)",
    ]


# --- resolution ----------------------------------------------------------------------------------


def test_a_scenario_word_means_the_end_of_the_range_in_every_row_of_a_pattern():
    library, low = params.library(), params.resolve("low")
    rows = library.tables["grid_lead_times"].rows
    for row in rows:
        key = f"grid_lead_times.{row}.lead_years"
        assert low[key] == library.parameters[key].low
    assert low["penalty.law"] == "miri"
    assert low["owned.share"] == library.parameters["owned.share"].low


def test_low_and_high_move_the_same_parameters_to_opposite_ends():
    low, high = (params.library().scenarios[name].set for name in ("low", "high"))
    assert set(low) == set(high)
    opposite = {"low": "high", "high": "low"}
    assert all(high[key] == opposite.get(low[key], high[key]) != low[key] for key in low)


def test_an_override_comes_after_the_scenario_and_a_pair_after_the_file(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("owned.share: 0.3\nowned.goodput: 0.5\n", encoding="utf-8")
    overrides = params.read_overrides(["owned.share=0.4"], file)
    resolved = params.resolve("low", overrides)
    assert (resolved["owned.share"], resolved["owned.goodput"]) == (0.4, 0.5)
    assert list(resolved) == sorted(resolved)


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("targets.run_1e26.training_flop=3.8e25", 3.8e25),
        ("owned.share= 0.2", 0.2),
        ("new_medium.n_sites=1", 1.0),
        ("race.decision_date=2028", "2028"),
        ("owned.contracted=False", False),
        ("owned.machine_set=eu27", "eu27"),
        ("machines.lumi_g.retires_on=", None),
    ],
)
def test_a_pair_is_read_by_the_declared_type(pair: str, value: object):
    (read,) = params.read_overrides([pair]).values()
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("owned.share=abc", "owned.share must be a number in [0, 1], got abc (-p)"),
        ("owned.share=3.0", "owned.share must be in [0, 1], got 3.0 (-p)"),
        ("owned.share=", "owned.share must be given, got  (-p)"),
        ("owned.shares=0.2", "unknown parameter owned.shares; did you mean owned.share? (-p)"),
        ("penalty.weights.tax=1", "weights.tax: the weights of the laws are computed from"),
        ("training.saturation=1e-14", "saturation: each run of a chip has its own, mfu_runs.*"),
        ("gigafactory.n_accel=75000", "n_accel: a gigafactory opens in phases"),
        ("frontier.largest_flop=1e27", "largest_flop: the record is a row of frontier_runs"),
        ("penalty.law=muloco", "gap, miri, got muloco: no loss of several replicas was published"),
        ("owned.share", "an override is id=value, got 'owned.share' (-p)"),
        (
            "training.precision=fp16",
            "training.precision must be one of bf16, fp8, nvfp4, got fp16 (-p)",
        ),
    ],
)
def test_a_pair_is_refused_as_typed_with_what_is_allowed(pair: str, message: str):
    assert message in refusal(params.read_overrides, [pair])


def test_an_override_from_a_file_or_a_notebook_must_have_the_right_type(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("race.decision_date: 2028\n", encoding="utf-8")
    said = refusal(params.read_overrides, [], file)
    assert "in quotes where it is a bare year, " in said and "(mine.yaml)" in said
    assert "got True (override)" in refusal(params.load, overrides={"owned.share": True})


@given(st.floats().filter(lambda x: not 0 <= x <= 1))
def test_no_number_outside_its_bounds_passes(share: float):
    refusal(params.resolve, overrides={"owned.share": share})


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        params.load().owned.share = 0.9  # type: ignore[misc]


# --- the list of coordinates ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("owned.share", "owned.share stands twice: delete this one (params/coordinates.txt: line "),
        ("", "a line must hold an id, words joined by dots, got '' (params/coordinates.txt: line "),
        ("Owned share", "joined by dots, got 'Owned share' (params/coordinates.txt: line "),
        ("weather.rain", ""),  # one that is gone
    ],
)
def test_a_list_of_coordinates_holds_every_name_once(folder: Path, line: str, message: str):
    path = folder / "coordinates.txt"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    if message:
        assert message in refusal(params.library, folder)
    else:
        assert params.library(folder).coordinates[-1] == line
