"""What several test files share: the hypothesis profile, and the book of a real run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from euromesh import book, params, runs
from euromesh.records import Params
from tests import hypothesis_profile  # noqa: F401  (importing it loads the profile)


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
def built_book() -> BuiltBook:
    """The book of a fresh central run, built once, where `make book` would put it."""
    plan = runs.plan(
        scenario="central", name=None, pairs=(), file=None, build_dir=runs.BUILD, command="pytest"
    )
    run = runs.make(plan)
    built = book.build(run, runs.BUILD)
    return BuiltBook(run=run, site=built.site.parent, pdf=built.pdf)
