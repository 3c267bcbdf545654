"""One ensemble makes every printed probability: an event has one number on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd
import pytest

from euromesh.charts import pages
from euromesh.facts import Facts
from euromesh.facts import uncertainty as facts
from euromesh.routes import ROUTES, YEARS
from tests import stating
from tests.strategies import values

TABLES = ("finish", "chances", "firsts", "befores", "befores_if_granted", "granted_odds")
SMALL = {"SAMPLE": 1024, "HELD_POINTS": 1024, "BASE_POINTS": 1024, "SCREENED": 3, "SINGLES": 2}


@pytest.fixture(scope="module", autouse=True)
def few() -> Iterator[None]:
    """As few draws as there may be, fewer for every other purpose than for the published odds."""
    with pytest.MonkeyPatch.context() as patch:
        for name, size in {**SMALL, "GROWING": (2, 8)}.items():
            patch.setattr(facts, name, size)
        patch.setattr("euromesh.blocks.command.POINTS", 64)
        yield


@pytest.fixture(scope="module")
def run(few: None) -> Facts:
    return Facts()


def odds(run: Facts) -> dict[str, Any]:
    """The published probabilities, and the dates of the routes, by their keys."""
    return values(run, *TABLES)


def test_a_probability_in_a_table_of_another_page_is_the_published_one(run: Facts) -> None:
    target = run.params.race.target
    published = odds(run)
    before, first = (
        published[f"race.p_owned_{key}.{target}"] for key in ("before_campus", "first")
    )
    bars = run["tornado"].groupby("outcome")["mean"]
    assert bars.unique().map(list).to_dict() == {facts.BEFORE: [before], facts.FIRST: [first]}
    assert run["settling"]["estimate"].iloc[-1] == before
    granted = published["owned.granted_odds"]
    if_granted = published[f"race.p_owned_before_campus_if_granted.{target}"]
    assert if_granted * granted == pytest.approx(before, rel=1e-12)


def test_odds_by_a_date_are_those_of_the_curves_and_of_the_first_figure(run: Facts) -> None:
    published, curves = odds(run), run["odds_over_time"].groupby("row")
    for name, line in curves:
        never = published[f"{name}.never_share"]
        assert set(line["never"]) == {never}
        assert line["share"].iloc[-1] == pytest.approx(1 - never)
        days = pd.to_datetime(line["date"])
        for year in YEARS:
            past, ahead = line["share"][days.dt.year <= year], line["share"][days.dt.year > year]
            assert past.max() <= published[f"{name}.odds_by_{year}"] <= ahead.min()
    drawn = pages._odds({**published, "race.horizon": run.params.race.horizon}, 2040)
    for name in ROUTES:
        ends = drawn[drawn["route"] == ROUTES[name].label]["end"] / 100
        assert ends.iloc[0] == published[f"{name}.odds_by_2028"]
        assert 1 - ends.iloc[-2] == pytest.approx(published[f"{name}.never_share"])


def test_odds_of_a_pair_and_of_the_first_place_add_up_with_those_of_never(run: Facts) -> None:
    published = odds(run)
    for target in run.params.targets:
        first = {name: published[f"race.p_{name}_first.{target}"] for name in ROUTES}
        assert sum(first.values()) <= 1 + 1e-9
        for one, other in combinations(ROUTES, 2):
            ahead = published[f"race.p_{one}_before_{other}.{target}"]
            assert first[one] <= ahead + 1e-9
            if target == run.params.race.target:
                assert ahead <= 1 - published[f"{one}.never_share"] + 1e-9


def test_what_is_counted_in_fewer_draws_agrees_within_its_error(run: Facts) -> None:
    """'in these the campus comes first in ..., with an error of up to ...'; the bars of a grant."""
    target, published = run.params.race.target, odds(run)
    box = values(run, "box_draws")
    few, error = (box[f"sensitivity.box_draws_odds{end}"] for end in ("", "_se"))
    campus = published[f"race.p_campus_before_owned.{target}"]
    assert 0 < abs(few - campus) < 3 * error < 0.05
    bars = run["tornado"].set_index(["input", "outcome"])
    granted = bars.loc[("owned.granted", facts.BEFORE)]
    if_granted = published[f"race.p_owned_before_campus_if_granted.{target}"]
    assert abs(granted["low"] - if_granted) < 3 * granted["se"]
    assert values(run, "tornado_error")["sensitivity.tornado_se"] == bars["se"].max()


def test_no_other_key_of_a_run_is_a_probability_of_the_race() -> None:
    """Each new one has to be made by the published draws, or to stand here with its error."""
    known = (
        r"\w+\.(odds_by_\d{4}|never_share)", r"frontier\.odds_b\.\w+",
        r"owned\.granted_odds", r"race\.p_.*",
        r"decision\.\w+\.odds_by_\d{4}",  # those published, less what a delay takes
        r"race\.(alike|wanted)_odds", r"owned\.share_for_odds_80_if_granted",  # asked, and a share
        r"sensitivity\.easiest_flip_odds",  # of one input's own range
        r"sensitivity\.(box_.*|tornado_se|((first|total|win_total)_order\..*))",
    )  # fmt: skip
    words = re.compile(r"odds|never|before|first|chance|probab|sensitivity\.")
    numbers = json.loads((stating.ROOT / "tests/results.json").read_text("utf-8"))["numbers"]
    shares = [key for key, row in numbers.items() if row["unit"] == "fraction"]
    found = [key for key in shares if words.search(key)]
    assert len(found) > 100
    assert not [key for key in found if not any(re.fullmatch(one, key) for one in known)]
