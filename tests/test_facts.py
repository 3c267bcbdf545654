"""Tables of facts: what their cells are called, and what they say they read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from euromesh.facts import Column, Facts, Figure, Run, tables
from euromesh.facts.kept import KeptFacts, digest
from euromesh.facts.tables import COUNT, FLAG, NAME, SHARE, figures, figures_of, once, table
from euromesh.facts.watch import watched
from euromesh.records import Params

SIZE = "machines.{}.n_accel"
YEARS = Column("years", ".1f", "wait.{row}_years")


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place for tables of the test alone."""
    recipes: dict[str, tables.Recipe] = {}
    monkeypatch.setattr(tables, "RECIPES", recipes)
    monkeypatch.setattr("euromesh.facts.kept.RECIPES", recipes)


def two_machines(_: Params) -> list[str]:
    return ["lumi_g", "jupiter_booster"]


def size(run: Run, row: str) -> float:
    return run.params.machines[row].n_accel or 0.0


def told() -> dict[str, tuple[Any, ...]]:
    """Value and inputs of every number."""
    return {key: (one.value, *one.inputs) for key, one in Facts().numbers().items()}


LUMI_READ, JUPITER_READ = (SIZE.format(row) for row in ("lumi_g", "jupiter_booster"))


def test_a_cell_of_a_keyed_column_is_a_number_that_read_what_its_row_read() -> None:
    @table(two_machines, n_accel=COUNT.keyed("{row}.size"))
    def sizes(run: Run, row: str) -> tuple[float]:
        return (size(run, row),)

    assert list(told()) == ["jupiter_booster.size", "lumi_g.size"]
    assert told()["lumi_g.size"] == (11912, LUMI_READ)
    assert Facts()["sizes"]["row"].tolist() == ["lumi_g", "jupiter_booster"]


def test_rows_of_several_cells_are_made_one_by_one() -> None:
    @table(
        each=lambda params: product(two_machines(params), ["a", "b"]),
        machine=NAME,
        part=NAME,
        n_accel=COUNT.keyed("{machine}.{part}"),
    )
    def halves(run: Run, machine: str, part: str) -> tuple[float]:
        return (size(run, machine) / 2,)

    assert list(Facts()["halves"]["part"]) == ["a", "b", "a", "b"]
    assert told()["lumi_g.b"] == (5956, LUMI_READ)


def test_single_numbers_made_row_by_row_have_each_the_inputs_of_their_row() -> None:
    @figures_of(two_machines)
    def sizes(run: Run, row: str) -> dict[str, Figure]:
        return {f"size.{row}": Figure(size(run, row), "count", ",d")}

    assert told() == {
        "size.jupiter_booster": (23536, JUPITER_READ),
        "size.lumi_g": (11912, LUMI_READ),
    }


def test_several_rows_of_a_name_share_its_inputs_and_are_read_without_the_others() -> None:
    @table(two_machines, part=Column("number"), n_accel=COUNT.keyed("{row}.{part}"))
    def halves(run: Run, row: str) -> list[tuple[int, float]]:
        return [(part, size(run, row) / 2) for part in (1, 2)]

    @figures
    def half(run: Run) -> dict[str, Figure]:
        one, other = run.rows("halves", "lumi_g")["n_accel"].tolist()
        return {"a.whole": Figure(one + other, "count", ",d")}

    @figures
    def total(run: Run) -> dict[str, Figure]:
        whole = run["halves"]["n_accel"].sum()
        return {"a.total": Figure(whole + run.params.owned.share, "number", ".1f")}

    found = told()
    assert found["lumi_g.1"] == found["lumi_g.2"] == (5956, LUMI_READ)
    assert found["a.whole"] == (11912, LUMI_READ)
    assert found["a.total"] == (35448.1, JUPITER_READ, LUMI_READ, "owned.share")


def test_what_is_made_once_is_shared_with_what_it_reads_then_and_later() -> None:
    calls = []

    @once
    def made(params: Params, name: str) -> Callable[[], float]:
        calls.append((name, params.owned.share))
        return lambda: params.owned.grant_months

    @figures
    def first(run: Run) -> dict[str, Figure]:
        made(run, "shared")
        return {"a.first": Figure(1, "count", "d")}

    @figures
    def second(run: Run) -> dict[str, Figure]:
        return {"a.second": Figure(made(run, "shared")(), "months", ".0f")}

    @figures
    def third(run: Run) -> dict[str, Figure]:
        made(run, "another")
        return {"a.third": Figure(1, "count", "d")}

    assert told() == {
        "a.first": (1, "owned.share"),
        "a.second": (12.0, "owned.grant_months", "owned.share"),
        "a.third": (1, "owned.share"),
    }
    assert calls == [("shared", 0.1), ("another", 0.1)]


