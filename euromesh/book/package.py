"""The data of a book as one Frictionless data package beside its pages, and the list of it.

site/datapackage.json       what each file is: columns, types, units, size, digest; the sources
site/data/                  results.json, lineage.json and params.yaml of the run
site/data/params/*.csv      the tables of parameters, as they stand in params/
site/data/tables/*.csv      every table of facts of the run
site/charts/*.csv           the data of the charts, where the charts put them
site/euromesh-data.zip      all of them
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from euromesh import params, records
from euromesh.book.about import About
from euromesh.book.model import Evidence
from euromesh.escape import markdown
from euromesh.facts.stored import LINEAGE, RESULTS
from euromesh.facts.tables import RECIPES, WORDS
from euromesh.params.library import HEAD

DESCRIPTOR: Final = "datapackage.json"
ARCHIVE: Final = "euromesh-data.zip"
OF_THE_RUN: Final = {
    RESULTS: "Every number of the run by its key: value, unit, format, digest of what it read.",
    LINEAGE: "What the numbers read: ids of parameters, by the digest in results.json.",
    "params.yaml": "Every parameter by its id, with the value that the run took.",
}
PARAMS, TABLES, CHARTS = "data/params", "data/tables", "charts"
MEDIA: Final = {".csv": "text/csv", ".json": "application/json", ".yaml": "application/yaml"}
LICENCE: Final = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
TERMS: Final = (
    "Values from others keep the terms of their source, which `sources` names; wholesale "
    "electricity prices: Ember, CC BY 4.0. In a column of dates `never` is a missing value; in a "
    "column of numbers `inf` is what never comes."
)
MISSING: Final = ("", "never")
KINDS: Final = {
    "boolean": re.compile(r"true|false", re.IGNORECASE),
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?(\d+\.?\d*([eE][-+]?\d+)?|inf)"),
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"),
    "yearmonth": re.compile(r"\d{4}-\d{2}"),
}
"""The types of columns: a column is of the first that all its cells fit, else of texts."""


def write(run_dir: Path, tree: Path, site: Path) -> None:
    """Lay the data beside the finished pages; the same run gives the same bytes."""
    lay(run_dir, site)
    about = About.read(tree)
    tables = (path for folder in (PARAMS, TABLES, CHARTS) for path in (site / folder).glob("*.csv"))
    names = [f"data/{name}" for name in OF_THE_RUN]
    names += sorted(path.relative_to(site).as_posix() for path in tables)
    told = descriptor(about, [resource(site / name, name) for name in names])
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (site / DESCRIPTOR).write_text(text, encoding="utf-8", newline="\n")
    with zipfile.ZipFile(site / ARCHIVE, "w") as archive:
        for name in (DESCRIPTOR, *names):
            entry = zipfile.ZipInfo(name, (about.day.year, about.day.month, about.day.day, 0, 0, 0))
            archive.writestr(entry, (site / name).read_bytes(), zipfile.ZIP_DEFLATED)


def lay(run_dir: Path, site: Path) -> None:
    """Copy what the run and params/ hold."""
    for target, source in ((PARAMS, params.FOLDER), (TABLES, run_dir / "tables")):
        (site / target).mkdir(parents=True)
        for path in source.glob("*.csv"):
            shutil.copyfile(path, site / target / path.name)
    for name in OF_THE_RUN:
        shutil.copyfile(run_dir / name, site / "data" / name)


def contents() -> dict[str, str]:
    """What the files of the package hold, by path, but those of the charts."""
    rows = get_type_hints(records.Params)
    tables = {name: get_args(rows[name])[1].__doc__ for name in params.library().tables}
    facts = {name: recipe.make.__doc__ for name, recipe in RECIPES.items()}
    return {
        **{f"data/{name}": told for name, told in OF_THE_RUN.items()},
        **{f"{PARAMS}/{name}.csv": _first(told) for name, told in sorted(tables.items())},
        **{f"{TABLES}/{name}.csv": _first(told) for name, told in sorted(facts.items())},
    }


def _first(told: str | None) -> str:
    """The first paragraph of a docstring."""
    return " ".join((told or "").partition("\n\n")[0].split())


def descriptor(about: About, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The package: who made it, when, from which sources, on which terms, and its files."""
    sources = (
        {"title": f"{one.publisher or one.key}: {one.title}", "path": one.url}
        for one in params.library().sources.values()
    )
    told = {
        "profile": "data-package",
        "name": f"{about.name.lower()}-{about.run}",
        "title": about.title,
        "description": f"Version {about.version}, evidence of {about.date}. {TERMS}",
        "version": about.version.partition(",")[0],
        "created": f"{about.day}T00:00:00Z",
        "homepage": about.address,
        "licenses": [LICENCE],
        "contributors": [{"title": about.author, "role": "author"}],
        "sources": [*map(_known, sources)],
        "resources": resources,
    }
    return _known(told)


