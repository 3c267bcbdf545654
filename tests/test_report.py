"""Headline numbers: what they are, and what they say they read."""

import dataclasses
import json
from pathlib import Path

import pytest

from euromesh import facts, params
from euromesh.facts import Number, of
from euromesh.facts.stored import digest, read
from euromesh.runs import GOLDEN
from tests.strategies import values


def test_every_published_case_is_met() -> None:
    limits = {"llama_405b": 0.01, "apertus_70b": 0.02, "jupiter_few": 0.1, "lumi_few": 0.1}
    limits["amplified"] = 0.03  # on the line of 20 tokens a parameter; the author searches for it
    limits["gigawatt_yearly"] = 0.01  # at our cost of money
    found = values(of(), "checks")
    for key in (key for key in found if key.endswith("_off")):
        name = key.removeprefix("checks.").removesuffix("_off")
        assert abs(found[key]) <= limits.get(name, 0.005), name
    for name, said in (("intellect_1", 0.957), ("covenant_72b", 0.945)):
        assert found[f"checks.{name}"] == pytest.approx(said, abs=0.001)


def test_a_run_without_compute_says_never_and_stays_valid(numbers: dict[str, Number]) -> None:
    idle = of("central", {"owned.share": 0.0}).numbers()
    named = {key for key in (*idle, *numbers) if not key.startswith("voi.")}
    assert named <= set(idle) & set(numbers), "every page finds its keys in every run"
    assert {"voi.perfect", "voi.perfect_se"} <= set(idle), "the facts worth most are a run's own"
    assert idle["owned.finish_date"].value == "never"
    assert idle["owned.compute_days"].value == "never"
    assert idle["owned.full_meur"].value == "never"
    assert json.loads(facts.results_text(idle))


def test_inputs_of_numbers_are_parameters_and_none_is_dead(numbers: dict[str, Number]) -> None:
    """Every single value is read by some number; of a table, every column and every row.

    Labels (text) and the date of the evidence are for the pages.
    """
    assert not set(numbers) & set(params.library().parameters)
    assert [key for key, number in numbers.items() if not number.inputs] == []
    read = {name for number in numbers.values() for name in number.inputs}
    assert read <= set(params.resolve())
    library = params.library()
    meant = {name for name, p in library.parameters.items() if p.unit != "text"}
    unread = {name for name in meant - read if name.split(".")[0] not in library.tables}
    assert unread == {"evidence.gathered_on"}
    for table in library.tables:
        cells = {name for name in meant if name.startswith(f"{table}.")}
        for part in (1, -1):
            every, used = ({name.split(".")[part] for name in g} for g in (cells, cells & read))
            assert every == used, table


def test_results_are_sorted_rounded_and_carry_their_bounds() -> None:
    found = {
        "b.y": Number(1 / 3, "factor", ".2f", ("owned.share",), "at_least"),
        "a.x": Number("2028-10", "month", "%B %Y", ()),
    }
    rows = json.loads(facts.results_text(found))["numbers"]
    assert list(rows) == ["a.x", "b.y"]
    assert rows["b.y"] == {
        "value": 0.3333333333,
        "unit": "factor",
        "format": ".2f",
        "inputs": digest(["owned.share"]),
        "bound": "at_least",
    }
    assert "bound" not in rows["a.x"]
    read = {"a.x": dataclasses.replace(found["a.x"], inputs=("owned.goodput",))}
    assert facts.results_text(found) != facts.results_text(found | read), "a changed lineage"
    assert GOLDEN.stat().st_size <= 250_000


def test_what_a_number_reads_is_stored_without_loss_and_a_set_once(
    numbers: dict[str, Number], tmp_path: Path
) -> None:
    for name, text in (
        ("results.json", facts.results_text(numbers)),
        ("lineage.json", facts.lineage_text(numbers)),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert len(text.splitlines()) == len(json.loads(text).popitem()[1]) + 2
    stored = read(tmp_path)
    assert {key: tuple(row["inputs"]) for key, row in stored.items()} == {
        key: number.inputs for key, number in numbers.items()
    }
    assert len({number.inputs for number in numbers.values()}) == len(
        json.loads((tmp_path / "lineage.json").read_text(encoding="utf-8"))["sets"]
    )
