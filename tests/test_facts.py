"""Tables of facts: what their cells are called, and what they say they read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from euromesh.facts import Column, Facts, Figure, Run, tables
from euromesh.facts.kept import KeptFacts, digest
from euromesh.facts.watch import watched
from euromesh.records import Params

YEARS = Column("years", ".1f", "wait.{row}_years")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, tables.Recipe]]:
    """A place for tables of the test alone."""
    recipes: dict[str, tables.Recipe] = {}
    monkeypatch.setattr(tables, "RECIPES", recipes)
    monkeypatch.setattr("euromesh.facts.kept.RECIPES", recipes)
    return recipes


def two_machines(_: Params) -> list[str]:
    return ["lumi_g", "jupiter_booster"]


def test_a_cell_of_a_keyed_column_is_a_number_that_read_what_its_row_read(own: Any) -> None:
    @tables.table(two_machines, n_accel=Column("count", ",d", "machine.{row}.size"))
    def sizes(run: Run, row: str) -> tuple[float]:
        return (run.params.machines[row].n_accel or 0.0,)

    found = Facts().numbers()
    assert list(found) == ["machine.jupiter_booster.size", "machine.lumi_g.size"]
    assert found["machine.lumi_g.size"].value == 11912
    assert found["machine.lumi_g.size"].inputs == ("machines.lumi_g.n_accel",)
    assert Facts()["sizes"]["row"].tolist() == ["lumi_g", "jupiter_booster"]


def test_a_table_that_reads_another_one_rests_on_its_inputs_too(own: Any) -> None:
    @tables.figures
    def share(run: Run) -> dict[str, Figure]:
        return {"a.share": Figure(run.params.owned.share, "fraction", ".0%")}

    @tables.figures
    def twice(run: Run) -> dict[str, Figure]:
        months = run.params.owned.grant_months
        return {"a.twice": Figure(2 * run["share"]["value"][0] + months, "number", ".1f")}

    found = Facts().numbers()
    assert found["a.twice"].inputs == ("owned.grant_months", "owned.share")


def test_rows_of_several_cells_are_made_one_by_one(own: Any) -> None:
    @tables.table(
        each=lambda params: product(two_machines(params), ["a", "b"]),
        machine=Column("name"),
        part=Column("name"),
        n_accel=Column("count", ",d", "{machine}.{part}"),
    )
    def halves(run: Run, machine: str, part: str) -> tuple[float]:
        return ((run.params.machines[machine].n_accel or 0.0) / 2,)

    found = Facts().numbers()
    assert list(Facts()["halves"]["part"]) == ["a", "b", "a", "b"]
    assert found["lumi_g.b"].value == 5956
    assert found["lumi_g.b"].inputs == ("machines.lumi_g.n_accel",)


def test_what_is_made_once_is_shared_with_what_it_reads_then_and_later(own: Any) -> None:
    calls = []

    def make(params: Params) -> Callable[[], float]:
        calls.append(params.owned.share)
        return lambda: params.owned.grant_months

    @tables.figures
    def first(run: Run) -> dict[str, Figure]:
        run.once("shared", make)
        return {"a.first": Figure(1, "count", "d")}

    @tables.figures
    def second(run: Run) -> dict[str, Figure]:
        return {"a.second": Figure(run.once("shared", make)(), "months", ".0f")}

    found = Facts().numbers()
    assert len(calls) == 1
    assert found["a.first"].inputs == ("owned.share",)
    assert found["a.second"].inputs == ("owned.grant_months", "owned.share")


def test_what_a_changed_run_reads_is_noted_and_its_value_is_that_of_the_change(own: Any) -> None:
    @tables.figures
    def changed(run: Run) -> dict[str, Figure]:
        other = run.changed({"owned.share": 0.2})
        return {"a.changed": Figure(other.owned.share, "fraction", ".0%")}

    number = Facts().numbers()["a.changed"]
    assert (number.value, number.inputs) == (0.2, ("owned.share",))


def test_what_never_comes_is_a_word_and_what_is_missing_an_error(own: Any) -> None:
    @tables.table(row=Column("name"), years=YEARS)
    def waits(run: Run) -> list[tuple[str, float]]:
        return [("long", math.inf), ("short", 1.0)]

    assert Facts().numbers()["wait.long_years"].value == "never"

    @tables.table(row=Column("name"), years=YEARS)
    def blanks(run: Run) -> list[tuple[str, float]]:
        return [("blank", math.nan)]

    with pytest.raises(ValueError, match="wait.blank_years has no value"):
        Facts().numbers()


def test_a_bound_is_said_with_its_number(own: Any) -> None:
    @tables.table(
        row=Column("name"),
        flop=Column("FLOP", ".1e", "most.{row}", bound="is_bound"),
        is_bound=Column("flag"),
    )
    def most(run: Run) -> list[tuple[str, float, bool]]:
        return [("a", 1e25, True), ("b", 1e26, False)]

    found = Facts().numbers()
    assert (found["most.a"].bound, found["most.b"].bound) == ("at_least", None)


def test_two_tables_or_cells_of_one_name_are_refused(own: Any) -> None:
    def one(run: Run) -> dict[str, Figure]:
        return {"a.b": Figure(1, "count", "d")}

    tables.figures(one)
    with pytest.raises(ValueError, match="two tables of facts are called one"):
        tables.figures(one)

    def other(run: Run) -> dict[str, Figure]:
        return one(run)

    tables.figures(other)
    with pytest.raises(ValueError, match="two cells are called a.b; the second is of other"):
        Facts().numbers()


def test_a_kept_table_is_read_back_as_it_was_made(own: Any, tmp_path: Path) -> None:
    calls = []

    @tables.table(two_machines, years=YEARS, share=Column("fraction", ".0%"))
    def waits(run: Run, row: str) -> tuple[float, float]:
        calls.append(row)
        return (math.inf if row == "lumi_g" else 0.1, run.params.owned.share / 3)

    first, again = (KeptFacts(tmp_path, "central", {}) for _ in range(2))
    made = first.made("waits")
    assert again.made("waits") == made and len(calls) == 2
    assert again["waits"].equals(first["waits"])
    [kept] = tmp_path.glob("*/waits.json")
    assert json.loads(kept.read_text(encoding="utf-8"))["inputs"] == [0, 0]
    other = KeptFacts(tmp_path, "central", {"owned.share": 0.2})
    assert other.made("waits").rows != made.rows and len(calls) == 4


def test_what_is_kept_is_named_by_the_parameters_and_by_what_is_held() -> None:
    central = digest("central", {})
    assert central == digest("central", {})
    assert central != digest("central", {"owned.share": 0.1}), "held at its value is another run"
    assert central != digest("low", {})


def test_a_view_notes_what_is_read_first_and_nothing_else(central: Params) -> None:
    view, read = watched(central)
    assert view.owned.share == 0.10
    read.clear()
    assert view.owned.share == 0.10 and not read, "a field is noted once"
    assert view.machines["lumi_g"].n_accel == 11912
    assert [name for name in view.machines if name == "lumi_g"] == ["lumi_g"]
    assert read == {"machines.lumi_g.n_accel"}


def test_single_numbers_made_row_by_row_have_each_the_inputs_of_their_row(own: Any) -> None:
    @tables.figures_of(two_machines)
    def sizes(run: Run, row: str) -> dict[str, Figure]:
        return {f"size.{row}": Figure(run.params.machines[row].n_accel or 0.0, "count", ",d")}

    found = Facts().numbers()
    assert found["size.lumi_g"].inputs == ("machines.lumi_g.n_accel",)
    assert found["size.jupiter_booster"].value == 23536


def test_several_rows_of_a_name_share_its_inputs_and_are_read_without_the_others(own: Any) -> None:
    @tables.table(
        two_machines, part=Column("number"), n_accel=Column("count", ",d", "{row}.{part}")
    )
    def halves(run: Run, row: str) -> list[tuple[int, float]]:
        whole = run.params.machines[row].n_accel or 0.0
        return [(part, whole / 2) for part in (1, 2)]

    @tables.figures
    def half(run: Run) -> dict[str, Figure]:
        found = run.rows("halves", "lumi_g")["n_accel"].tolist()
        return {
            "a.half": Figure(found[0], "count", ",d"),
            "a.rows": Figure(len(found), "count", "d"),
        }

    found = Facts().numbers()
    assert (found["lumi_g.1"].value, found["a.half"].value, found["a.rows"].value) == (
        5956,
        5956,
        2,
    )
    assert found["lumi_g.2"].inputs == found["a.half"].inputs == ("machines.lumi_g.n_accel",)


def test_a_row_may_have_a_unit_and_a_format_of_its_own(own: Any) -> None:
    @tables.table(
        row=Column("name"),
        value=Column("{unit}", "{format}", "at.{row}"),
        unit=Column("name"),
        format=Column("name"),
    )
    def values(run: Run) -> list[tuple[str, float | str, str, str]]:
        return [("share", 0.1, "fraction", ".0%"), ("never", "never", "none", "s")]

    found = Facts().numbers()
    assert (found["at.share"].unit, found["at.share"].format) == ("fraction", ".0%")
    assert (found["at.never"].value, found["at.never"].unit) == ("never", "none")
