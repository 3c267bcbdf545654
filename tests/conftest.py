"""What several test files share: the hypothesis profile, and the book of a real run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from euromesh import book, params, runs
from euromesh.facts import Facts, Number, of
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
def facts() -> Facts:
    """The tables of the central run, each made when a test first asks for it, and kept."""
    return of()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this call see."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@pytest.fixture(scope="session")
def numbers(facts: Facts, shared: Path) -> dict[str, Number]:
    """Every headline of the central run, computed by the first worker that asks, and kept."""
    with holding(shared / "numbers"):
        return facts.numbers()


@contextmanager
def holding(lock: Path, *, together: bool = False) -> Iterator[None]:
    """Hold a lock of all workers: alone, or together with others that ask so."""
    if os.name == "nt":  # one worker there: it has no `fcntl`
        yield
        return
    import fcntl

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_SH if together else fcntl.LOCK_EX)
        yield


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest, shared: Path) -> Iterator[None]:
    """Tests of the book share the machine; one of a page that must hold still has it alone."""
    markers = {mark.name for mark in request.node.iter_markers()}
    if "book" not in markers:
        yield
        return
    with holding(shared / "machine", together="still" not in markers):
        yield


@pytest.fixture(scope="session")
def built_book(shared: Path) -> BuiltBook:
    """The book of a fresh central run, where `make book` would put it: the first that asks builds.

    What it wrote is told to the other workers.
    """
    told = shared / "book.json"
    with holding(shared / "book"), holding(shared / "machine", together=True):
        if not told.exists():
            asked = {"scenario": "central", "name": None, "pairs": (), "file": None}
            run = runs.make(runs.plan(**asked, build_dir=runs.BUILD, command="pytest"))
            built = book.build(run, runs.BUILD)
            told.write_text(json.dumps([str(run), str(built.site.parent), str(built.pdf)]))
    run, site, pdf = map(Path, json.loads(told.read_text()))
    return BuiltBook(run, site, pdf)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """$CHROMIUM, a system Chromium, or Chrome where playwright finds it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    options: dict[str, Any] = {"executable_path": path} if path else {"channel": "chrome"}
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        try:
            args = ["--no-sandbox"] if is_root else []
            started = playwright.chromium.launch(args=args, **options)
        except Error as error:
            text = f"no Chromium: install one or set $CHROMIUM ({error.message.splitlines()[0]})"
            pytest.skip(text)  # which fails where CI=true
        yield started
        started.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of params/ that a test may spoil."""
    return Path(shutil.copytree(params.FOLDER, tmp_path / "params"))


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str, str], None]:
    """Replace a text in a file of the copy; the text must stand there."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}: the test no longer changes anything"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
