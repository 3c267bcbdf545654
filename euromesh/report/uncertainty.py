"""Headline numbers over draws: dates, odds, what drives them, and what would turn them."""

from __future__ import annotations

from collections.abc import Mapping

from euromesh.records import Params
from euromesh.report.drivers import drivers
from euromesh.report.figure import Figure
from euromesh.report.finishes import finishes
from euromesh.report.flips import flips
from euromesh.report.reads import reads
from euromesh.report.watch import plain


def uncertain(params: Params) -> Mapping[str, Figure]:
    """Every number of the race over draws; what they read is noted once for all."""
    central = plain(params)
    read = reads(central)
    return {**finishes(central, read), **drivers(central, read), **flips(central, read)}
