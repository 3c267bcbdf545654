"""The staged tree: pages, the run's notebooks and generated pages, side by side.

tree/_config.yml, _toc.yml    as in the repository
tree/*.md                     the pages of book/
tree/_ext, _static, _templates
tree/notebooks/*.ipynb        executed by the run, set-up cells marked for removal
tree/values.json              what the `val` role prints
tree/cards.json               what the card of each number says
tree/explorer.json            words and controls of the explorer; its model lies in _static
tree/sources*.md, references.bib   generated (see `pages`)
tree/excerpt-*.txt            generated tables that pages of book/ include
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import yaml

from euromesh import glyphs, params
from euromesh.book import explorer, judgement, pages, turned
from euromesh.book.cards import cards
from euromesh.book.excerpts import EXCERPTS
from euromesh.book.model import Driver, Evidence
from euromesh.book.words import KEPT, State, spoken
from euromesh.escape import role
from euromesh.facts import stored
from euromesh.folders import RunError

HIDDEN = {"parameters", "injected-parameters"}
"""Tags of the cells that hold the run's settings: no reader of the page needs them."""


class StageError(RunError):
    """A run or a page that cannot become part of a book."""


def stage(run_dir: Path, root: Path, tree: Path) -> None:
    """Write the tree of one run; each page keeps the words that are true in it."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
    shutil.copytree(root / "book", tree, ignore=ignored)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(root / name, tree / name)
    evidence = evidence_of(run_dir)
    manifest = json.loads((run_dir / "manifest.json").read_text(encoding="utf-8"))
    state = State.of(evidence, manifest["scenario"], manifest["overrides"])
    for path in sorted(tree.glob("*.md")):  # the notebooks have their words
        path.write_text(spoken(path.read_text(encoding="utf-8"), state), encoding="utf-8")
    pages = "".join(path.read_text(encoding="utf-8") for path in tree.glob("*.md"))
    stage_texts(pages, state, tree)
    stage_notebooks(run_dir / "notebooks", tree / "notebooks")
    (tree / "run.json").write_text(json.dumps({"name": run_dir.name}), encoding="utf-8")
    stage_evidence(evidence, tree)
    if "```{explorer}" in pages:
        explorer.write(evidence, params.load(manifest["scenario"], manifest["overrides"]), tree)
        turned.write(run_dir, tree)
    if note := note_of_run(run_dir.name, manifest):
        add_note(tree, note)


def stage_texts(pages: str, state: State, tree: Path) -> None:
    """Write the texts of objections and limits that some page includes."""
    for name, text in judgement.TEXTS.items():
        if name in pages:
            (tree / name).write_text(text(state), encoding="utf-8")


def note_of_run(name: str, manifest: Mapping[str, Any]) -> str:
    """What a reader of another run than the central one must know; nothing for the central one."""
    changes = [f"`{key}` = {role('val', key)}" for key in manifest["overrides"]]
    if manifest["scenario"] == "central" and not changes:
        return ""
    made = ", ".join([f"scenario `{manifest['scenario']}`", *changes])
    return f":::{{note}}\nRun `{name}`: {made}. Numbers and words are those of this run.\n:::"


def add_note(tree: Path, note: str) -> None:
    """Put a note below the title of the first page and of every notebook."""
    first = tree / "intro.md"
    below = f"\n\n{note}\n"
    first.write_text(first.read_text(encoding="utf-8").replace("\n", below, 1), encoding="utf-8")
    for path in sorted((tree / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        title = next(cell for cell in notebook.cells if cell.source.startswith("# "))
        head, _, rest = title.source.partition("\n")
        title.source = f"{head}{below}{rest}"
        nbformat.write(notebook, path)


def evidence_of(run_dir: Path) -> Evidence:
    """Results, resolved parameters and provenance of a run."""
    results, drivers = stored.read(run_dir), drivers_of(run_dir)
    resolved = yaml.safe_load((run_dir / "params.yaml").read_text(encoding="utf-8"))
    library = params.library()
    unknown = {key for entry in results.values() for key in entry["inputs"]} - set(resolved)
    unknown |= set(resolved) ^ set(library.parameters)
    if unknown:
        raise StageError(
            f"the run {run_dir.name} does not fit params/ any more (first difference: "
            f"{min(unknown)}); make it again: python -m euromesh run --name {run_dir.name}"
        )
    glyphs.check(resolved, library)
    return Evidence(results, resolved, library, drivers)


def drivers_of(run_dir: Path) -> dict[str, list[Driver]]:
    """The inputs that move a number most, by its key, as the run's table of facts has them."""
    found: dict[str, list[Driver]] = {}
    with (run_dir / "tables" / "drivers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ends = [(row[f"{end}_at"], row[end]) for end in ("low", "high")]
            found.setdefault(row["number"], []).append(Driver(row["input"], row["name"], ends))
    return found


def stage_evidence(evidence: Evidence, tree: Path) -> None:
    """Write values, pages of the sources, excerpts and bibliography; list the pages."""
    values = json.dumps(evidence.as_values(), ensure_ascii=False, sort_keys=True, indent=0)
    (tree / "values.json").write_text(values, encoding="utf-8")
    told = json.dumps(cards(evidence), ensure_ascii=False, sort_keys=True, indent=0)
    (tree / "cards.json").write_text(told, encoding="utf-8")
    parts = pages.parts(evidence)
    texts = {f"{name}.md": text for name, text in pages.pages(parts).items()}
    texts |= {name: excerpt(evidence) for name, excerpt in EXCERPTS.items()}
    for name, text in {**texts, "references.bib": pages.bibliography(evidence)}.items():
        (tree / name).write_text(text, encoding="utf-8")
    add_to_contents(tree / "_toc.yml", "sources", parts)


def add_to_contents(contents: Path, parent: str, below: Mapping[str, Iterable[str]]) -> None:
    """List the parts of generated pages below the page that the contents name, each with its own.

    Of the pages of a part the first is its index.
    """
    toc = yaml.safe_load(contents.read_text(encoding="utf-8"))
    parts = [toc, *toc.get("parts", [])]
    chapters = (entry for part in parts for entry in part.get("chapters", []))
    entry = next((entry for entry in chapters if entry["file"] == parent), None)
    if entry is None:
        raise StageError(f"_toc.yml lists no `file: {parent}`: add it, the numbers link to it")
    entry["sections"] = [section(*names) for names in below.values()]
    contents.write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")


def section(name: str, *below: str) -> dict[str, Any]:
    """A page in the contents, with the pages below it."""
    return {"file": name} | ({"sections": [{"file": one} for one in below]} if below else {})


def stage_notebooks(source: Path, target: Path) -> None:
    """Copy the run's notebooks, values as roles again; a cell that failed refuses the book."""
    target.mkdir()
    for path in sorted(source.glob("[!.]*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for number, cell in enumerate(notebook.cells, start=1):
            for out in cell.get("outputs", ()):
                if out.output_type == "error":
                    told = f"{out.ename}: {out.evalue}"
                    raise StageError(f"{path.name}, cell {number} failed: {told}")
            cell.source = cell.metadata.pop(KEPT, cell.source)
            tags = cell.metadata.get("tags", [])
            if HIDDEN & set(tags) and "remove-cell" not in tags:
                cell.metadata["tags"] = [*tags, "remove-cell"]
        nbformat.write(notebook, target / path.name)
