"""What holds between values: of one tree, be it that of the files, of a scenario or of overrides.

A value names a row that exists, two columns stand in an order, no thing stands twice and a place is
written in one way. Each kind is a table; a new rule is a line.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any, Final

from euromesh.efficiency import UNPRICED
from euromesh.fleet import EUROPE
from euromesh.params import spec
from euromesh.params.spec import rank
from euromesh.params.texts import Near, folded, quoted

Given = Mapping[str, Any]
Rows = Mapping[str, Iterable[str]]
Broken = tuple[str, str, Near | None]  # an id, what follows its path, what was perhaps meant

OF_SEVEN: Final = {"mean", "best"}  # of the seven regions; a campus may stand there
CODES: Final = "country codes (ISO 3166, lower case)"
SPOKEN: Final = {"uk": "gb", "el": "gr"}  # codes that others write, and those of the standard
LINKS: Final = {  # values that name a row of a table, or a value of a column
    "machines.*.accelerator": "accelerators",
    "machines.*.country": CODES,
    "projects.*.country": CODES,
    "clusters.*.accelerator": "accelerators",
    "clusters.*.country": CODES,
    "links.*.city": "machines.city",
    "accelerators.*.mfu_run": "mfu_runs",
    "accelerators.*.mfu_run_fp8": "mfu_runs",
    "accelerators.*.mfu_run_nvfp4": "mfu_runs",
    "countries.*.region": "grid_lead_times.region",
    "campus.region": "grid_lead_times.region",
    "race.target": "targets",
    "owned.left_out": "machines",
    "owned.country_left_out": "countries",
    "frontier.reading": "frontier_runs",
    "gigafactory.lot": "gigafactory_lots",
    "gigafactory.counted_in": "accelerators",
    **{key: "countries" for key in spec.singles() if key.endswith("country")},
    "scaling.*.run": "mfu_runs",
    "claims.*.machine": "machines",
    "standings.*.machine": "machines",
    "access.*.machine": "machines",
}
ORDERS: Final = (  # products of values of a topic or a row; what is blank is left out
    "accelerators.*: fp8_tflop_per_s >= 1.5 * bf16_tflop_per_s",
    "accelerators.*: fp8_sparse_tflop_per_s >= fp8_tflop_per_s",
    "accelerators.*: fp4_sparse_tflop_per_s >= fp8_sparse_tflop_per_s >= bf16_tflop_per_s",
    "bandwidth.*: cu50_gbit_per_s <= cu80_gbit_per_s <= cu90_gbit_per_s <= cu95_gbit_per_s"
    " <= cu99_gbit_per_s",
    "bandwidth.*: n_fragments <= n_layers",
    "bandwidth.*: overlap_steps <= inner_steps",
    "campus: first_tranche_mw <= grid_mw",
    "cases.epoch_tax: few_nodes <= many_nodes",
    "cases.gigawatt: facility_bn <= capital_bn",
    "frontier: class_ratio >= 1",
    "frontier: reference_on <= feasible_by",
    "gigafactory: build_months <= second_build_months",
    "gigafactory_lots.*: first_h100 <= second_h100",
    "gigafactory_lots.*: first_it_mw_least <= first_it_mw_most <= second_it_mw_least",
    "goalposts: grid_share_low < grid_share_high",
    "goalposts: floor < 1",
    "goalposts: cost_ratio > 1",
    "machines.*: operational_on <= retires_on",
    "milestones.*: planned_from <= planned_on",
    "models.*: n_active <= n_params",
    "new_medium: lost_sites <= n_sites",
    "new_medium: n_sites <= 10000",
    "on_site: first_tranche_mw <= grid_mw",
    "on_site: first_build_years <= full_build_years",
    "operation: short_job_hours <= long_job_hours",
    "original.campus_lead: optimistic_years <= baseline_years <= pessimistic_years",
    "original.mesh_lead: optimistic_years <= baseline_years <= pessimistic_years",
    "projects.*: announced_on <= power_on",
    "race: decision_date < horizon",
    "targets.*: n_active <= n_params",
    "targets.*: training_flop >= 0.01 * n_params * n_params",  # tokens: no slip of a thousand
    "targets.*: training_flop <= 1000000 * n_params * n_params",
    "training: n_fragments <= n_layers",
    "training: overlap_steps <= inner_steps",
    "training: weight_bytes <= bytes_per_param",
    "training: gradient_bytes <= bytes_per_param",
)
NAMED: Final = (
    *("access", "accelerators", "bandwidth", "calendar", "countries", "gigafactory_lots"),
    *("frontier_runs", "mfu_runs", "milestones"),
)
ONCE: Final = {  # columns that tell the rows of a table apart
    **dict.fromkeys((*NAMED, "clusters", "models", "projects", "targets"), ("name",)),
    "grid_lead_times": ("region", "load_mw"),
    "losses": ("n_params",),
    "loss_reports": ("name",),
    "machines": ("name", "city"),
    "scaling": ("name", "precision"),
}
PLACES: Final = {  # one spelling and one country each
    "clusters": "city",
    "machines": "city",
    "projects": "site",
}
NOT_SET: Final = {  # ids, and values of ids, that stand for what is not set: why
    "penalty.weights.*": "the weights of the laws are computed from the errors of their"
    " predictions: see efficiency.law_weight.*, and hold one law by penalty.law",
    "training.saturation": "each run of a chip has its own, mfu_runs.*.saturation",
    "gigafactory.n_accel": "a gigafactory opens in phases, of the row gigafactory.lot names",
    "frontier.largest_*": "the record is a row of frontier_runs, as frontier.reading says",
    **{f"penalty.law={law}": f"{why}, so it says no penalty" for law, why in UNPRICED.items()},
}
PART: Final = re.compile(r"\b[a-z]\w*")  # of a product: the name of a value
SIGNS: Final = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


def broken(given: Given, rows: Rows) -> Iterator[Broken]:
    """Every rule that the values of a tree break."""
    yield from _links(given, rows)
    for pattern, chain in (rule.split(": ") for rule in ORDERS):
        for path in _keys(pattern, rows):
            yield from _order(path, chain, given)
    yield from _doubles(given, rows)
    yield from _places(given, rows)


def disordered(value: Callable[[str], Any], ids: Iterable[str]) -> Iterator[Broken]:
    """Every order that values do not stand in, of the topics and rows of some ids."""
    paths = sorted({key.rpartition(".")[0] for key in ids})
    for pattern, chain in (rule.split(": ") for rule in ORDERS):
        for path in paths:
            if fnmatchcase(path, pattern):
                parts = (f"{path}.{part}" for part in PART.findall(chain))
                yield from _order(path, chain, {part: value(part) for part in parts})


def reason(asked: str) -> str:
    """Why an id, or `id=value`, cannot be set, as the end of a message; empty if none is known."""
    return next((f": {why}" for p, why in NOT_SET.items() if fnmatchcase(asked, p)), "")


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
            yield key, what, (near, allowed)


def _order(path: str, chain: str, given: Given) -> Iterator[Broken]:
    """The neighbours in a chain of comparisons that do not stand in its order."""
    sign = next(word for word in chain.split(" ") if word in SIGNS)
    terms = chain.split(f" {sign} ")
    told = [term for term in terms if _product(path, term, given) is not None]
    for left, right in pairwise(told):
        first, second = _product(path, left, given), _product(path, right, given, last=True)
        if not SIGNS[sign](first, second):
            both = (given.get(f"{path}.{left}", first), given.get(f"{path}.{right}", second))
            got = " and ".join(quoted(x) if isinstance(x, str) else f"{x:g}" for x in both)
            yield f"{path}.{left}", f"{left} must be {sign} {right}, got {got}", None


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
                yield f"{table}.{row}.{columns[0]}", f"{what}: merge the two rows", None


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
                yield key, f"{column} must be spelt alike and in one country, got {got}", None


def _keys(pattern: str, rows: Rows) -> list[str]:
    """The ids that a pattern stands for, of every row where its second word is `*`."""
    table, star, rest = pattern.partition(".*")
    return [f"{table}.{row}{rest}" for row in rows[table]] if star else [pattern]