def _known(told: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty."""
    return {key: value for key, value in told.items() if value}


def resource(path: Path, name: str) -> dict[str, Any]:
    """What one file of the package is."""
    body, table = path.read_bytes(), path.suffix == ".csv"
    told = {
        "name": name.removeprefix("data/").removesuffix(path.suffix).replace("/", "."),
        "path": name,
        "description": contents().get(name, f"What the figure {path.stem} draws."),
        "profile": "tabular-data-resource" if table else "data-resource",
        "format": path.suffix[1:],
        "mediatype": MEDIA[path.suffix],
        "encoding": "utf-8",
        "bytes": len(body),
        "hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "schema": schema(body.decode("utf-8"), name) if table else {},
    }
    return _known(told)


def schema(text: str, name: str) -> dict[str, Any]:
    """The columns of a table: name, type, unit."""
    heads, *rows = [*csv.reader(text.splitlines())] or [[]]
    cells = zip(*rows, strict=True) if rows else ((),) * len(heads)
    units = _units(name, heads)
    fields = [
        _known({"name": head, "type": kind(column, units.get(head)), "unit": units.get(head)})
        for head, column in zip(heads, cells, strict=True)
    ]
    return {"fields": fields, "missingValues": [*MISSING]}


def _units(name: str, heads: Iterable[str]) -> dict[str, str]:
    """The units of the numbers: a table of facts knows them, the heads of params/ hold them."""
    recipe = RECIPES.get(Path(name).stem) if name.startswith(TABLES) else None
    columns = recipe.columns.items() if recipe else ()
    units = {head: told.unit for head, told in columns if told.unit not in WORDS | {"{unit}"}}
    for found in filter(None, map(HEAD.fullmatch, heads)):
        if unit := found["unit"]:
            units |= {found[0]: unit} | {f"{found['name']}_{end}": unit for end in ("low", "high")}
    return units


def kind(cells: Iterable[str], unit: str | None) -> str:
    """The type of a column; where every cell is blank its unit tells."""
    known = [cell for cell in cells if cell not in MISSING]
    if not known:
        return "number" if unit else "string"
    return next((name for name, form in KINDS.items() if all(map(form.fullmatch, known))), "string")


def excerpt(_: Evidence) -> str:
    """The list of the files on the page of downloads."""
    told, found = [], contents()
    for folder, kind_ in (("data", "Of the run:"), (PARAMS, "Parameters:"), (TABLES, "Facts:")):
        names = (name for name in found if name.rpartition("/")[0] == folder)
        lines = (f"- {_link(name)}: {markdown(found[name])}\n" for name in names)
        told.append(f"{kind_}\n\n{''.join(lines)}")
    return "\n".join(told)


def _link(name: str) -> str:
    """A link to a file of the package, which no page of the book is."""
    return f'<a href="{name}">{name.rpartition("/")[2]}</a>'
