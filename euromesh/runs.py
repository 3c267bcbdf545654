"""One run is a folder: resolved parameters, executed notebooks, results and a manifest.

A run is checked before anything is created, written beside its place and moved there
when complete, so a folder under `runs/` is always whole. The committed baselines (the
`.ipynb` beside each `.md`, and the golden numbers) come out of the same execution.
"""

import json
import os
import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import jupytext
import nbformat
import papermill
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

from euromesh import __version__, charts, facts, folders, glyphs, params
from euromesh import units as u
from euromesh.book.model import Evidence
from euromesh.book.words import State, in_words
from euromesh.charts import race
from euromesh.digests import DIGESTS, damage, digests, outputs
from euromesh.facts.draws import SEED
from euromesh.facts.stored import LINEAGE, RESULTS
from euromesh.folders import ROOT, RunError
from euromesh.records import InputError

NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "_build"
GOLDEN = ROOT / "tests" / "results.json"
PICTURE = ROOT / "book" / "_static" / "answer.svg"  # of the README

MANIFEST = "manifest.json"
NEED = 100_000_000  # bytes that a run takes at most
AT_ONCE = 2  # kernels side by side: each holds pandas and Altair in memory
CELL_SECONDS = 120  # a cell that takes longer hangs; a whole notebook should take 30 s at most
NAME = re.compile(r"[a-z0-9_-]{1,64}")  # safe as a folder and in an address
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that has been checked: everything that can be refused has been."""

    scenario: str
    overrides: Mapping[str, object]
    values: Mapping[str, object]
    name: str
    build_dir: Path
    command: str


def plan(
    *,
    scenario: str,
    name: str | None,
    pairs: Sequence[str],
    file: Path | None,
    build_dir: Path,
    command: str,
) -> Plan:
    """Check a request and resolve its parameters; create nothing."""
    overrides = params.read_overrides(pairs, file)
    values = params.resolve(scenario, overrides)
    if name is None:
        name = "custom" if overrides else scenario
    if not NAME.fullmatch(name):
        raise RunError(
            f"the name of a run is made of a-z, 0-9, _ and - (64 at most), got {name!r}; "
            "choose another with --name"
        )
    build_dir = build_dir.absolute()
    for folder in (build_dir / "runs" / name, build_dir / "tmp"):
        folders.check(folder, "--build-dir", NEED)
    glyphs.check(values, params.library())
    return Plan(scenario, overrides, values, name, build_dir, command)


def make(plan: Plan) -> Path:
    """Make the run's folder and return it; a failure leaves the run of that name as it was."""
    started = time.time()
    click.echo(f"run {plan.name}: numbers", err=True)
    os.environ[facts.FOLDER] = str(plan.build_dir / "facts")  # the kernels read what is made here
    tables = facts.of(plan.scenario, plan.overrides)
    numbers = _numbers(plan, tables)
    results = facts.results_text(numbers)
    evidence = Evidence(json.loads(results)["numbers"], plan.values, params.library())
    state = State.of(evidence, plan.scenario, plan.overrides)
    injected = {"scenario": plan.scenario, "overrides": dict(plan.overrides)}
    with folders.building(plan.build_dir) as work:
        new = work / "new"
        for stem, notebook in execute(_sources(injected), charts="book").items():
            told = notebook_text(in_words(notebook, state))
            folders.write(new / "notebooks" / f"{stem}.ipynb", told)
        folders.write(new / "params.yaml", yaml.safe_dump(dict(plan.values), allow_unicode=True))
        folders.write(new / RESULTS, results)
        folders.write(new / LINEAGE, facts.lineage_text(numbers))
        for name, text in tables.csv().items():
            folders.write(new / "tables" / f"{name}.csv", text)
        folders.write(new / MANIFEST, json.dumps(_manifest(plan, started), indent=1) + "\n")
        folders.write(new / DIGESTS, json.dumps(outputs(new), indent=1) + "\n")
        facts.prune(plan.build_dir / "facts")
        return folders.place(new, plan.build_dir, f"runs/{plan.name}")


def _numbers(plan: Plan, tables: facts.Facts) -> dict[str, facts.Number]:
    """Every number of the run; parameters that do not fit together are refused by name."""
    try:
        return tables.numbers()
    except (InputError, ArithmeticError, KeyError, ValueError) as error:
        given = ", ".join(f"{key}={value}" for key, value in plan.overrides.items())
        asked = f"scenario {plan.scenario}" + (f" with {given}" if given else "")
        raise RunError(f"the model has no result for {asked}: {error}") from error


def find(name: str, build_dir: Path) -> Path:
    """The folder of a run that is whole; otherwise an error that lists those that exist."""
    folders.restore(build_dir.absolute())
    runs = build_dir.absolute() / "runs"
    existing = sorted(path.name for path in runs.glob("*") if path.is_dir())
    if name not in existing:
        listed = ", ".join(existing) or "none yet; make one with: python -m euromesh run"
        raise RunError(f"there is no run {name!r} in {runs} (runs there: {listed})")
    if wrong := damage(runs / name):
        again = f"python -m euromesh run --name {name}, and the values that it had"
        if not wrong.keys() & {DIGESTS, MANIFEST}:
            again = json.loads((runs / name / MANIFEST).read_text(encoding="utf-8"))["command"]
        raise RunError(
            f"the run {runs / name} is damaged: {'; '.join(wrong.values())}; make it again: {again}"
        )
    return runs / name


