"""What several test files share: the hypothesis profile, and the book of a real run."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from euromesh import book, params, report, runs
from euromesh.records import Params
from tests import hypothesis_profile  # noqa: F401  (importing it loads the profile)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Generator[None, Any, Any]:
    """Where CI=true a skipped test is a failed one: nothing that is not run counts as passed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"skipped where CI=true: {report.longrepr}"
    return report


@dataclass(frozen=True, slots=True)
class BuiltBook:
    """A finished book and the run it was made from."""

    run: Path
    site: Path
    pdf: Path


@pytest.fixture(scope="session")
def central() -> Params:
    """The central parameters, read once."""
    return params.load()


@pytest.fixture(scope="session")
def numbers() -> dict[str, report.Number]:
    """Every headline of the central run, computed once."""
    return report.numbers()


@pytest.fixture(scope="session")
def built_book() -> BuiltBook:
    """The book of a fresh central run, built once, where `make book` would put it."""
    plan = runs.plan(
        scenario="central", name=None, pairs=(), file=None, build_dir=runs.BUILD, command="pytest"
    )
    run = runs.make(plan)
    built = book.build(run, runs.BUILD)
    return BuiltBook(run=run, site=built.site.parent, pdf=built.pdf)