def test_what_a_changed_run_reads_is_noted_and_its_value_is_that_of_the_change() -> None:
    @figures
    def changed(run: Run) -> dict[str, Figure]:
        others = {"changed": run.changed({"owned.share": 0.2}), "low": run.under("low")}
        return {f"a.{name}": Figure(p.owned.share, "fraction", "") for name, p in others.items()}

    assert told() == {"a.changed": (0.2, "owned.share"), "a.low": (0.025, "owned.share")}


def test_what_never_comes_is_a_word_and_what_is_missing_an_error() -> None:
    @table(row=NAME, years=YEARS)
    def waits(run: Run) -> list[tuple[str, float]]:
        return [("long", math.inf), ("short", 1.0)]

    assert told()["wait.long_years"] == ("never",)

    @table(row=NAME, years=YEARS)
    def blanks(run: Run) -> list[tuple[str, float]]:
        return [("blank", math.nan)]

    with pytest.raises(ValueError, match="wait.blank_years has no value"):
        Facts().numbers()


def test_a_bound_is_said_with_its_number_and_a_row_may_have_its_own_unit_and_format() -> None:
    @table(
        row=NAME,
        value=Column("{unit}", "{format}", "most.{row}", bound="is_bound"),
        unit=NAME,
        format=NAME,
        is_bound=FLAG,
    )
    def most(run: Run) -> list[tuple[str, float | str, str, str, bool]]:
        return [("a", 1e25, "FLOP", ".1e", True), ("b", "never", "none", "s", False)]

    found = Facts().numbers()
    assert (found["most.a"].unit, found["most.a"].format) == ("FLOP", ".1e")
    assert (found["most.b"].value, found["most.b"].unit) == ("never", "none")
    assert (found["most.a"].bound, found["most.b"].bound) == ("at_least", None)


def test_two_tables_or_cells_of_one_name_are_refused() -> None:
    def one(run: Run) -> dict[str, Figure]:
        return {"a.b": Figure(1, "count", "d")}

    figures(one)
    with pytest.raises(ValueError, match="two tables of facts are called one"):
        figures(one)

    def other(run: Run) -> dict[str, Figure]:
        return one(run)

    figures(other)
    with pytest.raises(ValueError, match="two cells are called a.b; the second is of other"):
        Facts().numbers()


def test_a_kept_table_is_read_back_as_it_was_made(tmp_path: Path) -> None:
    calls = []

    @table(two_machines, years=YEARS, share=SHARE)
    def waits(run: Run, row: str) -> tuple[float, float]:
        calls.append(row)
        return (math.inf if size(run, row) < 2e4 else 0.1, run.params.owned.share / 3)

    first, again = (KeptFacts(tmp_path, "central", {}) for _ in range(2))
    made = first.made("waits")
    assert again.made("waits") == made and len(calls) == 2
    assert again["waits"].equals(first["waits"])
    [kept] = tmp_path.glob("*/waits.json")
    assert json.loads(kept.read_text(encoding="utf-8"))["inputs"] == [0, 1]
    other = KeptFacts(tmp_path, "central", {"owned.share": 0.2})
    assert other.made("waits").rows != made.rows and len(calls) == 4


def test_what_is_kept_is_named_by_the_parameters_and_by_what_is_held() -> None:
    central = digest("central", {})
    assert central == digest("central", {})
    assert central != digest("central", {"owned.share": 0.1}), "held at its value is another run"
    assert central != digest("low", {})


def test_a_view_notes_what_is_read_first_and_nothing_else(central: Params) -> None:
    read: set[str] = set()
    view = watched(central, read)
    assert view.owned.share == 0.10
    read.clear()
    assert view.owned.share == 0.10 and not read, "a field is noted once"
    assert view.machines["lumi_g"].n_accel == 11912
    assert "lumi_g" in list(view.machines)
    assert read == {LUMI_READ}
