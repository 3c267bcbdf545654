"""What holds between values: of one tree, be it that of the files, of a scenario or of overrides.

A value names a row that exists, two columns stand in an order, no thing stands twice and a place is
written in one way. Each kind is a table; a new rule is a line.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise, product
from typing import Any, Final, NamedTuple

from euromesh.fleet import EUROPE
from euromesh.params import spec
from euromesh.params.files import Near
from euromesh.params.spec import rank
from euromesh.params.texts import folded, quoted

Given = Mapping[str, Any]
Rows = Mapping[str, Iterable[str]]

OF_SEVEN: Final = {"mean", "best"}  # of the seven regions; a campus may stand there
CODES: Final = "country codes (ISO 3166, lower case)"
SPOKEN: Final = {"uk": "gb", "el": "gr"}  # codes that others write, and those of the standard
LINKS: Final = {  # values that name a row of a table, or a value of a column
    "machines.*.accelerator": "accelerators",
    "machines.*.country": CODES,
    "projects.*.country": CODES,
    "links.*.city": "machines.city",
    "accelerators.*.mfu_run": "mfu_runs",
    "countries.*.region": "grid_lead_times.region",
    "campus.region": "grid_lead_times.region",
    "race.target": "targets",
    "owned.left_out": "machines",
    **{key: "countries" for key in spec.singles() if key.endswith("country")},
    "cases.jupiter_few.run": "mfu_runs",
    "cases.lumi_few.run": "mfu_runs",
    "scaling.*.run": "mfu_runs",
    "claims.*.machine": "machines",
    "access.*.machine": "machines",
}
ORDERS: Final = {  # products of values of a topic or a row; what is blank is left out
    "accelerators.*": (
        "fp8_tflop_per_s >= 1.5 * bf16_tflop_per_s",
        "fp8_sparse_tflop_per_s >= fp8_tflop_per_s",
        "fp4_sparse_tflop_per_s >= fp8_sparse_tflop_per_s >= bf16_tflop_per_s",
    ),
    "bandwidth.*": (
        "cu50_gbit_per_s <= cu80_gbit_per_s <= cu90_gbit_per_s <= cu95_gbit_per_s"
        " <= cu99_gbit_per_s",
        "n_fragments <= n_layers",
        "overlap_steps <= inner_steps",
    ),
    "campus": ("first_tranche_mw <= grid_mw",),
    "cases.epoch_tax": ("few_nodes <= many_nodes",),
    "cases.gigawatt": ("facility_bn <= capital_bn",),
    "frontier": ("class_ratio >= 1", "reference_on <= feasible_by"),
    "goalposts": ("grid_share_low < grid_share_high", "floor < 1", "cost_ratio > 1"),
    "machines.*": ("operational_on <= retires_on",),
    "milestones.*": ("planned_from <= planned_on",),
    "models.*": ("n_active <= n_params",),
    "new_medium": ("lost_sites <= n_sites", "n_sites <= 10000"),
    "on_site": ("first_tranche_mw <= grid_mw", "first_build_years <= full_build_years"),
    "operation": ("short_job_hours <= long_job_hours",),
    "original.campus_lead": ("optimistic_years <= baseline_years <= pessimistic_years",),
    "original.mesh_lead": ("optimistic_years <= baseline_years <= pessimistic_years",),
    "projects.*": ("announced_on <= power_on",),
    "race": ("decision_date < horizon",),
    "targets.*": (
        "n_active <= n_params",
        "training_flop >= 0.01 * n_params * n_params",  # tokens: no slip of a thousand
        "training_flop <= 1000000 * n_params * n_params",
    ),
    "training": (
        "n_fragments <= n_layers",
        "overlap_steps <= inner_steps",
        "weight_bytes <= bytes_per_param",
        "gradient_bytes <= bytes_per_param",
    ),
}
ONCE: Final = {  # columns that tell the rows of a table apart
    "access": ("name",),
    "accelerators": ("name",),
    "bandwidth": ("name",),
    "countries": ("name",),
    "grid_lead_times": ("region", "load_mw"),
    "losses": ("n_params",),
    "machines": ("name", "city"),
    "mfu_runs": ("name",),
    "milestones": ("name",),
    "models": ("name",),
    "projects": ("name",),
    "scaling": ("run", "n_accel"),
    "targets": ("name",),
}
PLACES: Final = {"machines": "city", "projects": "site"}  # one spelling and one country each
SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class Broken(NamedTuple):
    """A rule that does not hold: the id, what it must be, and what was perhaps meant."""

    key: str
    what: str  # to follow the path of the id
    near: Near | None = None


def broken(given: Given, rows: Rows) -> Iterator[Broken]:
    """Every rule that the values of a tree break."""
    yield from _links(given, rows)
    for pattern, chains in ORDERS.items():
        for path, chain in product(_keys(pattern, rows), chains):
            yield from _order(path, chain.split(" "), given)
    yield from _doubles(given, rows)
    yield from _places(given, rows)


def _links(given: Given, rows: Rows) -> Iterator[Broken]:
    """Every value that names a row names one that exists."""
    known: dict[str, Iterable[str]] = {**rows, CODES: EUROPE}
    for table, _, column in (name.partition(".") for name in LINKS.values() if "." in name):
        known[f"{table}.{column}"] = {given[f"{table}.{row}.{column}"] for row in rows[table]}
    asked = [(key, given[key], to) for pattern, to in LINKS.items() for key in _keys(pattern, rows)]
    asked += [(f"countries.{row}.id", row, CODES) for row in sorted(rows["countries"])]
    for key, value, to in asked:
        allowed = {*known[to], *(OF_SEVEN if key == "campus.region" else ())}
        if value is not None and value not in allowed:
            one = "be one of the" if to == CODES else "name a row of"
            low = value.lower()
            near = SPOKEN.get(low, low) if to == CODES else value
            what = f"{key.rpartition('.')[2]} must {one} {to}, got {quoted(value)}"
            yield Broken(key, what, (near, allowed))


def _order(path: str, words: list[str], given: Given) -> Iterator[Broken]:
    """The neighbours in a chain of comparisons that do not stand in its order."""
    sign = next(word for word in words if word in SIGNS)
    terms = " ".join(words).split(f" {sign} ")
    told = [term for term in terms if _product(path, term, given) is not None]
    for left, right in pairwise(told):
        first, second = _product(path, left, given), _product(path, right, given, last=True)
        if not SIGNS[sign](first, second):
            both = ((given.get(f"{path}.{left}", first)), given.get(f"{path}.{right}", second))
            got = " and ".join(quoted(x) if isinstance(x, str) else f"{x:g}" for x in both)
            yield Broken(f"{path}.{left}", f"{left} must be {sign} {right}, got {got}")


def _product(path: str, term: str, given: Given, *, last: bool = False) -> Any:
    """The value of a term; None where a part of it is blank or is in no record."""
    parts = [
        given.get(f"{path}.{part}", None if part[0].isalpha() else float(part))
        for part in term.split(" * ")
    ]
    return None if None in parts else math.prod(rank(part, last=last) for part in parts)


def _doubles(given: Given, rows: Rows) -> Iterator[Broken]:
    """Rows that stand for the same thing as a row before them."""
    for table, columns in ONCE.items():
        met: dict[tuple[object, ...], str] = {}
        for row in rows[table]:
            told = [given[f"{table}.{row}.{column}"] for column in columns]
            same = tuple(folded(x) or x if isinstance(x, str) else x for x in told)
            if (first := met.setdefault(same, row)) != row:
                also = columns[1] if columns[1:] else "name"
                what = f"{columns[0]} must not be that of {first}, with the same {also}"
                yield Broken(f"{table}.{row}.{columns[0]}", f"{what}: merge the two rows")


def _places(given: Given, rows: Rows) -> Iterator[Broken]:
    """A place is spelt in one way and stands in one country."""
    for table, column in PLACES.items():
        met: dict[str, tuple[str, str]] = {}
        for row in rows[table]:
            key = f"{table}.{row}.{column}"
            here = given[key], given[f"{table}.{row}.country"]
            if (first := met.setdefault(folded(here[0]), here)) != here:
                got = " beside ".join(
                    f"{quoted(name)} in {quoted(land)}" for name, land in (here, first)
                )
                yield Broken(key, f"{column} must be spelt alike and in one country, got {got}")


def _keys(pattern: str, rows: Rows) -> list[str]:
    """The ids that a pattern stands for, of every row where its second word is `*`."""
    table, star, rest = pattern.partition(".*")
    return [f"{table}.{row}{rest}" for row in rows[table]] if star else [pattern]
