"""The parameters: what the folder holds, what is refused and how, and how values are resolved."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from euromesh import params
from euromesh.params import FOLDER, ParamsError, files, schema, spec
from euromesh.records import Params
from tests.refused import refusal
from tests.stating import headline

TOPIC_FILES = sorted(path for path in FOLDER.glob("*.yaml"))


def leaf_edit(folder: Path, key: str, **changes: Any) -> None:
    """Change words of one leaf of a YAML file of the copy; None takes a word away."""
    path = next(path for path in folder.glob("*.yaml") if f"params/{path.name}" == file_of(key))
    tree = files.read_yaml(path, files.Place(path.name))
    node = tree
    for word in key.split("."):
        node = node[word]
    node.update(changes)
    for word in [word for word, value in changes.items() if value is None]:
        del node[word]
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")


def file_of(key: str) -> str:
    return params.library().parameters[key].file


# --- what the folder holds -----------------------------------------------------------------------


def test_the_folder_gives_records_that_hold_every_field():
    loaded = params.load()
    assert isinstance(loaded, Params)
    assert loaded.owned.share == 0.1
    assert loaded.machines["lumi_g"].retires_on == "2027-12-31"


def test_resolved_ids_are_exactly_those_of_the_records_and_sorted():
    resolved = list(params.resolve())
    tables = {name: table.rows for name, table in params.library().tables.items()}
    cells = {
        f"{name}.{row}.{column}"
        for name, columns in spec.tables().items()
        for row in tables[name]
        for column in columns
    }
    assert set(resolved) == cells | set(spec.singles())
    assert resolved == sorted(resolved)


def test_the_operating_fleet_has_the_peak_of_the_headlines():
    loaded = params.load()
    fleet = [m for m in loaded.machines.values() if m.in_total and m.status == "operating"]

    def exaflops(machines: list[Any]) -> float:
        peaks = loaded.accelerators
        return math.fsum(m.n_accel * peaks[m.accelerator].bf16_tflop_per_s for m in machines) / 1e6

    joint = [m for m in fleet if m.programme == "eurohpc"]
    in_eu = [m for m in fleet if m.country not in ("ch", "gb", "no")]
    for kind, machines in (("operating", fleet), ("eu27", in_eu), ("eurohpc", joint)):
        stated = headline(f"substrate.{kind}_bf16_eflops")
        assert exaflops(machines) == pytest.approx(stated), kind


def test_the_seven_regions_have_the_published_mean_lead_times():
    rows = [row for row in params.load().grid_lead_times.values() if row.of_original_seven]
    for load_mw, mean in ((1000, 7.1), (250, 5.4), (40, 4.4)):
        leads = [row.lead_years for row in rows if row.load_mw == load_mw]
        assert len(leads) == 7
        assert math.fsum(leads) / 7 == pytest.approx(mean, abs=0.05)


def test_every_parameter_says_where_it_comes_from():
    library = params.library()
    for parameter in library.parameters.values():
        assert parameter.how in ("seen", "derived", "assumed")
        assert parameter.sources or parameter.why, parameter.id
        assert set(parameter.sources) <= set(library.sources)


def test_no_text_names_a_corrupted_page_or_a_path_of_a_machine():
    for path in [*FOLDER.glob("*.yaml"), *FOLDER.glob("*.csv")]:
        text = path.read_text(encoding="utf-8")
        for word in ("fate-oracle.com", "brick-house.org", "/work/", "/home/", "/tmp/"):
            assert word not in text, f"{path.name} holds {word}"


def test_the_fit_with_a_floor_reproduces_the_losses_it_was_made_from():
    loaded = params.load()
    law = loaded.penalty.irreducible
    complete = [row for row in loaded.losses.values() if None not in (row.m1, row.m4, row.m8)]
    assert complete
    for row in complete:
        for n_replicas, loss in ((1, row.m1), (2, row.m2), (4, row.m4), (8, row.m8)):
            fitted = law.a * row.n_params**law.alpha * n_replicas**law.beta + law.e
            assert fitted == pytest.approx(loss, abs=0.02)


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


@pytest.mark.parametrize(
    ("change", "word"),
    [({"value": 1.5}, "maximum"), ({"unit": "years"}, "const"), ({"sahre": 1}, "additional")],
)
def test_a_schema_refuses_what_the_reader_refuses(change: dict[str, Any], word: str):
    path = FOLDER / "routes.yaml"
    tree = files.read_yaml(path, files.Place(path.name))
    tree["owned"]["share"].update(change)
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate(tree, SCHEMAS["routes.json"])
    assert word in str(caught.value)


# --- refusals: single values ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "changes", "message"),
    [
        ("owned.share", {"value": 3.0}, r"share must be in [0, 1], got 3.0"),
        (
            "owned.share",
            {"value": float("nan")},
            "share must be a finite number in [0, 1], got nan",
        ),
        (
            "owned.share",
            {"value": float("inf")},
            "share must be a finite number in [0, 1], got inf",
        ),
        ("owned.share", {"value": True}, "share must be a number in [0, 1], got True"),
        ("owned.share", {"low": 0.2}, "low must be <= the value, got 0.2 > 0.1"),
        ("owned.share", {"high": 0.05}, "high must be >= the value, got 0.05 < 0.1"),
        ("owned.share", {"high": 1.5}, "share_high must be in [0, 1], got 1.5"),
        ("owned.share", {"unit": None}, "unit must be 'fraction', got None"),
        ("owned.share", {"unit": "percent"}, "unit must be 'fraction', got 'percent'"),
        ("owned.share", {"low": None}, "low and high must be given for a number that is assumed"),
        ("owned.share", {"why": None}, "why must be given for a value that is assumed"),
        ("owned.share", {"how": "recalled"}, "how must be seen, derived or assumed"),
        ("owned.share", {"how": "recalled"}, "got 'recalled'"),
        ("owned.share", {"confidence": "sure"}, "confidence: input should be 'low', 'medium' or"),
        ("owned.share", {"confidence": None}, "confidence is missing"),
        ("owned.share", {"noet": "x"}, "unknown key noet; did you mean note?"),
        ("owned.share", {"as_of": 2026}, "as_of must be a text, in quotes where YAML reads a"),
        ("owned.share", {"as_of": "summer"}, "as_of must be a date such as 2026-10, got 'summer'"),
        ("owned.share", {"sources": ["diloco-2032"]}, "'diloco-2032' is not in sources.yaml"),
        (
            "owned.machine_set",
            {"value": "world"},
            "must be one of europe, eu27, eurohpc, got 'world'",
        ),
        ("owned.goodput", {"low": None}, "low and high go together, beside a number or a date"),
        (
            "owned.machine_set",
            {"low": "eu27", "high": "europe"},
            "low and high go together, beside",
        ),
        ("owned.machine_set", {"unit": "text"}, "unit must be left out of a choice, got 'text'"),
        ("owned.contracted", {"value": "yes"}, "contracted must be true or false, got 'yes'"),
        ("race.decision_date", {"value": "2027-13-01"}, "must be a date such as 2027-01-31"),
        ("race.decision_date", {"low": "2028-01-01"}, "low must be <= the value"),
        ("race.target", {"value": "llama_405"}, "'llama_405'; did you mean llama_405b?"),
        ("campus.region", {"value": "frence"}, "'frence'; did you mean france?"),
        ("cases.lumi_few.run", {"value": "lumi"}, "must name a row of mfu_runs, got 'lumi'"),
        (
            "new_sites.goodput",
            {"formula": None},
            "formula must be given for a value that is derived",
        ),
        (
            "new_sites.goodput",
            {"sources": None},
            "sources must be given for a value that is derived",
        ),
    ],
)
def test_a_leaf_is_refused(folder: Path, key: str, changes: dict[str, Any], message: str):
    leaf_edit(folder, key, **changes)
    said = refusal(params.library, folder)
    line = next((line for line in said.splitlines() if message in line), None)
    assert line, f"{message!r} is not in\n{said}"
    assert f"({file_of(key)}: {key}" in line


def test_an_unknown_key_is_refused_with_the_nearest_known_one(edit, folder):
    edit("routes.yaml", "  share:\n", "  shares:\n")
    assert refusal(params.library, folder).splitlines() == [
        "unknown key owned.shares; did you mean owned.share? (params/routes.yaml)",
        "owned.share is missing: the records have it (params)",
    ]


def test_an_unknown_topic_is_refused(folder):
    (folder / "more.yaml").write_text("fronteer:\n  x: {}\n", encoding="utf-8")
    assert (
        refusal(params.library, folder)
        == "unknown key fronteer; did you mean frontier? (params/more.yaml)"
    )


def test_a_branch_that_is_no_mapping_is_refused(folder):
    (folder / "more.yaml").write_text("owned:\n  porting: 3\n", encoding="utf-8")
    assert "porting must hold parameters, got 3 (params/more.yaml: owned.porting)" in refusal(
        params.library, folder
    )


def test_a_repeated_yaml_key_is_refused(edit, folder):
    edit("routes.yaml", "    value: 0.1\n", "    value: 0.1\n    value: 0.2\n")
    assert "not valid YAML: value stands twice in a mapping (line " in refusal(
        params.library, folder
    )


def test_a_parameter_in_two_files_is_refused(folder):
    text = (folder / "frontier.yaml").read_text(encoding="utf-8")
    (folder / "again.yaml").write_text(text, encoding="utf-8")
    assert "stands in another file too (params/frontier.yaml: frontier.class_ratio)" in refusal(
        params.library, folder
    )


def test_broken_yaml_is_refused_with_its_line(folder):
    (folder / "costs.yaml").write_text("costs: [", encoding="utf-8")
    (said,) = refusal(params.library, folder).splitlines()
    assert "not valid YAML" in said and "line 2, column 1" in said and "(params/costs.yaml)" in said


def test_norway_is_a_word(folder):
    (folder / "more.yaml").write_text("no: 1\n", encoding="utf-8")
    assert "unknown key no; did you mean" in refusal(params.library, folder)


def test_several_faults_are_reported_at_once(edit, folder):
    leaf_edit(folder, "owned.share", value=3.0)
    edit("countries.csv", ",1.101,", ",0.12,")
    edit("projects.csv", ",230,", ",many,")
    assert len(refusal(params.library, folder).splitlines()) == 3


# --- refusals: tables ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "countries.csv",
            ",1.101,",
            ",0.12,",
            "pue must be in [1, 3], got 0.12 (params/countries.csv: fi.pue)",
        ),
        (
            "countries.csv",
            ",1.101,",
            ",nan,",
            "pue must be a finite number in [1, 3], got nan (params/countries.csv: fi.pue)",
        ),
        (
            "projects.csv",
            ",230,",
            ",many,",
            "mw must be a number in [0, inf), got 'many' (params/projects.csv: narvik.mw)",
        ),
        (
            "projects.csv",
            ",230,",
            ",,",
            "mw must be given, got None (params/projects.csv: narvik.mw)",
        ),
        (
            "grid_lead_times.csv",
            ",7.5,4,12,",
            ",7.5,8,12,",
            "low must be <= the value, got 8.0 > 7.5"
            " (params/grid_lead_times.csv: nordics_1000mw.lead_years)",
        ),
        (
            "grid_lead_times.csv",
            ",7.5,4,12,",
            ",7.5,,12,",
            "low and high go together, beside a number or a date"
            " (params/grid_lead_times.csv: nordics_1000mw.lead_years)",
        ),
        (
            "grid_lead_times.csv",
            ",7.5,4,12,",
            ",7.5,,,",
            "low and high must be given for a number that is assumed"
            " (params/grid_lead_times.csv: nordics_1000mw.lead_years)",
        ),
        (
            "grid_lead_times.csv",
            "lead_years [years]",
            "lead_years [months]",
            "unit must be 'years', got 'months' (params/grid_lead_times.csv: lead_years)",
        ),
        (
            "grid_lead_times.csv",
            "load_mw [MW]",
            "load_mw",
            "unit must be 'MW', got None (params/grid_lead_times.csv: load_mw)",
        ),
        (
            "grid_lead_times.csv",
            "nordics_250mw,",
            "nordics_1000mw,",
            "row 'nordics_1000mw' stands twice (params/grid_lead_times.csv)",
        ),
        (
            "losses.csv",
            "n35m,",
            "n35m,more,",
            "row has 14 cells, the header 13 (params/losses.csv: line 2)",
        ),
        (
            "losses.csv",
            "n35m,",
            "35 M,",
            "id must be words of a-z and 0-9 joined by _, got '35 M' (params/losses.csv)",
        ),
        (
            "machines.csv",
            ",gh200,",
            ",gh20,",
            "accelerator must name a row of accelerators, got 'gh20'; did you mean gh200?"
            " (params/machines.csv: jupiter_booster.accelerator)",
        ),
        (
            "accelerators.csv",
            ",bloom_176b,",
            ",bloom,",
            "mfu_run must name a row of mfu_runs, got 'bloom'; did you mean bloom_176b?"
            " (params/accelerators.csv: a100_40gb.mfu_run)",
        ),
        (
            "countries.csv",
            ",iberia,",
            ",iberica,",
            "region must name a row of grid_lead_times.region, got 'iberica'; did you mean iberia?"
            " (params/countries.csv: es.region)",
        ),
        (
            "machines.csv",
            ",operating,",
            ",running,",
            "status must be one of operating, installing, contracted, planned, got 'running'"
            " (params/machines.csv: jupiter_booster.status)",
        ),
        (
            "machines.csv",
            ",true,50.92,",
            ",1,50.92,",
            "in_total must be true or false, got '1'"
            " (params/machines.csv: jupiter_booster.in_total)",
        ),
        (
            "machines.csv",
            ",seen,",
            ",recalled,",
            "how must be seen, derived or assumed; a value never read in a source is assumed, with"
            " a range, got 'recalled' (params/machines.csv: jupiter_booster.how)",
        ),
    ],
)
def test_a_table_is_refused(edit, folder, file: str, old: str, new: str, message: str):
    edit(file, old, new)
    assert message in refusal(params.library, folder).splitlines()


def test_an_unknown_column_is_refused_with_the_nearest(edit, folder):
    edit("losses.csv", "n_params [count]", "nparams [count]")
    assert refusal(params.library, folder).splitlines() == [
        "unknown column nparams [count]; did you mean n_params? (params/losses.csv)",
        "column n_params is missing (params/losses.csv)",
    ]


def test_an_unknown_and_a_missing_table_are_refused(folder):
    (folder / "losses.csv").rename(folder / "loses.csv")
    assert refusal(params.library, folder).splitlines() == [
        "unknown table loses; did you mean losses? (params/loses.csv)",
        "losses is missing: the records have it (params)",
    ]


def test_an_assumed_row_of_a_table_without_ranges_is_refused(edit, folder):
    edit("losses.csv", ",seen,", ",assumed,")
    said = refusal(params.library, folder)
    assert "why must be given for a value that is assumed (params/losses.csv: n35m)" in said
    assert "low and high must be given for a row that is assumed (params/losses.csv: n35m)" in said


# --- refusals: sources and scenarios -------------------------------------------------------------


def test_an_unused_source_is_refused(folder):
    entry = {
        "title": "t",
        "publisher": "p",
        "url": "https://example.org/x",
        "date": "2026",
        "accessed": "2026-11-21",
        "licence": "not stated",
    }
    with (folder / "sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(yaml.safe_dump({"spare-2026": entry}))
    assert refusal(params.library, folder) == (
        "no parameter uses this source: use it or delete it (params/sources.yaml: spare-2026)"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "acer-pci-delay:",
            "acer pci:",
            "a source key is a letter, then letters, digits and - _ . :",
        ),
        ("  date: 2022-06-23", "  date: June", "date must be a date such as 2026-10, got 'June'"),
        (
            "  publisher: ACER",
            "  publischer: ACER",
            "unknown key publischer; did you mean publisher?",
        ),
        ("  url: https://acer", "  url: acer", "string should match pattern"),
    ],
)
def test_a_source_entry_is_refused(edit, folder, old: str, new: str, message: str):
    edit("sources.yaml", old, new)
    assert message in refusal(params.library, folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "owned.share: low",
            "owned.shares: low",
            "unknown parameter owned.shares; did you mean owned.share?",
        ),
        ("owned.share: low", "owned.share: 1.5", "owned.share must be in [0, 1], got 1.5"),
        ("owned.share: low", "campus.grid_mw: low", "campus.grid_mw has no low end"),
        ("penalty.law: irreducible", "penalty.law: best", "penalty.law must be one of joint"),
        ("central:", "middle:", "central must be there and set nothing (params/scenarios.yaml)"),
        ("lead_years: low", "lead_year: low", "unknown parameter grid_lead_times.*.lead_year"),
    ],
)
def test_a_scenario_is_refused(edit, folder, old: str, new: str, message: str):
    edit("scenarios.yaml", old, new)
    assert message in refusal(params.library, folder)


# --- resolution ----------------------------------------------------------------------------------


def test_a_scenario_word_means_the_end_of_the_range_in_every_row_of_a_pattern():
    library, low = params.library(), params.resolve("low")
    rows = library.tables["grid_lead_times"].rows
    for row in rows:
        key = f"grid_lead_times.{row}.lead_years"
        assert low[key] == library.parameters[key].low
    assert low["penalty.law"] == "irreducible"
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
    assert params.load("low", overrides).owned.share == 0.4


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
        ("owned.share=-1", "owned.share must be in [0, 1], got -1 (-p)"),
        ("owned.share=nan", "owned.share must be a finite number in [0, 1], got nan (-p)"),
        ("owned.share=3.0", "owned.share must be in [0, 1], got 3.0 (-p)"),
        ("owned.share=", "owned.share must be given, got  (-p)"),
        ("owned.shares=0.2", "unknown parameter owned.shares; did you mean owned.share? (-p)"),
        ("owned.share", "an override is id=value, got 'owned.share' (-p)"),
        ("owned.contracted=maybe", "owned.contracted must be true or false, got maybe (-p)"),
        ("owned.machine_set=eu", "must be one of europe, eu27, eurohpc, got eu (-p)"),
    ],
)
def test_a_pair_is_refused_as_typed_with_what_is_allowed(pair: str, message: str):
    with pytest.raises(ParamsError) as caught:
        params.read_overrides([pair])
    assert message in str(caught.value)


def test_two_wrong_pairs_are_reported_at_once():
    with pytest.raises(ParamsError) as caught:
        params.read_overrides(["owned.share=abc", "owned.goodput=2"])
    assert len(str(caught.value).splitlines()) == 2


def test_an_override_from_a_file_or_a_notebook_must_have_the_right_type(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("race.decision_date: 2028\n", encoding="utf-8")
    with pytest.raises(ParamsError, match=r"in quotes where it is a bare year, .* \(mine"):
        params.read_overrides([], file)
    with pytest.raises(ParamsError, match=r"got True \(override\)"):
        params.load(overrides={"owned.share": True})


def test_an_override_that_names_no_row_is_refused():
    with pytest.raises(ParamsError, match="'francia'; did you mean france"):
        params.load(overrides={"campus.region": "francia"})


def test_an_unknown_scenario_is_refused_with_the_known_ones():
    with pytest.raises(
        ParamsError,
        match=r"'best'; did you mean \w+\? \(the scenarios are central, eu27_only, .*, low",
    ):
        params.load("best")


@given(st.floats(0, 1))
def test_any_fraction_written_as_a_text_is_read_back_exactly(share: float):
    assert params.read_overrides([f"owned.share={share!r}"]) == {"owned.share": share}


@given(st.floats().filter(lambda x: not 0 <= x <= 1))
def test_no_number_outside_its_bounds_passes(share: float):
    with pytest.raises(ParamsError):
        params.resolve(overrides={"owned.share": share})


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        params.load().owned.share = 0.9  # type: ignore[misc]


# --- the list of coordinates ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("owned.share", "owned.share stands twice: delete this one (params/coordinates.txt: line "),
        ("", "a line must hold an id, words joined by dots, got '' (params/coordinates.txt: line "),
        (
            "Owned share",
            "a line must hold an id, words joined by dots, got 'Owned share' (params/c",
        ),
    ],
)
def test_a_list_of_coordinates_holds_every_name_once(folder: Path, line: str, message: str):
    path = folder / "coordinates.txt"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert message in refusal(params.library, folder)


def test_a_list_of_coordinates_may_hold_a_name_that_is_gone(folder: Path):
    path = folder / "coordinates.txt"
    path.write_text(path.read_text(encoding="utf-8") + "weather.rain\n", encoding="utf-8")
    assert params.library(folder).coordinates[-1] == "weather.rain"
