"""One input at a time: what a single change does to the central answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from euromesh.report import layer2
from euromesh.report.figure import Group

Change = Mapping[str, object]  # parameter id -> value, or the word `low` or `high`

OWNED: Final[dict[str, Change]] = {
    "share_low": {"owned.share": "low"},
    "share_high": {"owned.share": "high"},
    "institutional_low": {"owned.grant_months": "low"},
    "institutional_high": {"owned.grant_months": "high"},
    "operating_only": {"owned.contracted": False},
    "life_low": {"owned.service_life_years": "low"},
    "life_high": {"owned.service_life_years": "high"},
    "goodput_low": {"owned.goodput": "low"},
    "goodput_high": {"owned.goodput": "high"},
    "wan_low": {"training.wan_gbit_per_s": "low"},
    "wan_high": {"training.wan_gbit_per_s": "high"},
    "law_worst": {"penalty.law": "irreducible"},
    "law_best": {"penalty.law": "shrinking"},
    "batch_high": {"training.batch.multiple": "high"},
    "eu27": {"owned.machine_set": "eu27"},
    "eurohpc": {"owned.machine_set": "eurohpc"},
    "nvidia_only": {"owned.stacks": "cuda"},
    "amd_only": {"owned.stacks": "rocm"},
    "one_site": {"training.most_replicas": 1.0},
    "two_sites": {"training.most_replicas": 2.0},
    "four_sites": {"training.most_replicas": 4.0},
    "eight_sites": {"training.most_replicas": 8.0},
    "uncompressed": {"training.bits_per_param": "high"},
    "no_overlap": {"training.overlap_steps": "low"},
    "quorum_low": {"training.quorum": "low"},
    "quorum_high": {"training.quorum": "high"},
    "porting_after": {"owned.porting.beside": False},
    "award": {"owned.machine_set": "eurohpc", "owned.share": "low"},
}
CAMPUS: Final[dict[str, Change]] = {
    "best_region": {"campus.region": "best"},
    "at_once": {"campus.tranches": False},
}
BATCH: Final[dict[str, Change]] = {"batch_high": {"training.batch.multiple": "high"}}


class Case(NamedTuple):
    """Changes, the group they are put through, and the number that is kept of it."""

    changes: Mapping[str, Change]
    group: Group
    source: str
    stem: str


CASES: Final[tuple[Case, ...]] = (
    Case(OWNED, partial(layer2.finish_date, "owned"), "owned.finish_date", "owned.finish_if"),
    Case(CAMPUS, partial(layer2.finish_date, "campus"), "campus.finish_date", "campus.finish_if"),
    Case(
        BATCH,
        partial(layer2.route_numbers, "campus"),
        "campus.compute_days",
        "campus.compute_days_if",
    ),
)