def baseline() -> list[Path]:
    """Rewrite the stored notebooks, the golden numbers and the picture of the README, together."""
    for path in (BUILD / "tmp", NOTEBOOKS, GOLDEN.parent, PICTURE.parent):
        folders.check(path, "copy of the repository", NEED)
    tables = facts.of()
    results = facts.results_text(tables.numbers())  # the kernels read the tables it keeps
    made = execute(_sources({}), charts="check")
    texts = {NOTEBOOKS / f"{stem}.ipynb": notebook_text(one) for stem, one in made.items()}
    texts |= {GOLDEN: results, PICTURE: picture(tables)}
    with folders.building(BUILD) as work:
        for path, text in texts.items():
            folders.write(work / path.name, text)
        for path in texts:
            shutil.move(work / path.name, path)
    return list(texts)


def picture(tables: facts.Facts) -> str:
    """The first figure of the answer as an SVG, on white: where the README stands may be dark."""
    horizon = str(u.last_day(tables.params.race.horizon))
    chart = race.finish_spread(tables["chances"], horizon)
    return charts.svg(chart.properties(background="white", padding=16).to_dict()) + "\n"


def _sources(injected: Mapping[str, object]) -> dict[str, NotebookNode]:
    """Every notebook by its stem, read from its MyST text, with the run's parameters injected.

    A page of the book leaves out papermill's cell of parameters.
    """
    found = {path.stem: jupytext.read(path) for path in sorted(NOTEBOOKS.glob("*.md"))}
    if not found:
        raise RunError(f"there is no notebook (*.md) in {NOTEBOOKS}")
    if injected:
        for stem, notebook in found.items():
            found[stem] = papermill.execute_notebook(
                notebook, None, parameters=injected, prepare_only=True, kernel_name="python3"
            )
            for cell in found[stem].cells:
                if "injected-parameters" in cell.metadata.tags:
                    cell.metadata.tags.append("remove-cell")
    return found


def execute(notebooks: Mapping[str, NotebookNode], *, charts: str) -> dict[str, NotebookNode]:
    """Execute notebooks, two at a time, with the given chart mode; every failure is reported."""
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # a person's own `python3` kernel must not win
    env = {**os.environ, "EUROMESH_CHARTS": charts}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(_execute_one, *item, env) for item in notebooks.items()]
        try:
            done = list(progress(as_completed(futures), len(futures)))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    errors = [future.exception() for future in done]
    if failures := [str(error) for error in errors if isinstance(error, RunError)]:
        raise RunError("\n\n".join(failures))
    return dict(zip(notebooks, (future.result() for future in futures), strict=True))


def _execute_one(stem: str, notebook: NotebookNode, env: Mapping[str, str]) -> NotebookNode:
    """One notebook in a kernel of its own; an error names the notebook and shows the cell."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # not a word about unencrypted TCP
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    try:
        return cleaned(client.execute(env=dict(env)), stem)
    except (CellExecutionError, RuntimeError, TimeoutError) as error:  # a kernel that dies, too
        raise RunError(f"notebook {stem} failed: {ANSI.sub('', str(error))}") from error


def progress(steps: Iterator[Any], total: int) -> Iterator[Any]:
    """The same steps, counted on standard error: a bar on a terminal, plain lines elsewhere."""
    if sys.stderr.isatty():
        yield from tqdm(steps, total=total, desc="notebooks", unit="")
        return
    for count, step in enumerate(steps, 1):
        yield step
        click.echo(f"notebooks: {count} of {total}", err=True)


def cleaned(notebook: NotebookNode, stem: str) -> NotebookNode:
    """The notebook with nothing in it of the time, the machine or chance: same run, same bytes.

    It says of its text what jupytext says when it pairs the two.
    """
    header = notebook.metadata
    header.get("jupytext", {}).pop("text_representation", None)
    kept = {key: header[key] for key in ("jupytext", "kernelspec") if key in header}
    language = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata = nbformat.from_dict({**kept, "language_info": language})
    for index, cell in enumerate(notebook.cells):
        cell.id = f"{stem}-{index:02d}"
        cell.metadata.pop("papermill", None)
    return notebook


def notebook_text(notebook: NotebookNode) -> str:
    """The notebook as the text of an .ipynb, valid by its schema."""
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def _manifest(plan: Plan, started: float) -> dict[str, object]:
    """What made the run: command, versions, digests of its inputs, and times."""
    return {
        "command": plan.command,
        "scenario": plan.scenario,
        "overrides": {key: plan.values[key] for key in plan.overrides},
        "seed": SEED,
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 1),
        "euromesh": __version__,
        "python": platform.python_version(),
        "packages": dict(sorted((dist.name, dist.version) for dist in metadata.distributions())),
        "sha256": digests(ROOT, "params", "euromesh", "notebooks"),
    }
