"""Tables that written pages include: rows of `params/`, each value a link to its provenance.

A page holds {include} with the name of the excerpt; the text around it is written by hand, the
rows are those of the run. Measured times are of no run: `make bench` stores them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from euromesh.book import package
from euromesh.book.model import Evidence
from euromesh.book.pieces import link, listed, sentence
from euromesh.escape import markdown as escaped
from euromesh.escape import role
from euromesh.folders import ROOT

MONTH: Final = "%b %Y"
MEASURED: Final = ROOT / "book" / "_data" / "bench.csv"  # the name of a table, then its cells
BENCH: Final = ("targets", "peers", "made")


def projects(evidence: Evidence) -> str:
    """Every row of `projects`, in the order in which power is promised."""
    heads = ["project", "country", "MW", "announced", "power promised", "stage", "raced"]
    rows = []
    for row in _ordered(evidence, "projects", "power_on"):
        place = link(f"value-{row}", str(evidence.value(f"{row}.country")).upper())
        dates = [val(row, name, MONTH) for name in ("announced_on", "power_on")]
        known = [val(row, "stage"), val(row, "raced")]
        rows.append([val(row, "name"), place, val(row, "mw", ",.0f"), *dates, *known])
    return listed(heads, rows)


def clusters(evidence: Evidence) -> str:
    """Every row of `clusters`, in the order of the dates from which they run."""
    heads = ["cluster", "place", "MW", "runs from", "standing", "to rent", "raced", "tenant"]
    rows = []
    for row in _ordered(evidence, "clusters", "operational_on"):
        place = link(f"value-{row}", str(evidence.value(f"{row}.city")))
        size = [val(row, "mw", ",.0f"), val(row, "operational_on", MONTH)]
        known = [val(row, name) for name in ("status", "open_to_rent", "raced", "tenant")]
        rows.append([val(row, "name"), place, *size, *known])
    return listed(heads, rows)


def owners(table: str, ordered_by: str, evidence: Evidence) -> str:
    """Whose each row of a table is, who operates it, and its chips."""
    columns = ("name", "owner", "owner_seat", "operator")
    rows = [
        [*(val(row, name) for name in columns), _chips(row, evidence)]
        for row in _ordered(evidence, table, ordered_by)
    ]
    return listed(["name", "owner", "seat of the owner", "operator", "accelerators"], rows)


def _chips(row: str, evidence: Evidence) -> str:
    """The chips of a project as they are written; of a cluster their number and kind."""
    if row.startswith("projects."):
        return val(row, "chips")
    kind = evidence.value(f"{row}.accelerator")
    name = str(evidence.value(f"accelerators.{kind}.name")).split(" ")[0] if kind else ""
    return f"{val(row, 'n_accel', ',.0f')} {name}".rstrip()


def notes(table: str, ordered_by: str, evidence: Evidence) -> str:
    """What is known of each row of a table, and why it is raced or not."""
    rows = _ordered(evidence, table, ordered_by)
    return "\n".join(f"{val(row, 'name')}\n: {note(evidence, row)}\n" for row in rows)


def milestones(evidence: Evidence) -> str:
    """Every row of `milestones`, in the order in which they happened or are planned.

    Of a plan the first and the last day are printed, one where they are the same.
    """
    rows = []
    for row in _ordered(evidence, "milestones", "happened_on", "planned_on", "planned_from"):
        days = {evidence.value(f"{row}.{name}"): name for name in ("planned_from", "planned_on")}
        plan = " to ".join(val(row, name) for day, name in days.items() if day is not None)
        happened = evidence.value(f"{row}.happened_on") is not None
        day = val(row, "happened_on") if happened else ""
        rows.append([val(row, "name"), plan, day, note(evidence, row)])
    return listed(["event", "planned", "happened", "note"], rows)


def measured(name: str, _: Evidence) -> str:
    """A table of the benchmark; the first row holds its heads."""
    heads, *rows = stored(name)
    return listed(heads, rows)


def findings(_: Evidence) -> str:
    """What the benchmark found, a paragraph."""
    return " ".join(cells[0] for cells in stored("found")) + "\n"


def stored(name: str) -> list[list[str]]:
    """The rows that the benchmark stored of a table."""
    with MEASURED.open(encoding="utf-8", newline="") as file:
        return [cells for of, *cells in csv.reader(file) if of == name]


EXCERPTS: Final[Mapping[str, Callable[[Evidence], str]]] = {
    "excerpt-projects.txt": projects,
    "excerpt-project-notes.txt": partial(notes, "projects", "power_on"),
    "excerpt-project-owners.txt": partial(owners, "projects", "power_on"),
    "excerpt-clusters.txt": clusters,
    "excerpt-cluster-owners.txt": partial(owners, "clusters", "operational_on"),
    "excerpt-cluster-notes.txt": partial(notes, "clusters", "operational_on"),
    "excerpt-milestones.txt": milestones,
    "excerpt-bench-found.txt": findings,
    "excerpt-files.txt": package.excerpt,
    **{f"excerpt-bench-{name}.txt": partial(measured, name) for name in BENCH},
}
"""By the name that a page includes; a suffix of its own keeps them from being pages."""


def val(row: str, column: str, spec: str = "") -> str:
    """The role that prints a cell and leads to its provenance."""
    return role("val", f"{row}.{column}{':' if spec else ''}{spec}")


def note(evidence: Evidence, row: str) -> str:
    """What the file says of a row."""
    told = evidence.library.parameters[f"{row}.name"].note
    return sentence(escaped(told)) if told else ""


def _ordered(evidence: Evidence, name: str, *columns: str) -> list[str]:
    """The ids of a table's rows by the first of these dates that is known, then by the others."""

    def key(row: str) -> list[str]:
        known = [str(value) for c in columns if (value := evidence.value(f"{row}.{c}"))]
        return known or [""]

    return sorted((f"{name}.{row}" for row in evidence.library.tables[name].rows), key=key)
